"""Functions in process: the framework's own app around a main.py, and Pub/Sub's pushes."""

import base64
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import functions_framework
import orjson
import yaml

ROOT = Path(__file__).resolve().parents[2]
SUITE: Mapping[str, Any] = yaml.safe_load((ROOT / "functions/suite.yaml").read_text("utf-8"))


def load(name: str, suite: object, folder: Path = ROOT / "functions") -> Any:
    """Return a client of a function that works with a suite of the test's making.

    The function's own code runs whole: its main.py is executed anew with `bootstrap.suite`
    answering with what the test gives.
    """
    from erejestracja import bootstrap

    source = folder / name / "main.py"
    framework: Any = functions_framework  # this one function of it is not typed
    with patch.object(bootstrap, "suite", lambda: suite):
        app = framework.create_app(name, str(source), "http")
    sys.modules.pop("main", None)  # the next function's main.py is another one
    return app.test_client()


def push(client: Any, event: Mapping[str, Any], **attributes: str) -> Any:
    """Deliver an event to a function as a Pub/Sub push subscription does; return the answer."""
    message = {
        "messageId": str(event.get("id", "1")),
        "publishTime": "2026-11-23T08:00:00.000Z",
        "data": base64.b64encode(orjson.dumps(event)).decode(),
        "attributes": attributes,
    }
    body = {"subscription": "projects/test/subscriptions/test", "message": message}
    return client.post("/", json=body)

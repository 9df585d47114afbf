"""Serve Cloud Storage for the official client (STORAGE_EMULATOR_HOST)."""

import argparse
import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from werkzeug.serving import WSGIRequestHandler, make_server

from emulators.storage.api import application
from emulators.storage.shelf import Shelf


class Notifier:
    """Publishes finished uploads and deletions of every bucket to a topic, as Cloud Storage can."""

    def __init__(self, pubsub_host: str, project: str, topic: str) -> None:
        self._url = f"http://{pubsub_host}/v1/projects/{project}/topics/{topic}:publish"

    def __call__(self, kind: str, meta: Mapping[str, Any]) -> None:
        """Tell of one object; where Pub/Sub is away nobody hears, for there is no outbox here."""
        import requests

        facts = {
            "eventType": kind,
            "bucketId": meta["bucket"],
            "objectId": meta["name"],
            "objectGeneration": meta["generation"],
            "payloadFormat": "JSON_API_V1",
        }
        data = base64.b64encode(json.dumps(dict(meta)).encode()).decode()
        message = {"messages": [{"data": data, "attributes": facts}]}
        try:
            requests.post(self._url, json=message, timeout=5)
        except requests.RequestException as away:
            print(f"nobody was told: {type(away).__name__}", flush=True)


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, *_: Any) -> None:
        """Say nothing: each test makes thousands of calls."""


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="storage", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9023)
    parser.add_argument("--data", type=Path, required=True, help="where objects are kept")
    parser.add_argument("--pubsub-host", default="", help="host:port of Pub/Sub, told of objects")
    parser.add_argument("--project", default="erejestracja-local")
    parser.add_argument("--topic", default="", help="topic of notifications; none without one")
    asked = parser.parse_args()
    told = Notifier(asked.pubsub_host, asked.project, asked.topic) if asked.topic else _nobody
    app = application(Shelf(asked.data), told)
    make_server(
        asked.host, asked.port, app, threaded=True, request_handler=_Handler
    ).serve_forever()


def _nobody(kind: str, meta: Mapping[str, Any]) -> None:
    """Tell nobody."""


if __name__ == "__main__":
    main()

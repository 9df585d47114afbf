"""The OpenID provider, started for a test with the personas that it gives."""

import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from emulators.suite.google_tools import ToolMissing
from emulators.suite.places import EMULATORS
from emulators.suite.probes import answers
from tests.support.emulators import free_port, or_skip, server

IDP = EMULATORS / "idp"
# An impossible PESEL of the domain reference: nobody is born in 2234.
PATIENT: dict[str, Any] = {
    "name": "patient",
    "label": "Anna <Przykładowa>",
    "roles": ["patient"],
    "sub": "p-1",
    "pesel": "34671512344",
    "given_name": "Żaneta",
    "birthdate": "2234-07-15",
    "acr": "http://eidas.europa.eu/LoA/substantial",
    "amr": ["pwd", "otp"],
}
AGENT = {"name": "agent", "label": "Agentka", "roles": ["agent"], "sub": "a-1", "amr": ["otp"]}


@contextmanager
def provider(folder: Path, **changes: str) -> Iterator[str]:
    or_skip(_is_installed)
    port = free_port()
    variables = {"PORT": str(port), "PERSONAS": str(folder / "personas.json")}
    variables |= {"KEYS_DIR": str(folder / "keys"), **changes}
    address = f"http://127.0.0.1:{port}"
    node = shutil.which("node") or "node"
    with server([node, str(IDP / "server.mjs")], answers(f"{address}/healthz"), variables):
        yield address


@contextmanager
def listening() -> Iterator[tuple[str, list[dict[str, list[str]]]]]:
    """Yield a web application's address, and the forms that are posted to it."""
    heard: list[dict[str, list[str]]] = []

    class Application(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            heard.append(parse_qs(self.rfile.read(size).decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return None

    with HTTPServer(("127.0.0.1", 0), Application) as listener:
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.server_port}", heard
        finally:
            listener.shutdown()
            thread.join()


def _is_installed() -> None:
    if not shutil.which("node") or not (IDP / "node_modules").exists():
        raise ToolMissing("the OpenID provider is not installed; emulators/setup.py installs it")


def write(folder: Path, *personas: Mapping[str, Any]) -> None:
    (folder / "personas.json").write_text(json.dumps({"personas": personas}))

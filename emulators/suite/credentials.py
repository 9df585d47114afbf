"""A service account that Google's unmodified clients accept, and where they get its tokens.

Some clients take no emulator variable for an answer and ask google.auth for credentials. They
find a key made on this machine, and a token endpoint here that hands a meaningless token to anyone;
no emulator looks at it, and no Google service knows it.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from emulators.suite.environment import PROJECT
from emulators.suite.ports import HOST

TOKEN = {"access_token": "local", "token_type": "Bearer", "expires_in": 3600}


def write(file: Path, port: int) -> None:
    """Write the service account's file, with the key it already has if it has one."""
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "local",
        "private_key": _key_in(file) or _new_key(),
        "client_email": f"suite@{PROJECT}.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"http://{HOST}:{port}/token",
    }
    file.touch(mode=0o600)
    file.write_text(json.dumps(account, indent=1))


def _key_in(file: Path) -> str | None:
    try:
        key: str = json.loads(file.read_text())["private_key"]
    except (OSError, ValueError, KeyError):
        return None
    return key


def _new_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(*pem, serialization.NoEncryption()).decode()


class TokenEndpoint:
    """Answers every request for a token."""

    def __init__(self, port: int) -> None:
        self._server = ThreadingHTTPServer((HOST, port), _Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps(TOKEN).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: there is nothing to learn from it."""

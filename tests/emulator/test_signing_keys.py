"""Signing keys over real HTTP."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import orjson
import pytest
from joserfc.jwk import RSAKey

from erejestracja.auth import keys
from erejestracja.auth.keys import SigningKeys
from erejestracja.domain.errors import Overloaded
from tests.support.emulators import free_port

KEY = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig"})
DOCUMENTS = {
    "/jwks": (200, orjson.dumps({"keys": [KEY.as_dict(private=False)]})),
    "/broken": (500, b"{}"),
    "/slow": (200, b""),
}


class Provider(BaseHTTPRequestHandler):
    """Answers with fixed documents."""

    def do_GET(self) -> None:
        status, document = DOCUMENTS[self.path]
        if self.path == "/slow":
            time.sleep(0.5)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(document)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_keys_are_fetched(provider: str) -> None:
    assert SigningKeys(f"{provider}/jwks").get("r1").kid == "r1"


@pytest.mark.parametrize("path", ["/broken", "/slow"])
def test_a_provider_that_fails_or_hangs_is_away(
    provider: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "TIMEOUT_S", 0.1)
    with pytest.raises(Overloaded):
        SigningKeys(provider + path).get("r1")


def test_a_provider_that_is_not_there_is_away() -> None:
    with pytest.raises(Overloaded):
        SigningKeys(f"http://127.0.0.1:{free_port()}/jwks").get("r1")

"""The deployed suite as one sees it from outside: the front door, and the platform's own list."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

CLOSED = "/closed/"


class Deployment:
    """Answers by the state that the stand-in of terraform keeps."""

    def __init__(self, state: Path) -> None:
        self.state = state
        # What the front door answers; a bundle in `broken` is answered with 500.
        self.broken: set[str] = set()

    def bundles(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = json.loads(self.state.read_text())["bundles"]
        return found

    def answer(self, path: str) -> tuple[int, bool, Any]:
        """Return status, whether our edge signs it, and the body."""
        if path.startswith("/v2/projects/"):
            return 200, False, {"functions": [self.function(name) for name in self.bundles()]}
        if path.startswith(CLOSED):
            return 404, False, {}
        deployed = {bundle["object"] for bundle in self.bundles().values()}
        return (500 if deployed & self.broken else 401), True, {}

    def function(self, name: str) -> dict[str, Any]:
        source = {"storageSource": {"object": self.bundles()[name]["object"]}}
        path = f"projects/p/locations/l/functions/{name}"
        return {"name": path, "state": "ACTIVE", "buildConfig": {"source": source}}


@contextmanager
def deployed(state: Path) -> Iterator[tuple[str, Deployment]]:
    """Serve a deployment; give its address and itself."""
    deployment = Deployment(state)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, signed, body = deployment.answer(self.path)
            content = json.dumps(body).encode()
            self.send_response(status)
            if signed:
                self.send_header("X-Request-Id", "answered-by-us")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", deployment
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

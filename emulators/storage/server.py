"""Serve Cloud Storage for the official client (STORAGE_EMULATOR_HOST)."""

import argparse
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from emulators.storage.exchange import Answer, Call
from emulators.storage.routes import Api

BODILESS = (204, 304)


class Server(ThreadingHTTPServer):
    """A thread for each connection; they end with the process, for nothing is ever half written."""

    daemon_threads = True
    # Clients open connections in bursts.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: Api) -> None:
        super().__init__(address, Handler)
        self.api = api

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over clients that hang up; anything else is our mistake and is printed."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Reads calls and writes answers."""

    protocol_version = "HTTP/1.1"
    # Head and body leave in one piece, at once: 44 ms a call otherwise.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def answer(self) -> None:
        """Answer one call."""
        call = Call.of(self.command, self.path, self.headers, self._body())
        try:
            found = self.server.api.answer(call)
        except Exception:
            # The caller is told before the thread ends with the error.
            self._write(Answer(500))
            raise
        self._write(found)

    def log_message(self, *_: Any) -> None:
        """Say nothing: each test makes thousands of calls."""

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().partition(b";")[0], 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in BODILESS:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()


for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
    setattr(Handler, f"do_{method}", Handler.answer)


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="storage", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9023)
    parser.add_argument("--data", type=Path, required=True, help="where objects are kept")
    parser.add_argument("--pubsub-host", default="", help="host:port that notifications go to")
    parser.add_argument("--project", default="erejestracja-local", help="of topics named shortly")
    asked = parser.parse_args()
    api = Api(asked.data, asked.pubsub_host, asked.project)
    Server((asked.host, asked.port), api).serve_forever()


if __name__ == "__main__":
    main()

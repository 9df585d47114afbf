"""A point's software that listens: takes, refuses, is slow, drips, or sends one elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

LONG_S = 30


class Receiver:
    """A running receiver, how it is to behave, and what it got: headers and body."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.drips = self.silent = False
        self.over = Event()
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook?of=point"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Yield a receiver that listens on this machine until the end of the block."""
    receiver = Receiver()

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append((dict(self.headers.items()), body))
            if receiver.silent:
                receiver.over.wait(LONG_S)
            elif receiver.drips:
                self._drip()
            else:
                self.send_response(receiver.status)
                self.send_header("Location", receiver.url)
                self.end_headers()

        def _drip(self) -> None:
            for _ in range(LONG_S * 20):
                try:
                    self.wfile.write(b"H")
                except OSError:
                    return
                if receiver.over.wait(0.05):
                    return

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
        thread.join()

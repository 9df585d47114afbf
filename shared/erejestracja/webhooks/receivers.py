"""Reaches points' software over HTTPS, and nothing that is not theirs to be reached.

Whoever may name an address for us to call could name one that only we can reach. So a host's
addresses are looked up here, all of them have to be public, the connection goes to the one that
was judged, redirects are not followed, and nothing of an answer but its status is read.
"""

import http.client
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from erejestracja.domain.sending import TryLater
from erejestracja.domain.webhook import Unwanted
from erejestracja.webhooks.settings import WebhookSettings

AGENT = "e-Rejestracja"
GONE = 410
TAKEN = range(200, 300)
ELSEWHERE = range(300, 400)
PORTS: Mapping[str, int] = {"https": 443, "http": 80}


class PublicReceivers:
    """Hands bodies over; the caller owns retries."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings
        self._tls = ssl.create_default_context()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Hand over a body. Raises TryLater, or Unwanted where nothing is to come any more."""
        parts = urlsplit(url)
        try:
            status = self._status(parts, body, headers)
        except ssl.SSLError:
            raise TryLater("tls_failed") from None
        except TimeoutError:
            raise TryLater("timeout") from None
        except (OSError, http.client.HTTPException, UnicodeError):
            raise TryLater("unreachable") from None
        if status == GONE:
            raise Unwanted("gone")
        if status in ELSEWHERE:
            raise TryLater("redirected")
        if status not in TAKEN:
            raise TryLater(f"http_{status}")

    def _status(self, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> int:
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        connection = _Pinned(self._address(host, port), host, port, self._settings.timeout_s)
        # Otherwise the Host header would name the port though it is the scheme's own.
        connection.default_port = PORTS[parts.scheme]
        path = parts.path or "/"
        with connection.within(self._settings.timeout_s):
            connection.reach(self._tls if parts.scheme == "https" else None)
            connection.request(
                "POST",
                f"{path}?{parts.query}" if parts.query else path,
                body,
                {"Content-Type": "application/json", "User-Agent": AGENT, **headers},
            )
            return connection.getresponse().status

    def _address(self, host: str, port: int) -> str:
        """Return an address of a host, all of whose addresses may be called."""
        # Functions reach the internet by IPv4; its twin has more ways to write a private address.
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)
        addresses = [str(one[4][0]) for one in found]
        if not all(map(self._allows, addresses)):
            raise TryLater("address_refused")
        return addresses[0]

    def _allows(self, text: str) -> bool:
        address = IPv4Address(text)
        if self._settings.loopback:
            return address.is_loopback
        return address.is_global and not address.is_multicast


class _Pinned(http.client.HTTPConnection):
    """A connection to an address, to a host of that name, which ends at a time for sure.

    A timeout of a socket begins anew with each byte, so that who sends one now and then could keep
    us for ever.
    """

    def __init__(self, address: str, host: str, port: int, timeout_s: float) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self._address = address
        self._late = False

    def reach(self, tls: ssl.SSLContext | None) -> None:
        """Connect to the address, by TLS under the host's name if wanted."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._late:
            raise TimeoutError
        if tls:
            shaken = tls.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = shaken
            shaken.do_handshake()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut the connection when the time is over. Raises TimeoutError then."""
        timer = Timer(seconds, self._cut)
        timer.start()
        try:
            yield
        except (OSError, http.client.HTTPException):
            if self._late:
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()
            self.close()

    def _cut(self) -> None:
        self._late = True
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            return  # not connected yet, or no longer

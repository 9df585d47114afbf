"""The gateway's stand-in as a server of its own, and the adapter that speaks to it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from pydantic import SecretStr

from emulators.suite.places import EMULATORS
from emulators.suite.probes import answers
from erejestracja.domain.ids import MessageId
from erejestracja.domain.sending import Sent
from erejestracja.sms.settings import SmsSettings, open_gateway
from tests.support.emulators import free_port, server

TOKEN = "a token for tests"
PHONE = "+48600000000"


class Gateway:
    """A running gateway: how it is to behave, and what it took."""

    def __init__(self, url: str) -> None:
        self.url = url

    def adapter(self, **changes: Any) -> Any:
        """Return the adapter as a function opens it."""
        facts: dict[str, Any] = {"url": self.url, "token": SecretStr(TOKEN), "timeout_s": 1}
        return open_gateway(SmsSettings(provider="smsapi", **(facts | changes)))

    def send(self, message: str, phone: str = PHONE, text: str = "Hello", **changes: Any) -> Sent:
        """Offer a message."""
        sent: Sent = self.adapter(**changes).send(MessageId(message), phone, text)
        return sent

    def behave(self, **faults: Any) -> None:
        """Have it misbehave from here on."""
        requests.post(f"{self.url}/emulator/faults", json=faults, timeout=5).raise_for_status()

    def took(self, message: str) -> list[dict[str, Any]]:
        """Return what it took under a message's id."""
        answer = requests.get(f"{self.url}/emulator/messages", {"idx": message}, timeout=5)
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found


@contextmanager
def running() -> Iterator[Gateway]:
    """Yield a gateway that runs until the end of the block, and tells its receipts to nobody."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(EMULATORS / "sms_gateway/server.py"), "--port", str(port)]
    command += ["--token", TOKEN, "--receipts-url", f"http://127.0.0.1:{free_port()}/"]
    with server(command, answers(f"{url}/healthz")):
        yield Gateway(url)

"""The gateway's adapter against the gateway's stand-in, over HTTP."""

import sys
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from emulators.suite.places import EMULATORS
from emulators.suite.probes import answers
from erejestracja.domain.ids import MessageId
from erejestracja.domain.sending import AccountTrouble, TakenBefore, TryLater, Undeliverable
from erejestracja.sms.settings import SmsSettings, open_gateway
from tests.support.emulators import free_port, server

pytestmark = pytest.mark.emulator
PHONE = "+48600000000"
NUMBERS = count(1)


class Gateway:
    """A running gateway: how it is to behave, and what it took."""

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, message: str, phone: str = PHONE, text: str = "Hello", **changes: Any) -> Any:
        facts: dict[str, Any] = {"url": self.url, "token": SecretStr("secret"), "timeout_s": 1}
        gateway = open_gateway(SmsSettings(provider="smsapi", **(facts | changes)))
        return gateway.send(MessageId(message), phone, text)

    def behave(self, **faults: Any) -> None:
        requests.post(f"{self.url}/emulator/faults", json=faults, timeout=5).raise_for_status()

    def took(self, message: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/emulator/messages", {"idx": message}, timeout=5)
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found


@pytest.fixture(scope="module")
def running() -> Iterator[Gateway]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(EMULATORS / "sms_gateway/server.py"), "--port", str(port)]
    command += ["--token", "secret", "--receipts-url", f"http://127.0.0.1:{free_port()}/"]
    with server(command, answers(f"{url}/healthz")):
        yield Gateway(url)


@pytest.fixture
def gateway(running: Gateway) -> Iterator[Gateway]:
    yield running
    running.behave(down=False, latency_ms=0, error_rate=0, drop_rate=0)


@pytest.fixture
def name() -> str:
    return f"message{next(NUMBERS)}"


def test_a_message_is_taken_with_its_text_and_parts(gateway: Gateway, name: str) -> None:
    sent = gateway.send(name, text="Щеплення " * 10)
    (taken,) = gateway.took(name)
    assert (sent.gateway_id, sent.parts) == (taken["id"], 2)
    assert (taken["to"], taken["message"]) == ("48600000000", "Щеплення " * 10)


def test_the_same_message_is_taken_once(gateway: Gateway, name: str) -> None:
    gateway.send(name)
    with pytest.raises(TakenBefore):
        gateway.send(name)
    assert len(gateway.took(name)) == 1


def test_what_was_taken_while_the_answer_was_lost_is_known(gateway: Gateway, name: str) -> None:
    gateway.behave(drop_rate=1)
    with pytest.raises(TryLater):
        gateway.send(name)
    gateway.behave(drop_rate=0)
    with pytest.raises(TakenBefore):
        gateway.send(name)
    assert len(gateway.took(name)) == 1


def test_a_number_it_does_not_have_is_refused_for_good(gateway: Gateway, name: str) -> None:
    with pytest.raises(Undeliverable, match="number_refused"):
        gateway.send(name, phone="+4860000")


@pytest.mark.parametrize(
    "changes", [{"token": SecretStr("wrong")}, {"sender": "Somebody"}], ids=["token", "sender"]
)
def test_trouble_with_our_account_is_no_messages_fault(
    gateway: Gateway, name: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(AccountTrouble):
        gateway.send(name, **changes)


@pytest.mark.parametrize("fault", [{"down": True}, {"error_rate": 1}, {"latency_ms": 2000}])
def test_a_gateway_in_trouble_is_tried_later(
    gateway: Gateway, name: str, fault: dict[str, Any]
) -> None:
    gateway.behave(**fault)
    with pytest.raises(TryLater):
        gateway.send(name)


def test_a_gateway_that_is_not_there_is_tried_later(name: str) -> None:
    with pytest.raises(TryLater, match="ConnectionError"):
        Gateway(f"http://127.0.0.1:{free_port()}").send(name)

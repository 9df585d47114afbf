"""The gateway's adapter against the gateway's stand-in, over HTTP."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from pydantic import SecretStr

from erejestracja.domain.sending import AccountTrouble, TakenBefore, TryLater, Undeliverable
from tests.support import sms_gateway
from tests.support.emulators import free_port
from tests.support.sms_gateway import Gateway

pytestmark = pytest.mark.emulator
NUMBERS = count(1)


@pytest.fixture(scope="module")
def running() -> Iterator[Gateway]:
    with sms_gateway.running() as gateway:
        yield gateway


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

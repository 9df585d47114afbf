import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from erejestracja.domain.sending import NotSent
from erejestracja.domain.webhook import Unwanted
from erejestracja.webhooks.receivers import PublicReceivers
from erejestracja.webhooks.settings import WebhookSettings
from tests.support.receiver import Receiver, receiving

HEADERS = {"webhook-id": "msg_1"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def post(url: str, **settings: Any) -> None:
    facts = {"loopback": True, "timeout_s": 0.5} | settings
    PublicReceivers(WebhookSettings(**facts)).post(url, b'{"a":1}', HEADERS)


def reason(url: str, **settings: Any) -> str:
    with pytest.raises(NotSent) as told:
        post(url, **settings)
    return told.value.reason


def test_a_receiver_gets_the_bytes_and_whose_they_are(receiver: Receiver) -> None:
    post(receiver.url)
    [(headers, body)] = receiver.got
    assert body == b'{"a":1}'
    assert headers["webhook-id"] == "msg_1"
    assert headers["Content-Type"] == "application/json"
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_success_is_taken(receiver: Receiver, status: int) -> None:
    receiver.status = status
    post(receiver.url)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_sends_us_elsewhere(receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert reason(receiver.url) == "redirected"
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
def test_any_refusal_is_tried_again(receiver: Receiver, status: int) -> None:
    receiver.status = status
    assert reason(receiver.url) == f"http_{status}"


def test_who_wants_nothing_any_more_says_so(receiver: Receiver) -> None:
    receiver.status = 410
    with pytest.raises(Unwanted, match="gone"):
        post(receiver.url)


def test_a_receiver_that_does_not_answer_is_left_in_time(receiver: Receiver) -> None:
    receiver.silent = True
    began = time.monotonic()
    assert reason(receiver.url) == "timeout"
    assert time.monotonic() - began < 2


def test_a_receiver_that_answers_byte_by_byte_is_left_in_time(receiver: Receiver) -> None:
    receiver.drips = True
    began = time.monotonic()
    assert reason(receiver.url) == "timeout"
    assert time.monotonic() - began < 2


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert reason(f"http://127.0.0.1:{taken.getsockname()[1]}/") == "unreachable"


def test_who_does_not_speak_tls_is_told_apart(receiver: Receiver) -> None:
    assert reason(receiver.url.replace("http:", "https:")) == "tls_failed"


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[tuple[str, int]]:
    """Have a name mean these addresses; return where connections went, which all fail."""
    reached: list[tuple[str, int]] = []
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]

    def connect(address: tuple[str, int], timeout: float) -> None:
        assert timeout
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    monkeypatch.setattr(socket, "create_connection", connect)
    return reached


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.1.2.3"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
    ],
)
def test_no_address_that_only_we_can_reach_is_called(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    reached = resolving(monkeypatch, "93.184.215.14", address)
    assert reason("https://software.example.org/", loopback=False) == "address_refused"
    assert reached == []


def test_the_address_that_was_judged_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reached = resolving(monkeypatch, "93.184.215.14")
    assert reason("https://software.example.org:8443/", loopback=False) == "unreachable"
    assert reached == [("93.184.215.14", 8443)]


def test_on_one_machine_only_this_machine_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = resolving(monkeypatch, "93.184.215.14")
    assert reason("https://software.example.org/") == "address_refused"
    assert reached == []


def test_a_name_that_nobody_has_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert reason("https://software.example.org/") == "unreachable"

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pydantic import SecretStr

from emulators.suite.probes import listens
from erejestracja.domain.ids import MessageId
from erejestracja.sms.settings import SmsSettings, open_gateway
from tests.support.emulators import free_port, server

pytestmark = pytest.mark.emulator
SERVER = Path(__file__).resolve().parents[2] / "emulators/sms_gateway/server.py"
PHONE = "+48600000000"


class Receiver:
    """Hears receipts and replies, and says OK only when it is told to."""

    def __init__(self) -> None:
        self.heard: list[dict[str, list[str]]] = []
        self.deaf = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._hear(urlsplit(self.path).query)

            def do_POST(self) -> None:
                self._hear(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _hear(self, said: str) -> None:
                owner.heard.append(parse_qs(said) | {"path": [urlsplit(self.path).path]})
                owner.deaf -= 1
                self.send_response(503 if owner.deaf >= 0 else 200)
                self.end_headers()
                self.wfile.write(b"OK")

            def log_message(self, *_: Any) -> None:
                return None

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/receipts"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def wait_for(self, number: int) -> list[dict[str, list[str]]]:
        ends = time.monotonic() + 6
        while len(self.heard) < number and time.monotonic() < ends:
            time.sleep(0.01)
        return self.heard

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@contextmanager
def started(*words: str) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, str(SERVER), "--port", str(port), "--token", "t", *words]
    with server(command, listens(port)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def gateway(receiver: Receiver) -> Iterator[str]:
    """Return a gateway that tells its receipts and replies."""
    urls = ("--receipts-url", receiver.url, "--inbound-url", f"{receiver.url}/replies")
    with started(*urls) as url:
        yield url


@pytest.fixture(scope="module")
def shared() -> Iterator[str]:
    with started() as url:
        yield url


@pytest.fixture
def quiet(shared: str) -> Iterator[str]:
    """Return a gateway that tells nobody anything, shared but without messages and faults."""
    without = requests.get(f"{shared}/emulator/faults", timeout=5).json()
    yield shared
    behave(shared, **without).raise_for_status()
    requests.delete(f"{shared}/emulator/messages", timeout=5).raise_for_status()


def send(gateway: str, bearer: str = "t", **fields: str) -> Any:
    known = {"to": PHONE, "message": "hej", "idx": "m1", "check_idx": "1"}
    headers = {"Authorization": f"Bearer {bearer}"}
    url = f"{gateway}/sms.do"
    return requests.post(url, data=known | fields, headers=headers, timeout=5).json()


def behave(gateway: str, **faults: Any) -> requests.Response:
    return requests.post(f"{gateway}/emulator/faults", json=faults, timeout=5)


def taken(gateway: str, **asked: Any) -> Any:
    return requests.get(f"{gateway}/emulator/messages", params=asked, timeout=5).json()


def test_a_message_is_taken_once_and_its_receipt_told(gateway: str, receiver: Receiver) -> None:
    sent = send(gateway)["list"][0]
    assert sent["parts"] == 1
    assert send(gateway)["error"] == 53
    (receipt,) = receiver.wait_for(1)
    assert (receipt["idx"], receipt["status"]) == (["m1"], ["404"])
    assert (receipt["MsgId"], receipt["to"]) == ([sent["id"]], ["48600000000"])
    assert taken(gateway)["count"] == 1


def test_a_receipt_is_told_until_it_is_heard(gateway: str, receiver: Receiver) -> None:
    receiver.deaf = 1
    send(gateway)
    assert len(receiver.wait_for(2)) == 2


def test_a_receipt_goes_where_the_message_says(gateway: str, receiver: Receiver) -> None:
    send(gateway, notify_url=f"{receiver.url}/mine")
    assert receiver.wait_for(1)[0]["path"] == ["/receipts/mine"]


def test_receipts_come_twice_late_or_bad_as_one_likes(gateway: str, receiver: Receiver) -> None:
    assert behave(gateway, receipt_delay_ms=0, receipt_twice_rate=1, undelivered_rate=1).ok
    send(gateway, idx="twice")
    twice = [(one["idx"], one["status"]) for one in receiver.wait_for(2)]
    assert twice == [(["twice"], ["405"])] * 2
    behave(gateway, receipt_twice_rate=0, receipt_late_rate=1, receipt_late_ms=1000)
    send(gateway, idx="late")
    behave(gateway, receipt_late_rate=0, receipt_lost_rate=1)
    send(gateway, idx="lost")
    behave(gateway, receipt_lost_rate=0)
    send(gateway, idx="quick")
    assert [one["idx"] for one in receiver.wait_for(4)[2:]] == [["quick"], ["late"]]


def test_no_receipts_are_told_while_the_gateway_is_down(gateway: str, receiver: Receiver) -> None:
    behave(gateway, receipt_delay_ms=200)
    send(gateway)
    behave(gateway, down=True)
    time.sleep(0.4)
    assert receiver.heard == []
    behave(gateway, down=False)
    assert len(receiver.wait_for(1)) == 1


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"to": "123"}, 13),
        ({"message": ""}, 11),
        ({"message": "ż" * 500}, 11),
        ({"message": "ż", "nounicode": "1"}, 11),
        ({"from": "Obcy"}, 14),
        ({"bearer": "wrong"}, 101),
    ],
)
def test_what_is_wrong_has_its_number(quiet: str, fields: dict[str, str], error: int) -> None:
    assert send(quiet, **fields)["error"] == error
    assert taken(quiet)["count"] == 0


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("ż" * 70, 1), ("ż" * 71, 2), ("[" * 81, 2)],
    ids=["gsm", "gsm long", "ucs", "ucs long", "of two septets each"],
)
def test_parts_are_counted_as_they_are_paid(quiet: str, text: str, parts: int) -> None:
    (sent,) = send(quiet, message=text, check_idx="0")["list"]
    assert (sent["parts"], sent["points"]) == (parts, round(0.16 * parts, 2))


def test_a_lost_answer_does_not_send_twice(quiet: str) -> None:
    behave(quiet, drop_rate=1)
    with pytest.raises(requests.ConnectionError):
        send(quiet, idx="lost")
    behave(quiet, drop_rate=0)
    assert send(quiet, idx="lost")["error"] == 53
    assert taken(quiet)["count"] == 1


def test_too_many_in_a_second_are_refused(quiet: str) -> None:
    behave(quiet, most_per_second=2)
    # Twelve within a second or two: at most two of each second are taken.
    errors = [send(quiet, idx=str(number)).get("error") for number in range(12)]
    assert set(errors) == {None, 203}
    assert errors[:2] == [None, None]
    assert taken(quiet, limit=0) == {"count": errors.count(None), "messages": []}


def test_the_same_seed_hits_the_same_calls(quiet: str) -> None:
    def fates() -> list[bool]:
        behave(quiet, error_rate=0.5, seed=7)
        return ["error" in send(quiet, check_idx="0") for _ in range(12)]

    first = fates()
    assert set(first) == {True, False}
    assert fates() == first


@pytest.mark.parametrize(
    "fault", [{"colour": 1}, {"drop_rate": 2}, {"latency_ms": -1}, {"down": 1}, {"error_rate": "1"}]
)
def test_a_fault_that_makes_no_sense_is_refused(quiet: str, fault: dict[str, Any]) -> None:
    before = requests.get(f"{quiet}/emulator/faults", timeout=5).json()
    assert behave(quiet, **fault).status_code == 400
    assert requests.get(f"{quiet}/emulator/faults", timeout=5).json() == before


def test_what_was_taken_is_found_and_forgotten(quiet: str) -> None:
    for number in ("+48600000001", "600 000 002"):
        send(quiet, to=number, idx=f"n{number[-1]}")
    assert taken(quiet, to="48600000002")["messages"][0]["idx"] == "n2"
    assert taken(quiet, idx="n1")["messages"][0]["to"] == "48600000001"
    assert taken(quiet, since=time.time() + 5)["count"] == 0
    assert requests.delete(f"{quiet}/emulator/messages", timeout=5).json() == {"deleted": 2}
    assert taken(quiet)["count"] == 0
    assert send(quiet, idx="n1")["error"] == 53


def test_a_reply_reaches_the_webhook(gateway: str, receiver: Receiver) -> None:
    said = {"from": "48600000000", "to": "664908556", "text": "SZCZEPIMY SIĘ"}
    answer = requests.post(f"{gateway}/emulator/reply", json=said, timeout=5)
    assert answer.json() == {"status": 200, "heard": True}
    (heard,) = receiver.heard
    assert (heard["path"], heard["sms_text"]) == (["/receipts/replies"], ["SZCZEPIMY SIĘ"])


def test_a_reply_is_told_again_until_it_is_heard_and_in_copies_at_once(
    gateway: str, receiver: Receiver
) -> None:
    receiver.deaf = 1
    said = {"from": "48600000000", "to": "664908556", "text": "T", "id": "M1", "copies": 2}
    answer = requests.post(f"{gateway}/emulator/reply", json=said, timeout=5)
    assert answer.json() == {"status": 200, "heard": True}
    assert [heard["MsgId"] for heard in receiver.heard] == [["M1"]] * 3


def test_our_own_adapter_understands_it(gateway: str) -> None:
    settings = SmsSettings(provider="smsapi", url=gateway, token=SecretStr("t"))
    adapter = open_gateway(settings)
    sent = adapter.send(MessageId("m9"), PHONE, "hej")
    assert (sent.parts, sent.price) == (1, 0.16)
    assert [one["message"] for one in taken(gateway, idx="m9")["messages"]] == ["hej"]
    adapter.send(MessageId("m10"), PHONE, "hej", answerable=True)
    senders = [taken(gateway, idx=one)["messages"][0]["sender"] for one in ("m9", "m10")]
    assert senders == ["e-Zdrowie", "2way"]

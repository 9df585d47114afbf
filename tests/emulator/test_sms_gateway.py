import sys
import threading
from collections.abc import Iterator
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
    """Hears receipts, and says OK only when it is told to."""

    def __init__(self) -> None:
        self.heard: list[dict[str, list[str]]] = []
        self.deaf = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.heard.append(parse_qs(urlsplit(self.path).query))
                owner.deaf -= 1
                self.send_response(503 if owner.deaf >= 0 else 200)
                self.end_headers()
                self.wfile.write(b"OK")

            def log_message(self, *_: Any) -> None:
                return None

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/receipts"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def wait_for(self, number: int) -> list[dict[str, list[str]]]:
        for _ in range(600):
            if len(self.heard) >= number:
                break
            threading.Event().wait(0.01)
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


@pytest.fixture
def gateway(receiver: Receiver) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, str(SERVER), "--port", str(port), "--token", "t"]
    with server([*command, "--receipts-url", receiver.url], listens(port)):
        yield f"http://127.0.0.1:{port}"


def send(gateway: str, **fields: str) -> Any:
    known = {"to": PHONE, "message": "hej", "idx": "m1", "check_idx": "1"}
    headers = {"Authorization": "Bearer t"}
    return requests.post(
        f"{gateway}/sms.do", data=known | fields, headers=headers, timeout=5
    ).json()


def test_a_message_is_taken_once_and_its_receipt_told(gateway: str, receiver: Receiver) -> None:
    assert send(gateway)["list"][0]["parts"] == 1
    assert send(gateway)["error"] == 53
    (receipt,) = receiver.wait_for(1)
    assert (receipt["idx"], receipt["status"]) == (["m1"], ["404"])
    kept = requests.get(f"{gateway}/emulator/messages", timeout=5).json()
    assert kept["count"] == 1


def test_a_receipt_is_told_until_it_is_heard(gateway: str, receiver: Receiver) -> None:
    receiver.deaf = 1
    send(gateway)
    assert len(receiver.wait_for(2)) == 2


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"to": "123"}, 13),
        ({"message": ""}, 11),
        ({"message": "ż", "nounicode": "1"}, 11),
        ({"from": "Obcy"}, 14),
    ],
)
def test_what_is_wrong_has_its_number(gateway: str, fields: dict[str, str], error: int) -> None:
    assert send(gateway, **fields)["error"] == error


def test_a_lost_answer_does_not_send_twice(gateway: str) -> None:
    faults = f"{gateway}/emulator/faults"
    requests.post(faults, json={"drop_rate": 1}, timeout=5)
    with pytest.raises(requests.ConnectionError):
        send(gateway)
    requests.post(faults, json={"drop_rate": 0}, timeout=5)
    assert send(gateway)["error"] == 53
    assert requests.post(faults, json={"colour": 1}, timeout=5).status_code == 400


def test_our_own_adapter_understands_it(gateway: str) -> None:
    settings = SmsSettings(provider="smsapi", url=gateway, token=SecretStr("t"))
    adapter = open_gateway(settings)
    assert adapter.send(MessageId("m9"), PHONE, "hej") is not None
    kept = requests.get(f"{gateway}/emulator/messages?idx=m9", timeout=5).json()
    assert [one["message"] for one in kept["messages"]] == ["hej"]

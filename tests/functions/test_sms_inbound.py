"""sms_inbound in process: receipts and messages as the gateway sends them."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.actor import Channel
from erejestracja.domain.message_state import MessageStatus, Receipt
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.desk import RememberingPublisher
from tests.support.dialogue_case import (
    ANNA,
    HERS,
    HOME,
    START,
    Case,
    a_case,
    patient_of,
)
from tests.support.messages import MESSAGE, FakeMessages, RememberingOwed, a_message

TOKEN = "the gateway's own"
RECEIPT = {
    "MsgId": "A1",
    "status": "404",
    "status_name": "DELIVERED",
    "idx": MESSAGE,
    "donedate": "1796112000",
    "to": "48600000000",
}


@dataclass
class InboundSuite:
    messages: FakeMessages = field(
        default_factory=lambda: FakeMessages.of(a_message(status=MessageStatus.SENT))
    )
    publisher: RememberingPublisher = field(default_factory=RememberingPublisher)
    owed: RememberingOwed = field(default_factory=RememberingOwed)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))
    receipts_token: str = TOKEN
    clerk: Any = None

    @property
    def tokens(self) -> Any:
        raise AssertionError("nobody logs in here")


@pytest.fixture
def suite() -> InboundSuite:
    return InboundSuite()


@pytest.fixture
def client(suite: InboundSuite) -> Any:
    return functions.load("sms_inbound", suite)


def told(client: Any, **changes: str) -> Any:
    return client.get("/sms/receipts", query_string={"token": TOKEN} | RECEIPT | changes)


def test_a_receipt_is_kept_and_answered_as_the_gateway_wants(
    client: Any, suite: InboundSuite
) -> None:
    answer = told(client)
    assert (answer.status_code, answer.text) == (200, "OK")
    assert suite.messages.rows[MESSAGE].receipt is Receipt.DELIVERED
    assert [event.type for event in suite.publisher.told] == ["sms.delivered"]


@pytest.mark.parametrize(
    "changes", [{"idx": "unknown"}, {"idx": ""}, {"status": "409"}, {"status": "9999"}]
)
def test_what_is_unknown_or_not_the_end_is_answered_alike(
    client: Any, suite: InboundSuite, changes: dict[str, str]
) -> None:
    assert told(client, **changes).text == "OK"
    assert suite.publisher.told == []


def test_a_receipt_that_comes_twice_is_answered_twice_and_told_once(
    client: Any, suite: InboundSuite
) -> None:
    assert [told(client).text, told(client).text] == ["OK", "OK"]
    assert len(suite.publisher.told) == 1


@pytest.mark.parametrize("token", ["wrong", TOKEN + "!", "ż"])
def test_only_the_gateway_may_tell(client: Any, suite: InboundSuite, token: str) -> None:
    assert told(client, token=token).status_code == 403
    assert suite.publisher.told == []


def test_without_a_token_of_ours_nobody_may_tell(client: Any, suite: InboundSuite) -> None:
    suite.receipts_token = ""
    assert told(client).status_code == 403


@pytest.mark.parametrize("missing", ["token", "status"])
def test_what_is_no_receipt_is_refused_without_repeating_it(client: Any, missing: str) -> None:
    fields = {"token": TOKEN} | RECEIPT
    del fields[missing]
    answer = client.get("/sms/receipts", query_string=fields)
    assert answer.status_code == 400
    assert "600000000" not in answer.text
    assert TOKEN not in answer.text


MESSAGE_FIELDS = {
    "sms_to": "48664908556",
    "sms_from": HERS.removeprefix("+"),
    "sms_date": "1796112000",
    "username": "erejestracja",
    "MsgId": "",
}


@dataclass
class Handset:
    """Anna's telephone, and what it is answered."""

    client: Any
    case: Case

    def write(self, text: str, token: str = TOKEN, **fields: str) -> Any:
        data = MESSAGE_FIELDS | {"sms_text": text, "sms_date": f"{self.case.written}"} | fields
        self.case.written += 1
        return self.client.post("/sms/inbound", query_string={"token": token}, data=data)


@pytest.fixture
def handset(suite: InboundSuite) -> Handset:
    case = a_case()
    suite.clerk = case.clerk
    return Handset(functions.load("sms_inbound", suite), case)


def test_a_dialogue_over_http_ends_with_a_visit(handset: Handset) -> None:
    answers = [handset.write(text) for text in (START, ANNA, HOME, "TAK")]
    assert [(one.status_code, one.text) for one in answers] == [(200, "OK")] * 4
    [visit] = handset.case.store.visits(patient_of(ANNA))
    assert handset.case.store.tables.changes[visit.id, 1].actor.channel() is Channel.SMS


def test_a_message_that_comes_twice_is_answered_twice_and_taken_in_once(handset: Handset) -> None:
    first, again = (handset.write(START, sms_date="1", MsgId="M1") for _ in range(2))
    assert (first.text, again.text) == ("OK", "OK")
    assert len(handset.case.replies.asked) == 1


@pytest.mark.parametrize("token", ["wrong", TOKEN + "!", "ż"])
def test_only_the_gateway_may_tell_of_messages(handset: Handset, token: str) -> None:
    assert handset.write(START, token).status_code == 403
    assert handset.case.dialogues.kept == {}


def test_what_a_person_wrote_may_stand_in_no_address(handset: Handset) -> None:
    query = {"token": TOKEN} | MESSAGE_FIELDS | {"sms_text": ANNA}
    assert handset.client.get("/sms/inbound", query_string=query).status_code == 405
    answer = handset.client.post("/sms/inbound", query_string=query, data=query)
    assert answer.status_code == 400
    assert ANNA not in answer.text


@pytest.mark.parametrize("missing", ["sms_from", "sms_text"])
def test_what_is_no_message_is_refused_without_repeating_it(handset: Handset, missing: str) -> None:
    fields = MESSAGE_FIELDS | {"sms_text": ANNA}
    del fields[missing]
    answer = handset.client.post("/sms/inbound", query_string={"token": TOKEN}, data=fields)
    assert answer.status_code == 400
    assert ANNA not in answer.text
    assert fields.get("sms_from", "-") not in answer.text


@pytest.mark.parametrize(
    "text", ["", "\U0001f600" * 500, "a\nb\x00c", "SzczepimySię \N{WAVING HAND SIGN}"]
)
def test_whatever_telephones_send_is_taken_in(handset: Handset, text: str) -> None:
    assert handset.write(text).text == "OK"
    assert len(handset.case.replies.asked) == 1


def test_what_is_no_utf_8_is_taken_in_too(handset: Handset) -> None:
    data = urlencode(MESSAGE_FIELDS).encode() + b"&sms_text=%B1\xff"
    form = "application/x-www-form-urlencoded"
    to = {"query_string": {"token": TOKEN}, "content_type": form}
    assert handset.client.post("/sms/inbound", data=data, **to).text == "OK"


def test_while_another_message_is_worked_on_the_gateway_is_to_come_again(
    handset: Handset,
) -> None:
    handset.write(START)
    [now] = handset.case.dialogues.kept.values()
    at = handset.case.desk.clock.at
    handset.case.dialogues.put(now.claimed(at), at)
    answer = handset.write(ANNA)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


def test_nothing_that_was_written_is_logged(
    handset: Handset, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for text in (START, ANNA, HOME, "N", "T"):
        handset.write(text)
    assert not [one for one in (ANNA, HERS, HERS.removeprefix("+")) if one in caplog.text]

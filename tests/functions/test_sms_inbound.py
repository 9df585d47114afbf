"""sms_inbound in process: receipts as the gateway sends them."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.message_state import MessageStatus, Receipt
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.desk import RememberingPublisher
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

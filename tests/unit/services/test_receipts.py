import pytest

from erejestracja.domain.ids import MessageId
from erejestracja.domain.message_state import MessageStatus, Receipt
from erejestracja.services.receipts import receive
from tests.support.desk import RememberingPublisher
from tests.support.messages import MESSAGE, FakeMessages, RememberingOwed, a_message

DELIVERED, UNDELIVERED, EXPIRED, QUEUED = 404, 405, 402, 409


class Inbox:
    def __init__(self, receipt: Receipt | None = None) -> None:
        self.messages = FakeMessages.of(a_message(status=MessageStatus.SENT, receipt=receipt))
        self.publisher = RememberingPublisher()
        self.owed = RememberingOwed()

    def receive(self, *codes: int, message: MessageId = MESSAGE) -> list[str]:
        for code in codes:
            receive(self.messages, self.publisher, self.owed, message, code)
        return [event.type for event in self.publisher.told]

    @property
    def receipt(self) -> Receipt | None:
        return self.messages.rows[MESSAGE].receipt


@pytest.mark.parametrize(
    ("code", "receipt"),
    [
        (DELIVERED, Receipt.DELIVERED),
        (UNDELIVERED, Receipt.UNDELIVERED),
        (EXPIRED, Receipt.UNDELIVERED),
    ],
)
def test_a_receipt_is_kept_and_told(code: int, receipt: Receipt) -> None:
    inbox = Inbox()
    assert inbox.receive(code) == [f"sms.{receipt}"]
    assert inbox.receipt is receipt
    assert inbox.messages.told == inbox.publisher.told
    assert inbox.publisher.told[0].data["code"] == code


def test_a_receipt_that_comes_twice_is_told_once() -> None:
    assert Inbox().receive(DELIVERED, DELIVERED) == ["sms.delivered"]


def test_a_message_given_up_and_then_delivered_is_delivered() -> None:
    inbox = Inbox()
    assert inbox.receive(EXPIRED, DELIVERED) == ["sms.undelivered", "sms.delivered"]
    assert inbox.receipt is Receipt.DELIVERED


def test_what_was_delivered_stays_so_whatever_comes_late() -> None:
    inbox = Inbox(Receipt.DELIVERED)
    assert inbox.receive(UNDELIVERED) == []
    assert inbox.receipt is Receipt.DELIVERED


def test_a_message_on_its_way_has_no_receipt_yet() -> None:
    inbox = Inbox()
    assert inbox.receive(QUEUED) == []
    assert inbox.receipt is None


def test_a_receipt_for_no_message_of_ours_is_logged_and_no_matter(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert Inbox().receive(DELIVERED, message=MessageId("48600000000")) == []
    assert "48600000000" not in caplog.text
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("code", "owed"), [(UNDELIVERED, [MESSAGE]), (DELIVERED, []), (QUEUED, [])]
)
def test_whom_a_message_did_not_reach_is_owed_a_call(code: int, owed: list[MessageId]) -> None:
    inbox = Inbox()
    inbox.receive(code)
    assert inbox.owed.messages == owed


@pytest.mark.parametrize("template", ["code", "askPlace", "proposed"])
def test_who_asked_for_a_message_is_owed_no_call_for_it(template: str) -> None:
    inbox = Inbox()
    inbox.messages = FakeMessages.of(a_message(status=MessageStatus.SENT, template=template))
    assert inbox.receive(UNDELIVERED) == ["sms.undelivered"]
    assert inbox.owed.messages == []

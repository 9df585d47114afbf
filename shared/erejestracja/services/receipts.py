"""Delivery receipts: what the gateway says became of a message, in whatever order it says it."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from erejestracja.domain.events import Event
from erejestracja.domain.ids import MessageId
from erejestracja.domain.message_state import Receipt, StoredMessage
from erejestracja.ports import Publisher
from erejestracja.services.dispatch import Owed
from erejestracja.services.outcomes import sms_event

# The gateway's status codes that are an end; with all others the message is on its way still.
MEANINGS: Mapping[int, Receipt] = {
    402: Receipt.UNDELIVERED,  # expired: the handset was off for too long
    404: Receipt.DELIVERED,
    405: Receipt.UNDELIVERED,
    406: Receipt.UNDELIVERED,  # failed at the operator
    407: Receipt.UNDELIVERED,  # rejected by the operator
    412: Receipt.UNDELIVERED,  # stopped by the account's owner
}

log = logging.getLogger(__name__)


class Messages(Protocol):
    """Messages as Spanner has them."""

    def get(self, message: MessageId) -> StoredMessage | None:
        """Return a message."""
        ...

    def receipt(self, message: MessageId, receipt: Receipt, event: Event) -> datetime:
        """Write a receipt and tell it, in one commit that may be repeated."""
        ...


def receive(
    messages: Messages, publisher: Publisher, owed: Owed, message: MessageId, code: int
) -> None:
    """Take in one receipt; repeated, unknown and unfinished ones are no matter.

    It may overtake the commit that says the message was sent: the two write different columns.
    Delivered is the last word, since a handset has said it. Whom it did not reach is owed a call,
    unless it answered them.
    """
    receipt = MEANINGS.get(code)
    if receipt is None:
        return
    found = messages.get(message)
    if found is None:
        log.warning("a receipt for no message of ours", extra={"facts": {"status": code}})
        return
    if found.receipt in (receipt, Receipt.DELIVERED):
        return
    if receipt is Receipt.UNDELIVERED and not found.was_asked_for:
        owed.after_message(found)
    event = sms_event(found, receipt.value, {"code": code})
    committed = messages.receipt(message, receipt, event)
    publisher.publish([event], committed)

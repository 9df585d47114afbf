"""Sending: what became of a message that was asked for, and what a gateway may say to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from erejestracja.domain.ids import MessageId, PatientId, VisitId


class MessageStatus(StrEnum):
    """Where a message is: asked for, with the gateway, or at its end."""

    REQUESTED = "requested"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


# A receipt may come late, twice, or after we gave up: what the handset says is the last word, and
# one that is already as good as this one changes nothing.
RECEIVABLE = {
    MessageStatus.DELIVERED: frozenset(
        {MessageStatus.SENT, MessageStatus.UNDELIVERED, MessageStatus.FAILED}
    ),
    MessageStatus.UNDELIVERED: frozenset({MessageStatus.SENT}),
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its row says. `changed_at` is when it was asked for, tried or last changed."""

    id: MessageId
    patient: PatientId
    visit: VisitId | None
    template: str
    facts: Mapping[str, Any]
    status: MessageStatus
    attempts: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a message's row is to say next; None leaves a column as it is."""

    message: MessageId
    status: MessageStatus
    segments: int | None = None
    gateway_id: str | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The gateway took a message: its own id, the parts it counts, the price in PLN if it says."""

    gateway_id: str
    parts: int
    price: float | None = None


class NotSent(Exception):  # noqa: N818 - an answer the caller reads, not a fault
    """The gateway did not take a message. `reason` is a word of ours, never what it wrote."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TakenBefore(NotSent):
    """The gateway has a message of this id: an earlier call got through."""


class Undeliverable(NotSent):
    """This message will never be taken, however often it is offered."""


class TryLater(NotSent):
    """The gateway cannot now, or did not answer: it may have taken the message or not."""


class AccountTrouble(NotSent):
    """The gateway takes nothing of ours until somebody mends our account with it."""


class NotYet(Exception):  # noqa: N818
    """The message has not gone out; its event is to be delivered again."""

"""A message to a person, from the request to its end, and what a gateway may answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from erejestracja.domain.ids import MessageId, PatientId, VisitId
from erejestracja.domain.notice import CODE, REPLIES


class MessageStatus(StrEnum):
    """Where a message is: what is not `requested` is final."""

    REQUESTED = "requested"
    SENT = "sent"
    FAILED = "failed"
    UNREACHABLE = "unreachable"


class Receipt(StrEnum):
    """What the gateway said became of it, later."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it stands. `attempts` counts those that failed for the moment.

    `number` is where a reply goes; it is forgotten when that has ended.
    """

    id: MessageId
    patient: PatientId
    visit: VisitId | None
    template: str
    facts: Mapping[str, Any]
    status: MessageStatus
    attempts: int
    receipt: Receipt | None = None
    number: str | None = None

    @property
    def was_asked_for(self) -> bool:
        """Tell whether it answers somebody: who may ask again, and is owed no call for it."""
        return self.template == CODE or self.template in REPLIES


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a message ended: in the gateway's hands, or not at all, and why."""

    status: MessageStatus
    segments: int | None = None
    gateway_id: str | None = None
    failure: str | None = None

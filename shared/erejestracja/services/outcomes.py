"""What is told of a message: that it is to be sent, and how it ended."""

from collections.abc import Mapping
from typing import Any

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.domain.message_state import StoredMessage
from erejestracja.domain.notice import Notice


def request_event(notice: Notice) -> Event:
    """Return what is told of a message that is asked for."""
    return Event(
        id=EventId(f"{notice.id}.requested"),
        topic="sms-requested",
        type="sms.requested",
        data={"message": notice.id, "patient": notice.patient, "template": notice.template},
    )


def sms_event(message: StoredMessage, what: str, told: Mapping[str, Any]) -> Event:
    """Return what is told of a message's end; the same end is told under the same id."""
    return Event(
        id=EventId(f"{message.id}.{what}"),
        topic="sms-outcomes",
        type=f"sms.{what}",
        data={
            "message": message.id,
            "visit": message.visit,
            "patient": message.patient,
            "template": message.template,
            **told,
        },
    )

"""What is told of a message's end."""

from collections.abc import Mapping
from typing import Any

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.domain.message_state import StoredMessage


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

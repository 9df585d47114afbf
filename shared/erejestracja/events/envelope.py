"""How an event travels: JSON in the message, its type and commit instant beside it."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from erejestracja.domain.events import Event
from erejestracja.domain.file import File


class BadEvent(ValueError):  # noqa: N818 - never to be understood, however often it comes
    """A message that is no event of ours. Raising it lets Pub/Sub dead-letter the message."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event as it arrived, with the instant of the commit that made it true."""

    id: str
    type: str
    data: Mapping[str, Any]
    committed: datetime


def encoded(event: Event) -> bytes:
    """Return the message of an event."""
    return orjson.dumps({"id": event.id, "type": event.type, "data": event.data})


def attributes(event: Event, committed: datetime) -> dict[str, str]:
    """Return what may be filtered by, and is known only after the commit. Nobody is named here."""
    return {"type": event.type, "committed": committed.isoformat()}


def dropped(push: bytes) -> File | None:
    """Return the file that Cloud Storage tells us is there, or None if this is not such a push.

    Raises BadEvent for what is no push at all.
    """
    try:
        told = orjson.loads(push)["message"]["attributes"]
        if told.get("eventType") != "OBJECT_FINALIZE":
            return None
        return File(str(told["objectId"]), int(told["objectGeneration"]))
    except (AttributeError, KeyError, TypeError, ValueError) as bad:
        raise BadEvent(f"a message that is no file of ours: {type(bad).__name__}") from None


def delivered(push: bytes) -> Delivery:
    """Read the body of a Pub/Sub push. Raises BadEvent."""
    try:
        message = orjson.loads(push)["message"]
        body = orjson.loads(base64.b64decode(message["data"], validate=True))
        committed = datetime.fromisoformat(message["attributes"]["committed"])
        found = Delivery(body["id"], body["type"], body["data"], committed)
    except (KeyError, TypeError, ValueError) as bad:
        # What it was is not repeated: it may hold anything.
        raise BadEvent(f"a message that is no event of ours: {type(bad).__name__}") from None
    texts = isinstance(found.id, str) and isinstance(found.type, str)
    if not (texts and isinstance(found.data, dict) and committed.tzinfo):
        raise BadEvent("an event has an id, a type, an object, and an instant")
    return found

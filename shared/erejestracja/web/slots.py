"""How a slot looks to callers: the contract's `Slot`, wherever one is shown."""

from datetime import UTC, datetime
from typing import Any

from erejestracja.domain.errors import NotFound
from erejestracja.domain.ids import SlotKey
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session
from erejestracja.web.models import AnswerModel


class LocationAnswer(AnswerModel):
    """Degrees WGS84."""

    lat: float
    lon: float


class SlotPoint(AnswerModel):
    """The point a slot is at."""

    id: str
    name: str
    address: str
    location: LocationAnswer


class SlotAnswer(AnswerModel):
    """A start time at a point for a dose of a vaccine. Dose 0 serves any dose."""

    id: str
    point: SlotPoint
    start_at: str
    minutes: int
    vaccine: str
    dose: int
    free: int
    distance_km: float | None = None


def instant(moment: datetime) -> str:
    """Return an instant as the contract writes it: RFC 3339, UTC, whole seconds."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


def slot_key(text: str) -> SlotKey:
    """Return the slot an id means. Raises NotFound."""
    try:
        return SlotKey.parse(text)
    except ValueError:
        raise NotFound from None


def slot_document(
    session: Session, index: int, free: int, point: Point, distance_km: float | None = None
) -> dict[str, Any]:
    """Return a slot as callers see it, ready for JSON."""
    document = {
        "id": str(SlotKey(session.key, index)),
        "point": {
            "id": point.id,
            "name": point.name,
            "address": f"{point.address}, {point.town}",
            "location": {"lat": point.location.lat, "lon": point.location.lon},
        },
        "startAt": instant(session.start_of(index)),
        "minutes": session.step,
        "vaccine": session.vaccine,
        "dose": session.dose,
        "free": free,
    }
    if distance_km is not None:
        document["distanceKm"] = round(distance_km, 1)
    return document


def slot_answer(session: Session, index: int, free: int, point: Point) -> SlotAnswer:
    """Return the same as a model."""
    return SlotAnswer.model_validate(slot_document(session, index, free, point))

"""How a slot looks to callers: the contract's `Slot`, wherever one is shown."""

from datetime import UTC, datetime
from typing import Any

from erejestracja.domain.criteria import Candidate
from erejestracja.domain.errors import NotFound
from erejestracja.domain.ids import SlotKey, VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session
from erejestracja.web.models import AnswerModel

# What parts a slot's id from the vaccine it was offered with.
OF = "~"


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
    """A start time at a point for a dose of a vaccine. Dose 0 serves any dose.

    Where a place serves several `vaccines`, `vaccine` is the one offered: that which was asked for,
    or else what the point would rather give. Who holds or books the slot by its id gets the first
    of them that they may have, or that which the id was told for. `bornFrom` and `bornTo` are the
    birth dates of whom the slot is for; others are refused.
    """

    id: str
    point: SlotPoint
    start_at: str
    minutes: int
    vaccine: str
    vaccines: tuple[str, ...] | None = None
    dose: int
    born_from: str | None = None
    born_to: str | None = None
    free: int
    distance_km: float | None = None


def instant(moment: datetime) -> str:
    """Return an instant as the contract writes it: RFC 3339, UTC, whole seconds."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


def slot_key(text: str) -> SlotKey:
    """Return the slot an id means. Raises NotFound."""
    return offer_of(text)[0]


def offer_of(text: str) -> tuple[SlotKey, VaccineCode | None]:
    """Return the slot an id means, and the vaccine it was offered with. Raises NotFound."""
    slot, _, vaccine = text.partition(OF)
    try:
        return SlotKey.parse(slot), VaccineCode(vaccine) if vaccine else None
    except ValueError:
        raise NotFound from None


def id_of(candidate: Candidate) -> str:
    """Return the id of a slot as it is offered."""
    return slot_id(SlotKey(candidate.state.session.key, candidate.index), candidate.vaccine)


def slot_id(slot: SlotKey, vaccine: VaccineCode | None) -> str:
    """Return the id of a slot, with the vaccine it is offered with where it serves several."""
    return f"{slot}{OF}{vaccine}" if vaccine else str(slot)


def slot_document(
    session: Session,
    index: int,
    free: int,
    point: Point,
    distance_km: float | None = None,
    *,
    vaccine: VaccineCode | None = None,
) -> dict[str, Any]:
    """Return a slot as callers see it, ready for JSON; of several vaccines with the one offered."""
    several = session.vaccines if session.also else None
    document: dict[str, Any] = {
        "id": slot_id(SlotKey(session.key, index), vaccine if several else None),
        "point": {
            "id": point.id,
            "name": point.name,
            "address": f"{point.address}, {point.town}",
            "location": {"lat": point.location.lat, "lon": point.location.lon},
        },
        "startAt": instant(session.start_of(index)),
        "minutes": session.step,
        "vaccine": vaccine or session.vaccine,
        "dose": session.dose,
        "free": free,
    }
    if several:
        document["vaccines"] = several
    for name, day in (("bornFrom", session.born_from), ("bornTo", session.born_to)):
        if day:
            document[name] = day.isoformat()
    if distance_km is not None:
        document["distanceKm"] = round(distance_km, 1)
    return document


def slot_answer(
    session: Session, index: int, free: int, point: Point, vaccine: VaccineCode | None = None
) -> SlotAnswer:
    """Return the same as a model."""
    return SlotAnswer.model_validate(slot_document(session, index, free, point, vaccine=vaccine))

"""Joining a standby list: what a wish makes of where somebody stands, and what is told of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from erejestracja.domain import calendar
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PatientId, PointId, ProgrammeId, VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.standby import Origin, Standby

# Longer than any course of doses; who still waits then is asked again.
LONGEST = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who would come for which vaccines of a programme, until which local day.

    `phone` is where to call, None for the person's own number.
    """

    patient: PatientId
    programme: ProgrammeId
    vaccines: tuple[VaccineCode, ...]
    until: date
    phone: str | None = None
    origin: Origin = Origin.DESK


def joined(
    now: datetime, point: PointId, wish: Wish, known: Standby | None, number: int
) -> Standby:
    """Return the entry of who wishes to wait at a point: a new one, or as changed.

    `known` is where they stand, `number` that of their last step. Raises InvalidRequest for who
    waits at another point.
    """
    vaccines = tuple(sorted(set(wish.vaccines)))
    if known is None or known.has_ended(calendar.local_day(now)):
        return Standby(
            patient=wish.patient,
            programme=wish.programme,
            point=point,
            vaccines=vaccines,
            until=wish.until,
            since=now,
            rests_until=now,
            number=number + 1,
            origin=wish.origin,
            phone=wish.phone,
        )
    if known.point != point:
        raise InvalidRequest({"patientId": "waits at another point already"})
    phone = wish.phone or known.phone
    if (known.vaccines, known.until, known.phone) == (vaccines, wish.until, phone):
        return known
    return known.wishing(vaccines, wish.until, phone)


def event_of(standby: Standby, point: Point | None, what: str, **facts: str) -> Event:
    """Return what is told of a step."""
    return Event(
        id=EventId(f"{standby.id}.{standby.number}"),
        topic="standby",
        type=what,
        data={
            "standby": standby.id,
            "number": standby.number,
            "patient": standby.patient,
            "programme": standby.programme,
            "point": standby.point,
            "powiat": point.powiat if point else None,
            "voivodeship": point.voivodeship if point else None,
            "origin": standby.origin.value,
            **facts,
        },
    )

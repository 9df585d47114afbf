"""What the use cases of a point's day work with, and what they share."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.change import PastChange
from erejestracja.domain.deed import Arrival, Correction, Deed, Exchange, Undoing
from erejestracja.domain.errors import NotAllowed, NotFound, Overloaded, VersionMismatch
from erejestracja.domain.events import Event
from erejestracja.domain.ids import (
    EventId,
    PatientId,
    PointId,
    SessionKey,
    VaccinationId,
    VisitId,
)
from erejestracja.domain.person import Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.supply import SupplyChange
from erejestracja.domain.vaccination import Vaccination
from erejestracja.domain.vials import Entry, Lot
from erejestracja.domain.visit import Visit
from erejestracja.ports import Clash, Gone, Supplies
from erejestracja.services.desk import Desk

TRIES = 4


class Deeds(Protocol):
    """One commit of what was done to a person, and the records that leaves."""

    def do(self, deed: Deed) -> datetime:
        """Commit a deed. Raises Clash or Gone when a key says no."""
        ...

    def arrive(self, arrival: Arrival) -> datetime:
        """Commit the visit of who came without one. Raises Clash or Gone when a key says no."""
        ...

    def exchange(self, exchange: Exchange) -> datetime:
        """Commit a swap. Raises Clash or Gone when a key says no."""
        ...

    def undo(self, undoing: Undoing) -> datetime:
        """Commit that a swap is undone. Raises Clash or Gone when a key says no."""
        ...

    def past(self, visit: VisitId, *versions: int) -> list[PastChange]:
        """Return what made a visit each of its versions, in order; nothing of what was loaded."""
        ...

    def correct(self, correction: Correction) -> datetime:
        """Commit a correction. Raises Clash or Gone when a key says no."""
        ...

    def vaccinations(self, vaccination: VaccinationId) -> list[Vaccination]:
        """Return all versions of a record, the newest first."""
        ...


class Vials(Protocol):
    """The ledger of vials by lot."""

    def lot(self, point: PointId, code: str) -> Lot | None:
        """Return a lot of a point."""
        ...

    def lots(self, point: PointId) -> list[Lot]:
        """Return all lots of a point, empty ones too."""
        ...

    def enter(
        self, entries: Sequence[Entry], events: Sequence[Event], change: SupplyChange | None = None
    ) -> datetime:
        """Write entries and tell of them, and the deliveries that doses are of.

        Raises Clash when a lot or the terms of supply have moved on meanwhile.
        """
        ...


class DayBook(Protocol):
    """Who comes to a point on a day."""

    def visits(self, point: PointId, day: date) -> list[Visit]:
        """Return the visits that have a place there on that local day, by start."""
        ...

    def named(self, visits: Sequence[VisitId]) -> Mapping[VisitId, Visit]:
        """Return the visits that exist among these."""
        ...

    def visits_within(self, point: PointId, first: date, last: date, limit: int) -> list[Visit]:
        """Return visits that have a place there on those days, of the first so many places."""
        ...

    def referrals(self, patients: Sequence[PatientId]) -> Mapping[PatientId, Sequence[Referral]]:
        """Return all referrals of some people, as of now."""
        ...

    def rooms(self, sessions: Collection[SessionKey]) -> Mapping[SessionKey, str]:
        """Return in which room those of the sessions are of which that is known."""
        ...

    def people(self, patients: Sequence[PatientId]) -> Mapping[PatientId, Person]:
        """Return those of the people who are registered."""
        ...

    def seen(
        self, patients: Sequence[PatientId], actor: Actor, action: str, request_id: str
    ) -> None:
        """Write down, for each of them, that somebody looked at their record."""
        ...


@dataclass(frozen=True, slots=True)
class Clinic:
    """The parts of a point's day; built once in bootstrap, from fakes in unit tests."""

    desk: Desk
    deeds: Deeds
    vials: Vials
    day_book: DayBook
    supplies: Supplies

    def today(self) -> date:
        """Return the local day."""
        return calendar.local_day(self.desk.clock.now())


def check_staff(actor: Actor, point: PointId) -> None:
    """Refuse who is not of this point."""
    if point not in actor.points:
        raise NotAllowed


def visit_here(clinic: Clinic, actor: Actor, visit_id: VisitId, etag: str | None) -> Visit:
    """Return a visit at one of the caller's points.

    Raises NotFound, NotAllowed, and VersionMismatch where it is not as the caller saw it.
    """
    visit = as_it_stands(clinic, visit_id)
    check_staff(actor, visit.place.slot.session.point)
    if etag is not None and etag != str(visit.version):
        raise VersionMismatch
    return visit


def visit_at(
    clinic: Clinic, actor: Actor, point: PointId, visit_id: VisitId, etag: str | None
) -> Visit:
    """Return a visit at one point of the caller's: what is done there is not another's.

    Raises NotFound, NotAllowed, and VersionMismatch where it is not as the caller saw it.
    """
    check_staff(actor, point)
    visit = visit_here(clinic, actor, visit_id, etag)
    if visit.place.slot.session.point != point:
        raise NotFound
    return visit


def as_it_stands(clinic: Clinic, visit_id: VisitId) -> Visit:
    """Return a visit. Raises NotFound."""
    found = clinic.desk.records.visit(visit_id)
    if found is None:
        raise NotFound
    return found[0]


def done(clinic: Clinic, visit: Visit, deed_of: Callable[[Visit], Deed]) -> Visit:
    """Carry a deed out on the visit as it stands, and tell of it.

    `deed_of` decides by the visit, and is asked again when a key said no: then either the visit
    has changed (VersionMismatch, for the caller has not seen that), or what else it was decided by.
    """
    for _ in range(TRIES):
        deed = deed_of(visit)
        try:
            at = clinic.deeds.do(deed)
        except (Clash, Gone):
            now = as_it_stands(clinic, visit.id)
            if now.version != visit.version:
                raise VersionMismatch from None
        else:
            clinic.desk.publisher.publish(deed.events(), at)
            return deed.visit
    raise Overloaded(retry_after=1)


def told_of(entry: Entry) -> Event:
    """Return what is told of a line of the ledger."""
    lot = entry.lot
    return Event(
        id=EventId(f"{lot.point}.{lot.code}.{lot.number}"),
        topic="stock",
        type="lot.entered",
        data={
            "point": lot.point,
            "lot": lot.code,
            "number": lot.number,
            "vaccine": lot.vaccine,
            "movement": entry.movement.value,
            "doses": entry.doses,
            "balance": lot.balance,
            "reason": entry.reason,
        },
    )

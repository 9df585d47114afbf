"""Swaps at a point: who may have a dose that nobody came for, and the one commit that does it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from erejestracja.domain.change import Change
from erejestracja.domain.deed import Deed, Exchange
from erejestracja.domain.errors import (
    AlreadyBooked,
    InvalidRequest,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, PlaceKey, SessionKey, SlotKey, VisitId, derived_id
from erejestracja.domain.override import still_waived
from erejestracja.domain.person import Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session, SessionState
from erejestracja.domain.swapped import SwapId, document_of, left_by, swap_id, why_free
from erejestracja.domain.swaps import (
    Days,
    FreeDose,
    Swap,
    Why,
    could_take,
    days_for_deferred,
    days_for_missed,
    swaps,
)
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from erejestracja.ports import Clash, Gone
from erejestracja.services.arrivals import after
from erejestracja.services.changes import change_of
from erejestracja.services.clinic import TRIES, Clinic, as_it_stands, visit_at
from erejestracja.services.places import WantedPlace
from erejestracja.services.referrals import the_one
from erejestracja.services.standby import Asking
from erejestracja.services.walk_ins import FIRST_NUMBER, session_now

MOST_PROPOSED = 5
# Of each link of a chain: the soonest, since a chain of three tries every combination.
MOST_TRIED = 20
# A point of two hundred a day has these within two days; what a read of places may cost.
MOST_READ = 400


@dataclass(frozen=True, slots=True)
class Proposal:
    """A swap, and the people it is about; None where one is not registered."""

    swap: Swap
    people: Sequence[Person | None]


@dataclass(frozen=True, slots=True)
class Case:
    """A free dose, and the referral of whose it was."""

    dose: FreeDose
    referral: Referral


def propose(clinic: Clinic, asking: Asking, visit_id: VisitId) -> tuple[FreeDose, list[Proposal]]:
    """Return who may have a dose that is free, up to five; that they were seen is written down.

    Raises NotFound, NotAllowed, and InvalidRequest where the visit's dose is not free.
    """
    case = _case(clinic, visit_at(clinic, asking.actor, asking.point, visit_id, None))
    found = list(islice(_swaps(clinic, asking, case), MOST_PROPOSED))
    patients = sorted({visit.patient for swap in found for visit in swap.chain})
    if not patients:
        return case.dose, []
    clinic.day_book.seen(patients, asking.actor, "swap.viewed", asking.request_id)
    people = clinic.day_book.people(patients)
    return case.dose, [
        Proposal(swap, [people.get(visit.patient) for visit in swap.chain]) for swap in found
    ]


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """A swap, and its visits as they now are: who has come, who has moved, and a new one."""

    swap: SwapId
    visits: list[Visit]


def carry_out(
    clinic: Clinic,
    asking: Asking,
    visit_id: VisitId,
    etag: str | None,
    chain: Sequence[VisitId],
) -> CarriedOut:
    """Return how visits are once the first of `chain` has come for the free dose.

    All of them change in one commit, or none. Raises InvalidRequest for what is no swap by the
    rules, VersionMismatch where one of them has changed, or the dose has gone to somebody else.
    """
    for _ in range(TRIES):
        case = _case(clinic, visit_at(clinic, asking.actor, asking.point, visit_id, etag))
        agreed = _agreed(clinic, asking, case, [as_it_stands(clinic, one) for one in chain])
        exchange = _exchange(clinic, asking, case, agreed)
        try:
            at = clinic.deeds.exchange(exchange)
        except (Clash, Gone):
            if _have_changed(clinic, [case.dose.visit, *agreed.swap.chain]):
                raise VersionMismatch from None
            continue
        version = int(at.timestamp() * 1_000_000)
        clinic.desk.read_model.learn([SessionState(exchange.session, 1, version)])
        clinic.desk.publisher.publish(exchange.events(), at)
        heir = [exchange.heir[0]] if exchange.heir else []
        visits = [*(visit for visit, _, _ in exchange.moves), *heir]
        return CarriedOut(swap_id(exchange.replaced.visit), visits)
    raise Overloaded(retry_after=1)


def came_for_another(visit: Visit) -> bool:
    """Tell whether somebody who has come is there by a swap.

    A place is made for who comes: a walk-in's visit is made with it, theirs was booked before.
    """
    made = visit.place.slot.session.nr >= FIRST_NUMBER
    return visit.status is VisitStatus.ARRIVED and made and visit.created_at < visit.starts_at


def _case(clinic: Clinic, visit: Visit) -> Case:
    """Return the dose that a visit leaves.

    Raises InvalidRequest where it is not free (any more), AlreadyBooked where who was put off has
    a new visit already.
    """
    why = why_free(clinic.deeds.past(visit.id, visit.version))
    if visit.place.slot.session.day != clinic.today():
        raise InvalidRequest({"visit": "is not of today"})
    referral = the_one(clinic.desk.records.referrals(visit.patient), visit.referral)
    if why is Why.MISSED:
        return Case(FreeDose(visit, Why.MISSED), referral)
    until = referral.window[0]
    if why is Why.DEFERRED and until:
        booked = clinic.desk.records.active_visit(visit.patient, visit.programme, visit.dose)
        if booked:
            raise AlreadyBooked(booked)
        return Case(FreeDose(visit, Why.DEFERRED, until), referral)
    raise InvalidRequest({"visit": "was neither missed nor put off, or its dose is taken"})


def _swaps(clinic: Clinic, asking: Asking, case: Case) -> Iterator[Swap]:
    """Yield swaps, the best first; what lies further off is read only where it is asked for."""
    desk, dose, today = clinic.desk, case.dose, clinic.today()
    programme = desk.programmes.get(dose.visit.programme)
    if dose.until:
        layers = [days_for_deferred(dose.until, today)]
    else:
        days = days_for_missed(programme, case.referral, dose.visit.vaccine, today)
        layers = [[span] for span in days]
    for links in layers:
        visits = [_could_take(clinic, asking, dose, span) for span in links]
        if visits and all(visits):
            patients = sorted({visit.patient for layer in visits for visit in layer})
            known = {**clinic.day_book.referrals(patients), dose.visit.patient: [case.referral]}
            sessions = _sessions(clinic, dose, visits)
            yield from swaps(programme, dose, visits, known, sessions, now=desk.clock.now())


def _could_take(clinic: Clinic, asking: Asking, dose: FreeDose, days: Days) -> list[Visit]:
    found = clinic.day_book.visits_within(asking.point, *days, MOST_READ)
    return [visit for visit in found if could_take(dose, visit)][:MOST_TRIED]


def _sessions(
    clinic: Clinic, dose: FreeDose, visits: Sequence[Sequence[Visit]]
) -> dict[SessionKey, Session]:
    """Return the sessions whose places others would take: these may be for some birth dates."""
    if dose.why is Why.MISSED:
        return {}
    keys = sorted({visit.place.slot.session for layer in visits for visit in layer})
    return {session.key: session for session in clinic.desk.stock.sessions(keys)}


@dataclass(frozen=True, slots=True)
class _Agreed:
    """A swap that the rules allow at this moment, and the referrals it was judged by."""

    swap: Swap
    referrals: Mapping[PatientId, Sequence[Referral]]

    def referral_of(self, visit: Visit) -> Referral:
        """Return what a visit's new time was judged by."""
        return the_one(self.referrals[visit.patient], visit.referral)


def _agreed(clinic: Clinic, asking: Asking, case: Case, chain: Sequence[Visit]) -> _Agreed:
    """Judge a swap of these visits as of now. Raises InvalidRequest, NotFound, VersionMismatch."""
    dose = case.dose
    if any(visit.place.slot.session.point != asking.point for visit in chain):
        raise NotFound
    if any(visit.status is not VisitStatus.BOOKED for visit in chain):
        raise VersionMismatch
    patients = sorted({visit.patient for visit in chain})
    known = {**clinic.day_book.referrals(patients), dose.visit.patient: [case.referral]}
    programme = clinic.desk.programmes.get(dose.visit.programme)
    links = [[visit] for visit in chain if could_take(dose, visit)]
    alone = dose.why is Why.DEFERRED or len(chain) == 1
    if links and len(links) == len(chain) and alone:
        sessions, now = _sessions(clinic, dose, links), clinic.desk.clock.now()
        for swap in swaps(programme, dose, links, known, sessions, now=now):
            return _Agreed(swap, known)
    raise InvalidRequest({"with": "cannot come for this dose"})


@dataclass(frozen=True, slots=True)
class _Room:
    """A place and its time, which a visit takes over."""

    place: PlaceKey
    starts_at: datetime
    minutes: int

    def holds(self, visit: Visit, status: VisitStatus) -> Visit:
        """Return a visit's next version, on this place."""
        return replace(
            visit,
            place=self.place,
            starts_at=self.starts_at,
            minutes=self.minutes,
            status=status,
            version=visit.version + 1,
        )


def _exchange(clinic: Clinic, asking: Asking, case: Case, agreed: _Agreed) -> Exchange:
    """Return what is committed: everybody one place on, and whose dose it was marked as replaced.

    Who is here is told nothing; who is moved or has a new date, that, once.
    """
    desk, dose, chain = clinic.desk, case.dose.visit, agreed.swap.chain
    point = desk.read_model.point(asking.point)
    if point is None:
        raise NotFound
    session = session_now(clinic, point, dose.vaccine, chain[0].dose)
    here = _Room(PlaceKey(SlotKey(session.key, 0), 0), session.starts_at, session.step)
    rooms = [here, *(_Room(one.place, one.starts_at, one.minutes) for one in chain)]
    place = WantedPlace(SessionState(session, 0, 0), here.place, None)
    replaced = after(dose, VisitChange.REPLACED)
    detail = {"swap": swap_id(replaced)}
    moves = []
    for room, visit in zip(rooms, chain, strict=False):
        first = visit is chain[0]
        what = VisitChange.ARRIVED if first else VisitChange.MOVED
        moved = room.holds(visit, VisitStatus.ARRIVED if first else VisitStatus.BOOKED)
        taken = place if first else None
        change = change_of(desk, moved, what, asking.actor, place=taken, before=visit)
        allowed = replace(change, allowed_by=agreed.referral_of(visit), detail=detail)
        moves.append((moved, visit.place, allowed))
    heir = _heir(clinic, asking, case, agreed, detail)
    gone = change_of(desk, replaced, VisitChange.REPLACED, asking.actor)
    left = [left_by(visit, agreed.referral_of(visit)) for visit in chain]
    kept = document_of(case.dose.why, left, heir[0].id if heir else None)
    ended = Deed(replaced, replace(gone, detail={**detail, **kept}))
    return Exchange(session, ended, moves, heir)


def _heir(
    clinic: Clinic, asking: Asking, case: Case, agreed: _Agreed, detail: Mapping[str, str]
) -> tuple[Visit, Change, str] | None:
    """Return the new visit on the place that the last one leaves, if there is one to be."""
    last, dose = agreed.swap.chain[-1], case.dose.visit
    if case.dose.why is Why.DEFERRED:
        whose, number, referral, waived = dose, dose.dose, case.referral, dose.waived
    elif agreed.swap.keeps_date:
        whose, number, referral = last, last.dose + 1, agreed.referral_of(last)
        waived = still_waived(last.waived)
    else:
        return None
    visit_id = derived_id("swap", dose.id, str(dose.version), whose.patient)
    now = clinic.desk.clock.now()
    heir = replace(
        whose,
        id=VisitId(visit_id),
        place=last.place,
        starts_at=last.starts_at,
        minutes=last.minutes,
        dose=number,
        status=VisitStatus.BOOKED,
        version=1,
        created_at=now,
        updated_at=now,
        born=referral.birth_date,
        consent=None,
        waived=waived,
    )
    change = change_of(clinic.desk, heir, VisitChange.BOOKED, asking.actor)
    return heir, replace(change, allowed_by=referral, detail=detail), visit_id


def _have_changed(clinic: Clinic, visits: Sequence[Visit]) -> bool:
    return any(as_it_stands(clinic, one.id).version != one.version for one in visits)

"""Standby lists: put on, who is next and why, called by one desk at a time, taken off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import (
    AlreadyBooked,
    InvalidRequest,
    NotEligible,
    NotFound,
    Overloaded,
    Reason,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, PointId, ProgrammeId, VaccineCode
from erejestracja.domain.person import Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.standby import Act, CallOutcome, Joins, Leaving, Standby, StandbyId
from erejestracja.domain.turn import Turn, turn_of
from erejestracja.domain.visit import Visit
from erejestracja.ports import Clash, Gone
from erejestracja.services.clinic import TRIES, Clinic, check_staff
from erejestracja.services.joining import LONGEST, Wish, event_of, joined
from erejestracja.services.walk_ins import WalkIn, walk_in


class StandbyLists(Protocol):
    """Points' standby lists. Commits raise Clash or Gone when keys say no."""

    def of(self, point: PointId) -> list[Standby]:
        """Return who is on a point's list, in no order."""
        ...

    def entry(self, point: PointId, standby: StandbyId) -> Standby | None:
        """Return an entry of a point's list."""
        ...

    def of_person(self, patient: PatientId) -> list[Standby]:
        """Return where a person waits, of any programme."""
        ...

    def standing(self, patient: PatientId, programme: ProgrammeId) -> tuple[Standby | None, int]:
        """Return where a person waits, if anywhere, and the number of their last step, or 0."""
        ...

    def join(self, standby: Standby, act: Act) -> datetime:
        """Put a person on a list, or change their wish."""
        ...

    def join_all(self, joins: Joins) -> datetime:
        """Put many people on lists, or none, in one commit."""
        ...

    def step(self, standby: Standby, act: Act) -> datetime:
        """Write an entry's next version."""
        ...

    def leave(self, standby: Standby, act: Act) -> datetime:
        """Take a person off."""
        ...


@dataclass(frozen=True, slots=True)
class Reserve:
    """What the use cases of standby lists work with."""

    clinic: Clinic
    lists: StandbyLists


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, at which point, in which request."""

    actor: Actor
    point: PointId
    request_id: str


def queue(reserve: Reserve, asking: Asking) -> Sequence[Turn]:
    """Return who is on the list, who is called next first, and write down that it was seen.

    Those who may not be called, or not have a dose now, come last, each with the reason.
    """
    check_staff(asking.actor, asking.point)
    clinic = reserve.clinic
    waiting = [one for one in reserve.lists.of(asking.point) if not one.has_ended(clinic.today())]
    if not waiting:
        return []
    patients = sorted({one.patient for one in waiting})
    referrals = clinic.day_book.referrals(patients)
    clinic.day_book.seen(patients, asking.actor, "reserve.viewed", asking.request_id)
    people = clinic.day_book.people(patients)
    turns = [_turn(clinic, one, referrals[one.patient], people.get(one.patient)) for one in waiting]
    return sorted(turns, key=Turn.place)


def join(reserve: Reserve, asking: Asking, wish: Wish) -> Standby:
    """Return the person's entry on the list; asked for again with another wish, it is changed.

    How long they have waited stays. Raises NotFound for who is not registered, InvalidRequest for
    what cannot be and for who waits at another point, AlreadyBooked for who has a visit for the
    dose.
    """
    check_staff(asking.actor, asking.point)
    return put_on(reserve, asking, wish)


def put_on(reserve: Reserve, asking: Asking, wish: Wish) -> Standby:
    """Do the same for whoever may: staff, or the person."""
    clinic = reserve.clinic
    _check(clinic, asking.point, wish)
    check_no_visit(clinic, wish.patient, wish.programme)
    for _ in range(TRIES):
        known, number = reserve.lists.standing(wish.patient, wish.programme)
        entry = joined(clinic.desk.clock.now(), asking.point, wish, known, number)
        if entry == known:
            return entry
        try:
            _write(reserve, asking, entry, reserve.lists.join, "standby.joined")
        except Clash:
            continue
        except Gone:
            raise NotFound from None
        return entry
    raise Overloaded(retry_after=1)


def call(reserve: Reserve, asking: Asking, named: StandbyId, etag: str | None = None) -> Standby:
    """Return the entry as being called by this desk; no other may for some minutes.

    Pressed again by who calls, it is the same call. Raises VersionMismatch where somebody else is
    calling or has, NotEligible for whom the rules do not allow a dose now, and AlreadyBooked for
    who has a visit meanwhile and so is taken off the list.
    """
    clinic, now = reserve.clinic, reserve.clinic.desk.clock.now()
    standby = entry_of(reserve, asking, named)
    if standby.is_called_by(asking.actor.subject, now):
        return standby
    _check_version(standby, etag)
    if not standby.may_be_called(now):
        raise VersionMismatch
    referrals = clinic.desk.records.referrals(standby.patient)
    refused = _turn(clinic, standby, referrals).refused
    if refused:
        raise refused
    try:
        check_no_visit(clinic, standby.patient, standby.programme, referrals)
    except AlreadyBooked:
        leave(reserve, asking, standby, Leaving.BOOKED)
        raise
    called = standby.called(asking.actor.subject, now)
    _step(reserve, asking, called, "standby.called")
    return called


def person_called(reserve: Reserve, asking: Asking, named: StandbyId) -> tuple[Turn, Person]:
    """Return whom this desk is calling, with their telephone; each look is written down.

    Raises NotFound where the desk calls nobody, or not any more.
    """
    clinic = reserve.clinic
    standby = entry_of(reserve, asking, named)
    if not standby.is_called_by(asking.actor.subject, clinic.desk.clock.now()):
        raise NotFound
    clinic.day_book.seen([standby.patient], asking.actor, "reserve.phone", asking.request_id)
    person = clinic.desk.records.person(standby.patient)
    if person is None:
        raise NotFound
    referrals = clinic.desk.records.referrals(standby.patient)
    return _turn(clinic, standby, referrals, person), replace(
        person, phone=standby.phone or person.phone
    )


def answer(
    reserve: Reserve, asking: Asking, named: StandbyId, outcome: CallOutcome, etag: str | None
) -> Standby:
    """Write down what a call came to. Who was not reached three times on end is taken off.

    Raises InvalidRequest where nobody called, VersionMismatch.
    """
    standby = entry_of(reserve, asking, named)
    _check_version(standby, etag)
    if not standby.is_called:
        raise InvalidRequest({"standby": "has not been called"})
    answered = standby.answered(outcome, reserve.clinic.desk.clock.now())
    _step(reserve, asking, answered, "standby.answered", outcome=outcome.value)
    if answered.unreachable:
        return leave(reserve, asking, answered, Leaving.UNREACHABLE)
    return answered


def come(reserve: Reserve, asking: Asking, named: StandbyId, vaccine: VaccineCode) -> Visit:
    """Return the visit of who has come, as arrived; it takes them off the list.

    Raises NotEligible for what the rules do not allow, InvalidRequest for a vaccine they did not
    wish, AlreadyBooked for the visit they have here today.
    """
    standby = entry_of(reserve, asking, named)
    turn = _turn(reserve.clinic, standby, reserve.clinic.desk.records.referrals(standby.patient))
    if turn.referral is None:
        raise turn.refused or NotEligible(Reason.NO_REFERRAL)
    if vaccine not in turn.may_have:
        raise InvalidRequest({"vaccine": "is not one they wish and may have"})
    key = f"{standby.id}-{standby.number}"
    request = WalkIn(standby.patient, turn.referral.id, asking.point, vaccine, key)
    return walk_in(reserve.clinic, asking.actor, request)


def remove(reserve: Reserve, asking: Asking, named: StandbyId, etag: str | None = None) -> Standby:
    """Take a person off the list, because they wish it. Raises NotFound, VersionMismatch."""
    standby = entry_of(reserve, asking, named)
    _check_version(standby, etag)
    return leave(reserve, asking, standby, Leaving.REMOVED)


def entry_of(reserve: Reserve, asking: Asking, named: StandbyId) -> Standby:
    """Return an entry of the point's list. Raises NotAllowed, NotFound."""
    check_staff(asking.actor, asking.point)
    found = reserve.lists.entry(asking.point, named)
    if found is None or found.has_ended(reserve.clinic.today()):
        raise NotFound
    return found


def check_no_visit(
    clinic: Clinic,
    patient: PatientId,
    programme: ProgrammeId,
    referrals: Sequence[Referral] | None = None,
) -> None:
    """Refuse who has a visit for their next dose. Raises AlreadyBooked, InvalidRequest."""
    records = clinic.desk.records
    known = records.referrals(patient) if referrals is None else referrals
    doses = {one.next_dose for one in known if one.programme == programme}
    if not doses:
        raise InvalidRequest({"programme": "they have no referral to it"})
    for dose in doses:
        visit = records.active_visit(patient, programme, dose)
        if visit:
            raise AlreadyBooked(visit)


def _check(clinic: Clinic, here: PointId, wish: Wish) -> None:
    point = clinic.desk.read_model.point(here)
    if point is None:
        raise NotFound
    programme = clinic.desk.programmes.get(wish.programme)
    if not wish.vaccines or not set(wish.vaccines) <= point.vaccines:
        raise InvalidRequest({"vaccines": "are not given at this point"})
    if not all(programme.vaccine(code) for code in wish.vaccines):
        raise InvalidRequest({"vaccines": "are not of this programme"})
    if not clinic.today() <= wish.until <= clinic.today() + LONGEST:
        raise InvalidRequest({"until": f"is past, or more than {LONGEST.days} days ahead"})


def _check_version(standby: Standby, etag: str | None) -> None:
    if etag is not None and etag != str(standby.number):
        raise VersionMismatch


def leave(reserve: Reserve, asking: Asking, standby: Standby, why: Leaving) -> Standby:
    """Take a person off, for a reason. Raises VersionMismatch, NotFound."""
    left = standby.left()
    try:
        _write(reserve, asking, left, reserve.lists.leave, "standby.left", reason=why.value)
    except Clash:
        raise VersionMismatch from None
    except Gone:
        raise NotFound from None
    return left


def _step(reserve: Reserve, asking: Asking, standby: Standby, what: str, **facts: str) -> None:
    try:
        _write(reserve, asking, standby, reserve.lists.step, what, **facts)
    except Clash:
        raise VersionMismatch from None
    except Gone:
        raise NotFound from None


def _write(
    reserve: Reserve,
    asking: Asking,
    standby: Standby,
    commit: Callable[[Standby, Act], datetime],
    what: str,
    **facts: str,
) -> None:
    """Commit a step and tell of it. Raises Clash, Gone."""
    desk = reserve.clinic.desk
    event = event_of(standby, desk.read_model.point(standby.point), what, **facts)
    at = commit(standby, Act(asking.actor, asking.request_id, event))
    desk.publisher.publish([event], at)


def _turn(
    clinic: Clinic, standby: Standby, referrals: Sequence[Referral], person: Person | None = None
) -> Turn:
    desk = clinic.desk
    programme = desk.programmes.get(standby.programme)
    return turn_of(programme, standby, referrals, person, now=desk.clock.now())

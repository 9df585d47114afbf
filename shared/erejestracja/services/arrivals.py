"""The day at a point: who comes, who is there, who did not come, who may not have the dose now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.consent import form_of, recorded
from erejestracja.domain.course import deferred
from erejestracja.domain.deed import Deed
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.ids import PointId
from erejestracja.domain.person import Person
from erejestracja.domain.visit import ConsentForm, Visit, VisitChange, VisitStatus
from erejestracja.services.changes import change_of
from erejestracja.services.clinic import Clinic, check_staff, done
from erejestracja.services.referrals import the_one


class Deferral(StrEnum):
    """Why a person may not have the dose now."""

    ILLNESS = "illness"
    CONTRAINDICATION = "contraindication"
    RECENT_INFECTION = "recentInfection"
    OTHER_VACCINE = "otherVaccine"
    REFUSED = "refused"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Expected:
    """A visit of the day, and who comes; None where the person is not registered.

    `consent` is how the form of who is not of age stands, `room` where the point expects them.
    """

    visit: Visit
    person: Person | None
    consent: ConsentForm | None = None
    room: str | None = None


def day_list(
    clinic: Clinic, actor: Actor, point: PointId, day: date, request_id: str
) -> Sequence[Expected]:
    """Return who comes to a point on a local day, by start, and write down that it was seen."""
    check_staff(actor, point)
    visits = clinic.day_book.visits(point, day)
    if not visits:
        return []
    patients = sorted({visit.patient for visit in visits})
    clinic.day_book.seen(patients, actor, "day.viewed", request_id)
    people = clinic.day_book.people(patients)
    rooms = clinic.day_book.rooms({visit.place.slot.session for visit in visits})
    return [
        _expected(clinic, visit, people.get(visit.patient), rooms.get(visit.place.slot.session))
        for visit in visits
    ]


def arrive(clinic: Clinic, actor: Actor, visit: Visit, consent: ConsentForm | None = None) -> Visit:
    """Write down that a person is there; twice is no matter. Only on the visit's own day.

    `consent` is what who is not of age has shown; of who has arrived it is put right by this.
    """
    if consent:
        return _with_consent(clinic, actor, visit, consent)
    if visit.status is VisitStatus.ARRIVED:
        return visit
    _check_today(clinic, visit)
    return done(clinic, visit, lambda now: _simply(clinic, actor, now, VisitChange.ARRIVED))


def _with_consent(clinic: Clinic, actor: Actor, visit: Visit, consent: ConsentForm) -> Visit:
    born = the_one(clinic.desk.records.referrals(visit.patient), visit.referral).birth_date
    programme = clinic.desk.programmes.get(visit.programme)
    shown = recorded(programme, born, calendar.local_day(visit.starts_at), consent)
    if (visit.status, visit.consent) == (VisitStatus.ARRIVED, shown):
        return visit
    _check_today(clinic, visit)

    def deed_of(now: Visit) -> Deed:
        here = now.status is VisitStatus.ARRIVED
        what = VisitChange.CONSENT_NOTED if here else VisitChange.ARRIVED
        changed = replace(after(now, what), consent=shown)
        return Deed(changed, change_of(clinic.desk, changed, what, actor))

    return done(clinic, visit, deed_of)


def _check_today(clinic: Clinic, visit: Visit) -> None:
    if calendar.local_day(visit.starts_at) != clinic.today():
        raise InvalidRequest({"visit": "is not today"})


def miss(clinic: Clinic, actor: Actor, visit: Visit) -> Visit:
    """Write down that a person did not come; the referral stays, another visit may be booked."""
    if visit.status is VisitStatus.NO_SHOW:
        return visit
    if visit.starts_at > clinic.desk.clock.now():
        raise InvalidRequest({"visit": "has not begun"})
    return done(clinic, visit, lambda now: _simply(clinic, actor, now, VisitChange.MISSED))


def defer(
    clinic: Clinic, actor: Actor, visit: Visit, reason: Deferral, until: date | None
) -> Visit:
    """End a visit without a dose: the person may come again from a day on, or never (None).

    The referral says so from the same commit on, so that nothing earlier can be booked.
    """
    if until is not None and until <= clinic.today():
        raise InvalidRequest({"until": "is not ahead"})

    def deed_of(now: Visit) -> Deed:
        ended, what = after(now, VisitChange.DEFERRED), VisitChange.DEFERRED
        frees = now.starts_at > clinic.desk.clock.now()
        change = change_of(clinic.desk, ended, what, actor, before=now if frees else None)
        detail = {"reason": reason.value, "until": until.isoformat() if until else None}
        referral = the_one(clinic.desk.records.referrals(now.patient), now.referral)
        return Deed(
            visit=ended,
            change=replace(change, detail=detail),
            frees=frees,
            referrals=(deferred(referral, until),),
            also=_of_the_dose_after(clinic, actor, now, until),
        )

    return done(clinic, visit, deed_of)


def _expected(clinic: Clinic, visit: Visit, person: Person | None, room: str | None) -> Expected:
    programme = clinic.desk.programmes.get(visit.programme)
    born = person.birth_date if person else None
    return Expected(visit, person, form_of(programme, visit, born), room)


def _of_the_dose_after(
    clinic: Clinic, actor: Actor, visit: Visit, until: date | None
) -> Deed | None:
    """Return what becomes of the visit for the next dose, which a swap books before this one.

    It is for this dose where it lies late enough, and is cancelled where it does not.
    """
    records = clinic.desk.records
    named = records.active_visit(visit.patient, visit.programme, visit.dose + 1)
    found = records.visit(named) if named else None
    if found is None or found[0].status is not VisitStatus.BOOKED:
        return None
    later = found[0]
    keeps = until is not None and calendar.local_day(later.starts_at) >= until
    what = VisitChange.MOVED if keeps else VisitChange.CANCELLED
    changed = replace(after(later, what), dose=visit.dose if keeps else later.dose)
    before = None if keeps else later
    change = change_of(clinic.desk, changed, what, actor, before=before)
    return Deed(changed, replace(change, detail={"deferred": visit.id}), frees=not keeps)


def after(visit: Visit, what: VisitChange) -> Visit:
    """Return the visit's next version. Raises InvalidRequest where that cannot happen to it."""
    status = visit.after(what)
    if status is None:
        said = what.value.removeprefix("visit.")
        raise InvalidRequest({"visit": f"is {visit.status}, not to be {said}"})
    return replace(visit, status=status, version=visit.version + 1)


def _simply(clinic: Clinic, actor: Actor, visit: Visit, what: VisitChange) -> Deed:
    changed = after(visit, what)
    return Deed(changed, change_of(clinic.desk, changed, what, actor))

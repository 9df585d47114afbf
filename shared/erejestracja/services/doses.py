"""Doses given: one action writes visit, record, referrals and vials, all or none of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.consent import check_given
from erejestracja.domain.course import after_dose
from erejestracja.domain.deed import Deed
from erejestracja.domain.eligibility import eligibility, offers
from erejestracja.domain.errors import InvalidRequest, NotEligible
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PointId, VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import DoseGiven, Referral, ReferralKind
from erejestracja.domain.session import Visibility
from erejestracja.domain.vaccination import (
    Site,
    Vaccination,
    VaccinationStatus,
    vaccination_id,
)
from erejestracja.domain.vials import Lot, Movement, NotEnough, entered
from erejestracja.domain.visit import ConsentForm, Visit, VisitChange, VisitStatus
from erejestracja.services.arrivals import after
from erejestracja.services.changes import change_of
from erejestracja.services.clinic import Clinic, done, told_of
from erejestracja.services.referrals import the_one


@dataclass(frozen=True, slots=True)
class Dose:
    """What was given: from which lot, where, by whom (NPWZ), when.

    `consent` is what who is not of age has shown, where that was not recorded on arrival, or wrong.
    """

    lot: str
    vaccine: VaccineCode
    number: int
    site: Site
    performer: str
    at: datetime
    consent: ConsentForm | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """The visit as completed, and the record of its dose."""

    visit: Visit
    vaccination: Vaccination


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether a visit's dose may be given now: what would refuse it; the advised day it missed."""

    refused: NotEligible | None = None
    late_since: date | None = None


def outlook(clinic: Clinic, actor: Actor, visit: Visit, referral: Referral) -> Outlook:
    """Return what a medic should know before asking a person to sit down."""
    programme, now = clinic.desk.programmes.get(referral.programme), clinic.desk.clock.now()
    try:
        eligibility(
            programme,
            referral,
            starts_at=now,
            dose=visit.dose,
            vaccine=visit.vaccine,
            visibility=Visibility.INTERNAL,
            channel=actor.channel(),
            now=now,
            moving=True,
            waived=visit.waived,
        )
    except NotEligible as refused:
        return Outlook(refused)
    found = offers(programme, referral, channel=actor.channel(), now=now)
    advised = next((one.advised_to for one in found if one.advised_to), None)
    return Outlook(late_since=advised if advised and advised < clinic.today() else None)


def give(clinic: Clinic, actor: Actor, visit: Visit, dose: Dose) -> Given:
    """Record a dose. The same dose recorded twice is one; another is refused.

    Raises InvalidRequest for what cannot be (domain 4.4), NotEligible for what may not be, and
    ConsentMissing for who is not of age and has shown nothing.
    """
    if visit.status is VisitStatus.COMPLETED:
        return Given(visit, _recorded(clinic, visit, dose))
    made: list[Vaccination] = []

    def deed_of(now: Visit) -> Deed:
        deed, vaccination = _deed(clinic, actor, now, dose)
        made[:] = [vaccination]
        return deed

    completed = done(clinic, visit, deed_of)
    return Given(completed, made[0])


@dataclass(frozen=True, slots=True)
class _Case:
    """What a dose is decided by."""

    actor: Actor
    visit: Visit
    dose: Dose
    programme: Programme
    referral: Referral


def _deed(clinic: Clinic, actor: Actor, visit: Visit, dose: Dose) -> tuple[Deed, Vaccination]:
    completed = after(visit, VisitChange.COMPLETED)
    on = calendar.local_day(dose.at)
    desk, point = clinic.desk, visit.place.slot.session.point
    lot = lot_for(clinic, point, dose)
    referrals = desk.records.referrals(visit.patient)
    referral = the_one(referrals, visit.referral)
    programme = desk.programmes.get(referral.programme)
    case = _Case(actor, visit, dose, programme, referral)
    _check(clinic, case)
    consent = check_given(programme, referral.birth_date, on, dose.consent or visit.consent)
    completed = replace(completed, consent=consent)
    vaccination = _record(clinic, case, lot)
    cause = f"{vaccination.id}.{vaccination.version}"
    try:
        entry = entered(lot, Movement.USE, 1, actor=actor.subject, reference=cause)
    except NotEnough:
        raise InvalidRequest({"lot": "has no dose left"}) from None
    given = DoseGiven(dose.number, on, dose.vaccine)
    # Who comes on an earlier day leaves a place that somebody else can have.
    frees = on < calendar.local_day(visit.starts_at)
    before = visit if frees else None
    change = change_of(desk, completed, VisitChange.COMPLETED, actor, before=before)
    there = desk.read_model.point(point)
    events = [*change.events, told_of_dose(vaccination, there), told_of(entry)]
    deed = Deed(
        visit=completed,
        change=replace(change, events=events),
        frees=frees,
        referrals=after_dose(programme, referrals, referral.id, given),
        vaccination=vaccination,
        entries=(entry,),
    )
    return deed, vaccination


def lot_for(clinic: Clinic, point: PointId, dose: Dose) -> Lot:
    """Return the lot a dose is from. Raises InvalidRequest where it cannot be from it."""
    lot = clinic.vials.lot(point, dose.lot)
    if lot is None:
        raise InvalidRequest({"lot": "is not in the point's stock"})
    if lot.vaccine != dose.vaccine:
        raise InvalidRequest({"vaccine": f"is not the lot's, which is {lot.vaccine}"})
    if calendar.local_day(dose.at) > lot.expires_on:
        raise InvalidRequest({"lot": f"expired on {lot.expires_on}"})
    return lot


def told_of_dose(vaccination: Vaccination, point: Point | None) -> Event:
    """Return what is told of a version of a record; whoever needs more reads it."""
    return Event(
        id=EventId(f"{vaccination.id}.{vaccination.version}"),
        topic="vaccinations",
        type="vaccination.recorded",
        data={
            "vaccination": vaccination.id,
            "version": vaccination.version,
            "status": vaccination.status.value,
            "visit": vaccination.visit,
            "patient": vaccination.patient,
            "point": vaccination.point,
            "powiat": point.powiat if point else None,
            "voivodeship": point.voivodeship if point else None,
            "programme": vaccination.programme,
            "vaccine": vaccination.vaccine,
            "dose": vaccination.dose,
            "lot": vaccination.lot,
            "day": calendar.local_day(vaccination.performed_at).isoformat(),
        },
    )


def _check(clinic: Clinic, case: _Case) -> None:
    """Refuse a dose that is not the next, not of this visit, or not allowed on its day."""
    dose, referral, now = case.dose, case.referral, clinic.desk.clock.now()
    if dose.at > now:
        raise InvalidRequest({"at": "lies ahead"})
    if calendar.local_day(dose.at) < referral.issued_on:
        raise InvalidRequest({"at": "is before the referral was issued"})
    if dose.number != referral.next_dose:
        raise InvalidRequest({"doseNumber": f"is not the next, which is {referral.next_dose}"})
    if dose.number != case.visit.dose:
        raise InvalidRequest({"doseNumber": f"is not the visit's, which is {case.visit.dose}"})
    eligibility(
        case.programme,
        referral,
        starts_at=dose.at,
        dose=dose.number,
        vaccine=dose.vaccine,
        visibility=Visibility.INTERNAL,
        channel=case.actor.channel(),
        now=now,
        moving=True,
        waived=case.visit.waived,
    )


def _record(clinic: Clinic, case: _Case, lot: Lot) -> Vaccination:
    """Return the next version of the dose's record: the first, but after an undo."""
    visit, dose = case.visit, case.dose
    record_id = vaccination_id(visit.patient, visit.programme, dose.number)
    versions = clinic.deeds.vaccinations(record_id)
    if versions and versions[0].stands:
        raise InvalidRequest({"doseNumber": "has been recorded already"})
    product = case.programme.vaccine(dose.vaccine)
    in_series = product is not None and case.referral.kind is ReferralKind.PRIMARY
    return Vaccination(
        id=record_id,
        version=versions[0].version + 1 if versions else 1,
        status=VaccinationStatus.GIVEN,
        patient=visit.patient,
        visit=visit.id,
        referral=case.referral.id,
        point=visit.place.slot.session.point,
        programme=visit.programme,
        vaccine=dose.vaccine,
        dose=dose.number,
        doses=product.doses if product and in_series else None,
        lot=lot.code,
        expires_on=lot.expires_on,
        site=dose.site,
        performer=dose.performer,
        performed_at=dose.at,
        author=case.actor.subject,
        recorded_at=clinic.desk.clock.now(),
    )


def _recorded(clinic: Clinic, visit: Visit, dose: Dose) -> Vaccination:
    """Return what this visit has recorded, if that is what is asked for again."""
    record_id = vaccination_id(visit.patient, visit.programme, dose.number)
    versions: Sequence[Vaccination] = clinic.deeds.vaccinations(record_id)
    for version in versions:
        asked = (visit.id, dose.vaccine, dose.lot, dose.site, dose.performer, dose.at)
        kept = (version.visit, version.vaccine, version.lot, version.site)
        if version.stands and asked == (*kept, version.performer, version.performed_at):
            return version
    raise InvalidRequest({"visit": "is completed, with another dose on record"})

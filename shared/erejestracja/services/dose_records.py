"""Records of doses: seen, corrected, taken back; always by a further version (domain 4.4, P11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.course import with_corrected, without_dose
from erejestracja.domain.deed import Correction, Deed
from erejestracja.domain.errors import (
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import PointId, VaccinationId
from erejestracja.domain.referral import DoseGiven, Referral
from erejestracja.domain.vaccination import UNDO_WITHIN, Site, Vaccination, VaccinationStatus
from erejestracja.domain.vials import Entry, Movement, NotEnough, entered
from erejestracja.domain.visit import Visit, VisitChange
from erejestracja.ports import Clash, Gone
from erejestracja.services.arrivals import after
from erejestracja.services.changes import change_of
from erejestracja.services.clinic import TRIES, Clinic, as_it_stands, check_staff, done, told_of
from erejestracja.services.doses import Dose, lot_for, told_of_dose
from erejestracja.services.record import note_access


@dataclass(frozen=True, slots=True)
class Wrong:
    """What a record should have said; None where it was right. `note` says why."""

    note: str
    lot: str | None = None
    site: Site | None = None
    performer: str | None = None
    at: datetime | None = None


def see(
    clinic: Clinic,
    actor: Actor,
    record: VaccinationId,
    request_id: str,
    *,
    at: PointId | None = None,
) -> Sequence[Vaccination]:
    """Return all versions, the newest first, to the person and to staff of the point.

    Raises NotFound, also for a dose that was not given `at` a point.
    """
    versions = _versions(clinic, record, at)
    if actor.patient is not None and actor.patient != versions[0].patient:
        raise NotFound
    if actor.patient is None:
        check_staff(actor, versions[0].point)
    note_access(clinic.desk, actor, versions[0].patient, "dose.viewed", request_id)
    return versions


def take_back(
    clinic: Clinic,
    actor: Actor,
    record: VaccinationId,
    etag: str,
    note: str,
    *,
    at: PointId | None = None,
) -> tuple[Visit, Vaccination]:
    """Say that a dose was not given, within a day: its vial, referral and visit are as before.

    Raises NotFound, also for a dose that was not given `at` a point.
    """
    last = _last(clinic, actor, record, etag, at)
    desk = clinic.desk
    if desk.clock.now() - last.recorded_at > UNDO_WITHIN:
        raise InvalidRequest({"vaccination": "was recorded more than a day ago: correct it"})
    undone = replace(
        last, version=last.version + 1, status=VaccinationStatus.ENTERED_IN_ERROR, note=note
    )

    def deed_of(visit: Visit) -> Deed:
        reopened = after(visit, VisitChange.REOPENED)
        referrals = desk.records.referrals(last.patient)
        _check_last(referrals, last)
        entry = _back(clinic, actor, undone)
        change = change_of(desk, reopened, VisitChange.REOPENED, actor)
        point = desk.read_model.point(last.point)
        events = [*change.events, told_of_dose(undone, point), told_of(entry)]
        return Deed(
            visit=reopened,
            change=replace(change, events=events, detail={"note": note}),
            referrals=without_dose(
                desk.programmes.get(last.programme), referrals, last.referral, last.dose
            ),
            vaccination=undone,
            entries=(entry,),
        )

    return done(clinic, as_it_stands(clinic, last.visit), deed_of), undone


def correct(
    clinic: Clinic, actor: Actor, record: VaccinationId, etag: str, wrong: Wrong
) -> Vaccination:
    """Write what a record should have said; the dose stays given."""
    desk = clinic.desk
    for _ in range(TRIES):
        last = _last(clinic, actor, record, etag)
        correction = _correction(clinic, actor, last, wrong)
        try:
            at = clinic.deeds.correct(correction)
        except (Clash, Gone):
            continue
        desk.publisher.publish(correction.events, at)
        return correction.vaccination
    raise Overloaded(retry_after=1)


def _correction(clinic: Clinic, actor: Actor, last: Vaccination, wrong: Wrong) -> Correction:
    desk = clinic.desk
    right = Dose(
        lot=wrong.lot or last.lot,
        vaccine=last.vaccine,
        number=last.dose,
        site=wrong.site or last.site,
        performer=wrong.performer or last.performer,
        at=wrong.at or last.performed_at,
    )
    if right.at > desk.clock.now():
        raise InvalidRequest({"at": "lies ahead"})
    lot = lot_for(clinic, last.point, right)
    corrected = replace(
        last,
        version=last.version + 1,
        lot=lot.code,
        expires_on=lot.expires_on,
        site=right.site,
        performer=right.performer,
        performed_at=right.at,
        note=wrong.note,
    )
    entries: list[Entry] = []
    if lot.code != last.lot:
        cause = f"{corrected.id}.{corrected.version}"
        try:
            used = entered(lot, Movement.USE, 1, actor=actor.subject, reference=cause)
        except NotEnough:
            raise InvalidRequest({"lot": "has no dose left"}) from None
        entries = [used, _back(clinic, actor, replace(corrected, lot=last.lot))]
    referrals: Sequence[Referral] = ()
    day = calendar.local_day(right.at)
    if day != calendar.local_day(last.performed_at):
        known = desk.records.referrals(last.patient)
        _check_last(known, last)
        dose = DoseGiven(last.dose, day, last.vaccine)
        referrals = with_corrected(desk.programmes.get(last.programme), known, dose)
    point = desk.read_model.point(last.point)
    events = [told_of_dose(corrected, point), *(told_of(entry) for entry in entries)]
    return Correction(corrected, events, referrals, entries)


def _versions(
    clinic: Clinic, record: VaccinationId, at: PointId | None = None
) -> Sequence[Vaccination]:
    versions = clinic.deeds.vaccinations(record)
    if not versions or at not in (None, versions[0].point):
        raise NotFound
    return versions


def _last(
    clinic: Clinic, actor: Actor, record: VaccinationId, etag: str, at: PointId | None = None
) -> Vaccination:
    """Return the version that stands, to its author alone, as they saw it."""
    last = _versions(clinic, record, at)[0]
    check_staff(actor, last.point)
    if actor.subject != last.author:
        raise NotAllowed
    if etag != str(last.version):
        raise VersionMismatch
    if not last.stands:
        raise InvalidRequest({"vaccination": "was entered in error already"})
    return last


def _check_last(referrals: Sequence[Referral], dose: Vaccination) -> None:
    """Refuse to touch the day of a dose that others have followed."""
    own = [one for one in referrals if one.programme == dose.programme]
    if any(one.next_dose > dose.dose + 1 for one in own):
        raise InvalidRequest({"vaccination": "was followed by another dose"})


def _back(clinic: Clinic, actor: Actor, version: Vaccination) -> Entry:
    """Return the entry that gives a dose back to its lot."""
    lot = clinic.vials.lot(version.point, version.lot)
    if lot is None:
        raise InvalidRequest({"lot": "is not in the point's stock"})
    cause = f"{version.id}.{version.version}"
    return entered(lot, Movement.GIVEN_BACK, 1, actor=actor.subject, reference=cause)

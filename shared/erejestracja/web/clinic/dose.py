"""A dose: given, or not now; on record, and taken back."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import Length, Optional

from erejestracja.domain.actor import Role
from erejestracja.domain.consent import Consent, consent_of
from erejestracja.domain.eligibility import age_on
from erejestracja.domain.errors import ConsentMissing, InvalidRequest, NotEligible
from erejestracja.domain.ids import ProgrammeId, VaccinationId, VaccineCode, VisitId
from erejestracja.domain.person import Person
from erejestracja.domain.point import Point
from erejestracja.domain.referral import Referral
from erejestracja.domain.vaccination import UNDO_WITHIN, Site
from erejestracja.domain.vials import Lot
from erejestracja.domain.visit import ConsentForm, Visit
from erejestracja.services import arrivals, dose_records, doses, next_dose, vials
from erejestracja.services.arrivals import Deferral
from erejestracja.services.clinic import Clinic
from erejestracja.services.doses import Dose, Outlook
from erejestracja.services.record import note_access
from erejestracja.services.referrals import the_one
from erejestracja.web.clinic.day import back_to_day, consent_sent, the_visit
from erejestracja.web.clinic.points import (
    DESK_STAFF,
    HOME,
    defaults_at,
    remember_at,
    shown,
    the_point,
)
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, at_most, choices, required
from erejestracja.web.ui.texts import day as day_text
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only
from erejestracja.web.vaccination_models import performer_of

PAGES = Blueprint("dose", __name__, url_prefix=f"{HOME}/<point>")
SHOWN = (ConsentForm.PRESENTED, ConsentForm.REPRESENTATIVE_PRESENT)
SHORTEST_NOTE, LONGEST_NOTE = 3, 300


class DoseForm(PageForm):
    """What was given: the lot tells the vaccine."""

    lot = SelectField("clinic.dose.lot", [required()], validate_choice=False)
    site = RadioField(
        "clinic.dose.site",
        [required()],
        choices=lambda: choices("clinic.sites", Site, t),
        default=Site.LEFT_DELTOID.value,
    )
    performer = StringField(
        "clinic.dose.performer",
        [required(), at_most(12)],
        description="clinic.dose.performer_hint",
    )

    consent = RadioField(
        "clinic.consent.title",
        [Optional()],
        choices=lambda: choices("clinic.consent.form", SHOWN, t),
    )


class DeferralForm(PageForm):
    """Why there is no dose now, and from when there may be; never without a day."""

    reason = RadioField(
        "clinic.defer.reason", [required()], choices=lambda: choices("clinic.reasons", Deferral, t)
    )
    until = DateField("clinic.defer.until", [Optional()], description="clinic.defer.until_hint")


class NoteForm(PageForm):
    """Why a dose is said not to have been given."""

    note = StringField(
        "clinic.record.note",
        [required(), Length(SHORTEST_NOTE, LONGEST_NOTE, "clinic.record.note_length")],
        filters=[lambda text: text.strip() if text else text],
    )


@dataclass(frozen=True, slots=True)
class Before:
    """What a medic looks at before a dose; the lots that it may be from, the likeliest first."""

    visit: Visit
    person: Person | None
    referral: Referral
    years: int | None
    lots: list[Lot]
    outlook: Outlook
    consent: Consent | None


@PAGES.get("/wizyty/<visit>/szczepienie")
@only(Role.MEDIC)
def ask(point: str, visit: str) -> str:
    """Show the person and what is about to be recorded, as it was filled in last time."""
    clinic, found = the_visit(point, visit)
    known = defaults_at(point) | {"consent": found.consent}
    return _ask(clinic, found, point, DoseForm(data=known))


@PAGES.post("/wizyty/<visit>/szczepienie")
@only(Role.MEDIC)
def give(point: str, visit: str) -> str | Response:
    """Record the dose, and book the next one at the soonest date."""
    clinic, found = the_visit(point, visit)
    form = DoseForm.read()
    if not form.validate():
        return _ask(clinic, found, point, form)
    lots = vials.lots(clinic, actor(), the_point(point).id)
    lot = next((one for one in lots if one.code == form.data["lot"]), None)
    try:
        dose = Dose(
            lot=form.data["lot"],
            # A lot that is not there any more is refused as such, whatever it was of.
            vaccine=lot.vaccine if lot else found.vaccine,
            number=found.dose,
            site=Site(form.data["site"]),
            performer=performer_of(form.data["performer"]),
            at=clinic.desk.clock.now().replace(microsecond=0),
            consent=consent_sent(),
        )
        given = doses.give(clinic, actor(), found, dose)
    except InvalidRequest as wrong:
        return _ask(clinic, found, point, form, wrong=wrong)
    except NotEligible as no:
        return _ask(clinic, found, point, form, no=no)
    except ConsentMissing:
        form.consent.errors = ["clinic.consent.missing"]
        return _ask(clinic, found, point, form)
    remember_at(point, lot=dose.lot, site=dose.site.value, performer=dose.performer)
    following = next_dose.book_next(clinic, actor(), given.visit)
    to = url_for(
        "dose.record",
        point=point,
        record=given.vaccination.id,
        next=following.visit.id if following.visit else None,
        done=1,
    )
    return redirect(to, 303)


@PAGES.get("/wizyty/<visit>/odroczenie")
@only(Role.MEDIC)
def ask_to_defer(point: str, visit: str) -> str:
    """Ask why there is no dose now."""
    clinic, found = the_visit(point, visit)
    return _defer(clinic, found, point, DeferralForm())


@PAGES.post("/wizyty/<visit>/odroczenie")
@only(Role.MEDIC)
def defer(point: str, visit: str) -> str | Response:
    """End the visit without a dose."""
    clinic, found = the_visit(point, visit)
    form = DeferralForm.read()
    never = request.form.get("never") == "1"
    if not form.validate():
        return _defer(clinic, found, point, form)
    if form.until.data is None and not never:
        form.until.errors = ["clinic.defer.until_or_never"]
        return _defer(clinic, found, point, form)
    until: date | None = None if never else form.until.data
    try:
        arrivals.defer(clinic, actor(), found, Deferral(form.data["reason"]), until)
    except InvalidRequest as wrong:
        return _defer(clinic, found, point, form, wrong=wrong)
    if until and found.place.slot.session.day == clinic.today():
        return redirect(url_for("swaps.ask", point=point, visit=visit), 303)
    return back_to_day(point, found)


@PAGES.get("/szczepienia/<record>")
@only(*DESK_STAFF)
def record(point: str, record: str) -> str:
    """Show a dose on record with all its versions, and the next visit after it was recorded."""
    return _record(the_point(point), VaccinationId(record), NoteForm())


@PAGES.post("/szczepienia/<record>/cofnij")
@only(Role.MEDIC)
def take_back(point: str, record: str) -> str | Response:
    """Say that the dose was not given, and why."""
    there = the_point(point)
    suite().limiter.admit("bookings", actor().subject)
    form, version = NoteForm.read(), request.form.get("version", "")
    if not form.validate():
        return _record(there, VaccinationId(record), form)
    clinic, named, note = suite().clinic, VaccinationId(record), form.data["note"]
    dose_records.take_back(clinic, actor(), named, version, note, at=there.id)
    return redirect(url_for("dose.record", point=point, record=record), 303)


def _record(there: Point, record: VaccinationId, form: NoteForm) -> str:
    clinic: Clinic = suite().clinic
    versions = dose_records.see(clinic, actor(), record, g.request_id, at=there.id)
    newest = versions[0]
    mine = versions[-1].author == actor().subject and Role.MEDIC in actor().roles
    is_young = clinic.desk.clock.now() - newest.recorded_at <= UNDO_WITHIN
    named = request.args.get("next")
    following = clinic.desk.records.visit(VisitId(named)) if named else None
    done = request.args.get("done") == "1"
    return shown(
        "clinic/record.html",
        there,
        versions=versions,
        newest=newest,
        person=clinic.desk.records.person(newest.patient),
        vaccine=_name(clinic, newest.programme, newest.vaccine),
        following=following[0] if following and following[0].patient == newest.patient else None,
        done=done,
        proposals=_proposals(clinic, newest.visit) if done and not following else [],
        form=form,
        may_undo=mine and newest.stands and is_young,
    )


def _proposals(clinic: Clinic, visit: VisitId) -> list[tuple[Point, datetime]]:
    """Return where the next dose could be had, for staff to tell: they book only at their own."""
    found = clinic.desk.records.visit(visit)
    places = next_dose.propose(clinic, actor(), found[0]).proposals if found else ()
    sessions = [(one.state.session, one.index) for one in places]
    return [
        (point, session.start_of(index))
        for session, index in sessions
        if (point := clinic.desk.read_model.point(session.key.point))
    ]


def _ask(
    clinic: Clinic,
    visit: Visit,
    point: str,
    form: DoseForm,
    *,
    wrong: InvalidRequest | None = None,
    no: NotEligible | None = None,
) -> str:
    before = _before(clinic, visit)
    form.lot.choices = [(lot.code, _lot_text(clinic, visit, lot)) for lot in before.lots]
    return shown(
        "clinic/dose.html",
        the_point(point),
        before=before,
        form=form,
        wrong=wrong,
        no=no,
        vaccine=_name(clinic, visit.programme, visit.vaccine),
        given=[
            (dose, _name(clinic, visit.programme, dose.vaccine)) for dose in before.referral.given
        ],
    )


def _defer(
    clinic: Clinic,
    visit: Visit,
    point: str,
    form: DeferralForm,
    wrong: InvalidRequest | None = None,
) -> str:
    before = _before(clinic, visit)
    return shown("clinic/defer.html", the_point(point), before=before, form=form, wrong=wrong)


def _before(clinic: Clinic, visit: Visit) -> Before:
    """Return what a medic looks at; the look is written down."""
    desk, here = clinic.desk, visit.place.slot.session.point
    note_access(desk, actor(), visit.patient, "visit.viewed", g.request_id)
    person = desk.records.person(visit.patient)
    today = clinic.today()
    usable = [
        lot for lot in vials.lots(clinic, actor(), here) if lot.balance and lot.expires_on >= today
    ]
    referral = the_one(desk.records.referrals(visit.patient), visit.referral)
    return Before(
        visit=visit,
        person=person,
        referral=referral,
        years=age_on(person.birth_date, today) if person else None,
        # Of the vaccine that was booked first; another may be given where the rules allow it.
        lots=sorted(usable, key=lambda lot: (lot.vaccine != visit.vaccine, lot.expires_on)),
        outlook=doses.outlook(clinic, actor(), visit, referral)
        if visit.status.is_active
        else Outlook(),
        consent=consent_of(desk.programmes.get(visit.programme), referral.birth_date, today),
    )


def _lot_text(clinic: Clinic, visit: Visit, lot: Lot) -> str:
    name = _name(clinic, visit.programme, lot.vaccine)
    until = day_text(lot.expires_on, "d.MM.y")
    return t("clinic.dose.lot_text", lot=lot.code, vaccine=name, doses=lot.balance, until=until)


def _name(clinic: Clinic, programme: ProgrammeId, code: VaccineCode) -> str:
    known = clinic.desk.programmes.get(programme).vaccine(code)
    return known.name if known else code

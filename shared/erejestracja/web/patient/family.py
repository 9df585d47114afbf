"""Whom one acts for, who acts for oneself, and a visit for the next person beside the last."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField
from wtforms.validators import ValidationError

from erejestracja.auth.patients import patient_id
from erejestracja.domain import calendar
from erejestracja.domain.actor import Role
from erejestracja.domain.criteria import Candidate, Criteria
from erejestracja.domain.ids import PatientId, VisitId
from erejestracja.domain.pesel import InvalidPesel, Pesel
from erejestracja.domain.representation import FullName, Representation, is_of_age
from erejestracja.services import booking, representing
from erejestracja.services.choosing import beside, start_of
from erejestracja.services.desk import Desk
from erejestracja.services.holds import wishes_of
from erejestracja.web.patient.record import LIMIT, note_look
from erejestracja.web.patient.shown import shown
from erejestracja.web.patient.whose import act_for, whose
from erejestracja.web.slots import id_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, at_most, required
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only, signed_in

PAGES = Blueprint("family", __name__, url_prefix="/rodzina")
SAID = frozenset({"named", "accepted", "ended", "over"})
ONESELF = "me"
MINE = "/moje"


def _is_pesel(_: PageForm, field: StringField) -> None:
    try:
        Pesel.parse(field.data or "")
    except InvalidPesel:
        raise ValidationError("family.form.no_pesel") from None


class WhomForm(PageForm):
    """For whom to act."""

    whom = RadioField("family.whom", [required()])


class ProxyForm(PageForm):
    """Whom one names to act for oneself."""

    pesel = StringField("family.form.pesel", [required(), at_most(11), _is_pesel])
    given_name = StringField("family.form.given_name", [required(), at_most(100)])
    family_name = StringField("family.form.family_name", [required(), at_most(100)])

    def name(self) -> FullName:
        """Return the name as it was filled in."""
        return FullName(*(str(one.data).strip() for one in (self.given_name, self.family_name)))


@PAGES.get("")
@only(Role.PATIENT)
def family() -> str:
    """Ask for whom to act; show who acts for the person, and who asks them to."""
    suite().limiter.admit(LIMIT, actor().subject)
    form = _whom_form()
    form.whom.data = whose() if whose() != _me() else ONESELF
    return _page(form, ProxyForm())


@PAGES.post("/dla")
@only(Role.PATIENT)
def choose() -> str | Response:
    """Act for the chosen person from here on, as the session keeps it."""
    suite().limiter.admit(LIMIT, actor().subject)
    form = _whom_form()
    if not form.validate():
        return _page(form, ProxyForm())
    _act_for(form.whom.data)
    return redirect(MINE, 303)


@PAGES.post("/pelnomocnik")
@only(Role.PATIENT)
def name() -> str | Response:
    """Ask somebody to act for oneself; whether there is such a person is not said."""
    suite().limiter.admit("identify", actor().subject)
    desk: Desk = suite().desk
    form = ProxyForm.read()
    if not form.validate():
        return _page(_whom_form(), form)
    number = patient_id(Pesel.parse(str(form.pesel.data)).digits)
    other = desk.records.registered_as(number) or number
    if other == _me():
        form.pesel.errors = ["family.form.oneself"]
        return _page(_whom_form(), form)
    representing.name_proxy(desk, _me(), other, form.name())
    return _done("named")


@PAGES.post("/zgoda")
@only(Role.PATIENT)
def accept() -> Response:
    """Accept to act for who asks."""
    suite().limiter.admit(LIMIT, actor().subject)
    representing.accept(suite().desk, _me(), PatientId(request.form.get("whom", "")), _my_name())
    return _done("accepted")


@PAGES.post("/koniec")
@only(Role.PATIENT)
def end() -> Response:
    """End acting for somebody, or somebody's acting for oneself."""
    suite().limiter.admit(LIMIT, actor().subject)
    other = PatientId(request.form.get("whom", ""))
    pair = (other, _me()) if request.form.get("side") == "over" else (_me(), other)
    representing.end(suite().desk, _me(), *pair)
    return _done("ended")


@PAGES.post("/kolejna")
@only(Role.PATIENT)
def next_person() -> str | Response:
    """Go on with the next person, beside a visit that was just booked."""
    suite().limiter.admit(LIMIT, actor().subject)
    form = _whom_form()
    visit = request.form.get("visit", "")
    if not form.validate():
        return redirect(url_for("visits.visit", visit=visit, done="booked"), 303)
    _act_for(form.whom.data)
    return redirect(url_for("family.neighbours", visit=visit), 303)


@PAGES.get("/obok/<visit>")
@only(Role.PATIENT)
def neighbours(visit: str) -> str:
    """Show what is free for this person at the same point and day, the nearest times first."""
    suite().limiter.admit(LIMIT, actor().subject)
    desk: Desk = suite().desk
    first = booking.visit_of(desk, actor(), VisitId(visit))
    note_look("visit.viewed", first.patient)
    wishes = wishes_of(desk, desk.records.referrals(whose()), Criteria(), actor())
    found: Sequence[Candidate] = beside(suite().search, wishes, first)
    one = shown(desk, first)
    here = one.point.location
    there = {"near": f"{here.lat:.2f},{here.lon:.2f}", "day": one.day.isoformat()}
    return render_template(
        "patient/neighbours.html",
        one=one,
        found=found,
        start_of=start_of,
        id_of=id_of,
        vaccine_names=_vaccine_names(desk),
        choice=f"/terminy?{urlencode({**there, 'from': one.day.isoformat()})}",
    )


def others() -> Sequence[Representation]:
    """Return whom the signed-in person may act for."""
    return representing.represented_by(suite().desk, _me())


def people() -> list[tuple[str, str]]:
    """Return for whom one may act, as choices: oneself first."""
    known = [
        (one.patient, f"{one.patient_name} ({t('family.kinds.of.' + one.kind.value)})")
        for one in others()
    ]
    return [(ONESELF, f"{_my_name()} ({t('family.oneself')})"), *known]


def _vaccine_names(desk: Desk) -> dict[str, str]:
    return {one.code: one.name for programme in desk.programmes.all() for one in programme.vaccines}


def _page(whom: WhomForm, proxy: ProxyForm) -> str:
    desk: Desk = suite().desk
    person = desk.records.person(_me())
    today = calendar.local_day(desk.clock.now())
    done = request.args.get("done")
    return render_template(
        "patient/family.html",
        whom=whom,
        proxy=proxy,
        now=desk.clock.now(),
        others=[one for one in others() if one.source.value == "declared"],
        asked=representing.asked_of(desk, _me(), _my_name()),
        over=representing.representatives_of(desk, _me()),
        may_name=person is not None and is_of_age(person.birth_date, today),
        done=done if done in SAID else None,
    )


def _whom_form() -> WhomForm:
    form = WhomForm.read()
    form.whom.choices = people()
    return form


def _act_for(chosen: str) -> None:
    act_for(None if chosen == ONESELF else PatientId(chosen))


def _me() -> PatientId:
    patient = actor().patient
    if patient is None:
        raise LookupError("a patient's session names the patient")
    return patient


def _my_name() -> FullName:
    return FullName(signed_in().given_name, signed_in().family_name)


def _done(what: str) -> Response:
    return redirect(url_for("family.family", done=what), 303)

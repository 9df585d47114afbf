"""The standby list: who is called for a dose that is left over, and what the call came to."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, HiddenField, SelectMultipleField

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import (
    AlreadyBooked,
    InvalidRequest,
    NotEligible,
    NotFound,
    Refusal,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, PointId, ProgrammeId, VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.standby import CallOutcome, StandbyId, Standing
from erejestracja.domain.turn import Group, Turn
from erejestracja.services import standby
from erejestracja.services.joining import Wish
from erejestracja.services.leftovers import leftovers
from erejestracja.services.record import Record, record_of
from erejestracja.services.standby import Asking, Reserve
from erejestracja.web.clinic.points import DESK_STAFF, HOME, shown, the_point
from erejestracja.web.clinic.vaccines import vaccines_of
from erejestracja.web.identifying import looked_up
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, required
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("standby", __name__, url_prefix=f"{HOME}/<point>/rezerwa")
# Long enough for most who wait, short enough to be asked whether they still do.
USUALLY = timedelta(days=14)
USABLE = frozenset({ReferralStatus.ISSUED, ReferralStatus.IN_USE})


class JoinForm(PageForm):
    """What a person would come for; each choice is a programme and one of its vaccines."""

    patient = HiddenField(validators=[required()])
    wanted = SelectMultipleField("reserve.vaccines", [required()])
    until = DateField("reserve.until", [required()])
    consent = BooleanField("reserve.consent", [required()])


@PAGES.get("")
@only(*DESK_STAFF)
def waiting(point: str) -> str:
    """List who waits, who is called next first; each look is written down for each person."""
    suite().limiter.admit("record", actor().subject)
    return _listed(the_point(point))


@PAGES.get("/dopisz")
@only(*DESK_STAFF)
def find(point: str) -> str:
    """Ask who wishes to wait."""
    return shown("clinic/standby_find.html", the_point(point), wrong=None)


@PAGES.post("/dopisz")
@only(*DESK_STAFF)
def found(point: str) -> str:
    """Show the person and what they may wait for; a number never stands in an address."""
    there = the_point(point)
    try:
        patient = looked_up()
    except (InvalidRequest, NotFound) as wrong:
        return shown("clinic/standby_find.html", there, wrong=wrong)
    return _person(there, JoinForm(patient=patient, until=suite().clinic.today() + USUALLY))


@PAGES.post("/zapisz")
@only(*DESK_STAFF)
def join(point: str) -> str | Response:
    """Put the person on the list, for each programme that they chose a vaccine of."""
    suite().limiter.admit("bookings", actor().subject)
    there = the_point(point)
    form = JoinForm.read()
    record = _record(form)
    form.wanted.choices = _choices(there, record)
    if not form.validate():
        return _person(there, form, record)
    data, wishes = form.data, dict[ProgrammeId, list[VaccineCode]]()
    for programme, _, vaccine in (choice.partition(" ") for choice in data["wanted"]):
        wishes.setdefault(ProgrammeId(programme), []).append(VaccineCode(vaccine))
    try:
        for programme_id, codes in wishes.items():
            wish = Wish(record.patient, programme_id, tuple(codes), data["until"])
            standby.join(_reserve(), _asking(point), wish)
    except (InvalidRequest, AlreadyBooked) as wrong:
        return _person(there, form, record, wrong)
    return _back(point)


@PAGES.post("/<entry>/telefon")
@only(*DESK_STAFF)
def call(point: str, entry: str) -> str | Response:
    """Keep a person for this desk while it calls them."""
    there = _changing(point)
    try:
        standby.call(_reserve(), _asking(point), StandbyId(entry), _version())
    except (VersionMismatch, NotFound, NotEligible, AlreadyBooked) as no:
        return _listed(there, no)
    return redirect(url_for("standby.called", point=point, entry=entry), 303)


@PAGES.get("/<entry>")
@only(*DESK_STAFF)
def called(point: str, entry: str) -> str:
    """Show whom this desk is calling, and how; each look is written down."""
    suite().limiter.admit("record", actor().subject)
    there = the_point(point)
    try:
        turn, person = standby.person_called(_reserve(), _asking(point), StandbyId(entry))
    except NotFound as no:
        return _listed(there, no)
    return shown(
        "clinic/standby_call.html",
        there,
        turn=turn,
        person=person,
        names=dict(vaccines_of(there)),
        outcomes=list(CallOutcome),
    )


@PAGES.post("/<entry>/wynik")
@only(*DESK_STAFF)
def answer(point: str, entry: str) -> str | Response:
    """Write down what the call came to."""
    there = _changing(point)
    try:
        outcome = CallOutcome(request.form.get("outcome", ""))
    except ValueError:
        raise InvalidRequest({"outcome": "is none"}) from None
    try:
        standby.answer(_reserve(), _asking(point), StandbyId(entry), outcome, _version())
    except (VersionMismatch, NotFound) as no:
        return _listed(there, no)
    return _back(point)


@PAGES.post("/<entry>/przyszedl")
@only(*DESK_STAFF)
def come(point: str, entry: str) -> str | Response:
    """Give who has come a visit, there and then; it takes them off the list."""
    there = _changing(point)
    vaccine = VaccineCode(request.form.get("vaccine", ""))
    try:
        visit = standby.come(_reserve(), _asking(point), StandbyId(entry), vaccine)
    except AlreadyBooked as already:
        return redirect(url_for("day.day", point=point, _anchor=already.visit), 303)
    except (NotFound, NotEligible) as no:
        return _listed(there, no)
    return redirect(url_for("day.day", point=point, _anchor=visit.id), 303)


@PAGES.post("/<entry>/skresl")
@only(*DESK_STAFF)
def remove(point: str, entry: str) -> str | Response:
    """Take a person off the list, because they wish it."""
    there = _changing(point)
    try:
        standby.remove(_reserve(), _asking(point), StandbyId(entry), _version())
    except (VersionMismatch, NotFound) as no:
        return _listed(there, no)
    return _back(point)


def _listed(there: Point, no: Refusal | None = None) -> str:
    reserve, asking = _reserve(), _asking(there.id)
    clinic, now = reserve.clinic, reserve.clinic.desk.clock.now()
    turns = standby.queue(reserve, asking)
    wanted = request.args.get("vaccine", "")
    visits = clinic.day_book.visits(there.id, clinic.today())
    mine = [one for one in turns if one.standby.is_called_by(actor().subject, now)]
    coming = [one for one in turns if one.rests and one.standby.standing is Standing.COMING]
    return shown(
        "clinic/standby.html",
        there,
        no=no,
        next=_next(turns, wanted),
        mine=mine[0] if mine else None,
        coming=coming,
        others=[one for one in turns if one not in coming],
        leftovers=leftovers(clinic, there.id, visits),
        names=dict(vaccines_of(there)),
        wanted=wanted,
        groups=list(Group),
        is_admin=Role.ADMIN in actor().roles,
        is_medic=Role.MEDIC in actor().roles,
    )


def _next(turns: Sequence[Turn], wanted: str) -> Turn | None:
    """Return whose turn it is, for a certain vaccine or for any."""
    return next((one for one in turns if one.is_next and _would_have(one, wanted)), None)


def _would_have(turn: Turn, wanted: str) -> bool:
    return not wanted or wanted in turn.may_have


def _person(
    there: Point,
    form: JoinForm,
    record: Record | None = None,
    wrong: InvalidRequest | AlreadyBooked | None = None,
) -> str:
    record = record or _record(form)
    form.wanted.choices = _choices(there, record)
    return shown("clinic/standby_join.html", there, record=record, form=form, refused=wrong)


def _record(form: JoinForm) -> Record:
    """Return the record of whom the form names. Raises NotFound."""
    found = record_of(suite().desk, actor(), PatientId(str(form.patient.data or "")), g.request_id)
    if found.person is None:
        raise NotFound
    return found


def _choices(there: Point, record: Record) -> list[tuple[str, str]]:
    """Return what the person may wait for here: a programme and a vaccine each."""
    programmes = {one.programme for one in record.referrals if one.status in USABLE}
    return [
        (f"{programme} {vaccine.code}", vaccine.name)
        for programme in sorted(programmes)
        for vaccine in suite().desk.programmes.get(programme).vaccines
        if vaccine.code in there.vaccines
    ]


def _changing(point: str) -> Point:
    suite().limiter.admit("bookings", actor().subject)
    return the_point(point)


def _back(point: str) -> Response:
    return redirect(url_for("standby.waiting", point=point), 303)


def _reserve() -> Reserve:
    found: Reserve = suite().reserve
    return found


def _asking(point: str) -> Asking:
    return Asking(actor(), PointId(point), g.request_id)


def _version() -> str | None:
    return request.form.get("version") or None

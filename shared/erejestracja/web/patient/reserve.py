"""For a dose left over: wait on a point's standby list, see it among one's matters, give it up."""

from datetime import date, timedelta

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, DateField, HiddenField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional, ValidationError

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import AlreadyBooked, InvalidRequest, NotFound, Reason
from erejestracja.domain.ids import PointId, ProgrammeId, VaccineCode
from erejestracja.domain.phone import parse_phone
from erejestracja.domain.point import Point
from erejestracja.services import own_standby
from erejestracja.services.joining import Wish
from erejestracja.services.record import Record
from erejestracja.services.search import Search
from erejestracja.services.standby import Asking, Reserve
from erejestracja.web.patient.record import own_record
from erejestracja.web.patient.whose import whose
from erejestracja.web.patient.wishes import Asked
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, at_most, required
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("reserve", __name__, url_prefix="/rezerwa")
# Who is there within the hour lives near; more would be a list to read, not to choose from.
NEAREST = 10
USUALLY = timedelta(days=14)
LONGEST_PHONE = 24


def _is_phone(_: PageForm, field: StringField) -> None:
    try:
        parse_phone(field.data or "")
    except ValueError:
        raise ValidationError("reserve.own.wrong.phone") from None


class OwnForm(PageForm):
    """What one would come for; each choice is a programme and one of its vaccines."""

    point = HiddenField(validators=[required()])
    wanted = SelectMultipleField("reserve.vaccines", [required()])
    until = DateField("reserve.own.until", [required()])
    phone = StringField("reserve.own.phone", [Optional(), at_most(LONGEST_PHONE), _is_phone])
    within = BooleanField("reserve.own.within", [InputRequired("reserve.own.wrong.within")])
    consent = BooleanField("reserve.own.consent", [InputRequired("reserve.own.wrong.consent")])


@PAGES.get("")
@only(Role.PATIENT)
def ask() -> str | Response:
    """Show a point's list, what it means to be on it, and the form; or ask which point."""
    named = request.args.get("point")
    if not named:
        return _points()
    there, record = _point(named), own_record()
    return _page(there, record, OwnForm(point=there.id, until=_today() + USUALLY))


@PAGES.post("")
@only(Role.PATIENT)
def join() -> str | Response:
    """Put the person on the list, of each programme that they chose a vaccine of."""
    suite().limiter.admit("bookings", actor().subject)
    form = OwnForm.read()
    there, record = _point(form.point.data or ""), own_record()
    form.wanted.choices = _choices(there, record)
    if not form.validate():
        return _page(there, record, form)
    wishes = dict[ProgrammeId, list[VaccineCode]]()
    for programme, _, vaccine in (one.partition(" ") for one in form.data["wanted"]):
        wishes.setdefault(ProgrammeId(programme), []).append(VaccineCode(vaccine))
    until, phone = form.data["until"], _phone(form)
    asking = Asking(actor(), there.id, g.request_id)
    try:
        for named, codes in wishes.items():
            wish = Wish(record.patient, named, tuple(codes), until, phone)
            own_standby.ask(_reserve(), asking, wish)
    except (InvalidRequest, AlreadyBooked) as wrong:
        return _page(there, record, form, wrong)
    return redirect(url_for("record.mine", done="reserve", _anchor="reserve"), 303)


@PAGES.post("/<programme>/zrezygnuj")
@only(Role.PATIENT)
def withdraw(programme: str) -> Response:
    """Wait no more."""
    suite().limiter.admit("bookings", actor().subject)
    own_standby.withdraw(_reserve(), actor(), g.request_id, whose(), ProgrammeId(programme))
    return redirect(url_for("record.mine", done="reserve_left"), 303)


def _points() -> str:
    """Show the points nearest to where the person looks, or lives."""
    record = own_record()
    asked = Asked.read(postcode=record.person.postal_code if record.person else None)
    criteria = asked.sound()
    search: Search = suite().search
    somewhere = criteria.area.near or criteria.area.teryt
    found = search.points(criteria)[:NEAREST] if somewhere else []
    return render_template(
        "patient/reserve_points.html",
        form=asked.form,
        points=[one for one in found if _choices(one[0], record)],
        filters=request.query_string.decode("ascii", "ignore"),
    )


def _page(
    there: Point,
    record: Record,
    form: OwnForm,
    wrong: InvalidRequest | AlreadyBooked | None = None,
) -> str | Response:
    form.wanted.choices = _choices(there, record)
    known = record.person.phone if record.person else None
    page = render_template("patient/reserve.html", there=there, form=form, wrong=wrong, known=known)
    return make_response(page, 400 if wrong or form.errors else 200)


def _choices(there: Point, record: Record) -> list[tuple[str, str]]:
    """Return what the person may wait for there: a programme and a vaccine each."""
    offered = {
        (referral.programme, code)
        for referral in record.referrals
        for offer in record.offers.get(referral.id, ())
        if offer.reason not in (Reason.VACCINE_MISMATCH, Reason.NO_REFERRAL)
        for code in offer.vaccines
    }
    return [
        (f"{programme} {vaccine.code}", vaccine.name)
        for programme in sorted({one for one, _ in offered})
        for vaccine in suite().desk.programmes.get(programme).vaccines
        if vaccine.code in there.vaccines and (programme, vaccine.code) in offered
    ]


def _phone(form: OwnForm) -> str | None:
    return str(parse_phone(form.phone.data)) if form.phone.data else None


def _point(named: str) -> Point:
    found: Point | None = suite().desk.read_model.point(PointId(named))
    if found is None:
        raise NotFound
    return found


def _today() -> date:
    return _reserve().clinic.today()


def _reserve() -> Reserve:
    found: Reserve = suite().reserve
    return found

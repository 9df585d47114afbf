"""What a point has to give: its weekly limit, what is under control, what is to come."""

import secrets

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import NumberRange, Optional

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.ids import VaccineCode, derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.supply import MOST_A_WEEK, Delivery, DeliveryId, DeliveryStatus
from erejestracja.domain.vials import MOST_DOSES
from erejestracja.services import supply
from erejestracja.services.supply import Terms
from erejestracja.web.clinic.edits import planned
from erejestracja.web.clinic.points import HOME, shown
from erejestracja.web.clinic.vaccines import vaccines_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, required
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("supply", __name__, url_prefix=f"{HOME}/<point>/zaopatrzenie")
KEY_BYTES = 16
ID_LENGTH = 16
# Of the plans made anew, those that may still be of interest.
SHOWN = 5


class TermsForm(PageForm):
    """How many doses a week, nothing is no limit; which vaccines are under control."""

    etag = HiddenField(validators=[required()])
    limit = IntegerField(
        "supply.limit",
        [Optional(), NumberRange(0, MOST_A_WEEK, "supply.wrong_limit")],
        description="supply.limit_hint",
    )
    controlled = SelectMultipleField("supply.controlled", description="supply.controlled_hint")


class ComingForm(PageForm):
    """A delivery that is to come."""

    key = HiddenField(validators=[required()])
    vaccine = SelectField("clinic.stock.vaccine", [required()])
    doses = IntegerField(
        "clinic.stock.doses", [required(), NumberRange(1, MOST_DOSES, "clinic.stock.number")]
    )
    expected_on = DateField("supply.expected_on", [required()])
    confirmed = BooleanField("supply.is_confirmed")


@PAGES.get("")
@only(Role.ADMIN)
def overview(point: str) -> str:
    """Show what is to come, and the days that no dose is there for."""
    there, board = planned(point)
    known, names = board.supplies.supply(there.id), dict(vaccines_of(there))
    coming = sorted(known.deliveries, key=lambda one: (one.expected_on, one.id))
    return shown(
        "clinic/supply.html",
        there,
        supply=known,
        coming=coming,
        today=board.today(),
        short=supply.uncovered(board, there, known),
        plans=[one for one in suite().replans.all(there.id) if not one.undone][:SHOWN],
        controlled_names=[names.get(code, code) for code in sorted(known.controlled)],
        names=names,
    )


@PAGES.get("/zasady")
@only(Role.ADMIN)
def ask(point: str) -> str:
    """Ask for the point's terms."""
    there, board = planned(point)
    known = board.supplies.supply(there.id)
    form = TermsForm(
        etag=str(known.number), limit=known.weekly_limit, controlled=sorted(known.controlled)
    )
    return _terms(there, form)


@PAGES.post("/zasady")
@only(Role.ADMIN)
def limit(point: str) -> str | Response:
    """Set the point's terms."""
    there, board = planned(point)
    form = TermsForm.read()
    form.controlled.choices = vaccines_of(there)
    if not form.validate():
        return _terms(there, form)
    codes = frozenset(map(VaccineCode, form.controlled.data or ()))
    terms = Terms(form.limit.data, codes)
    supply.termed(board, actor(), there, terms, form.etag.data or "")
    return redirect(url_for("supply.overview", point=point), 303)


@PAGES.get("/nowa")
@only(Role.ADMIN)
def ask_what_comes(point: str) -> str:
    """Ask for a delivery that is to come."""
    there, _ = planned(point)
    return _coming(there, ComingForm(key=secrets.token_urlsafe(KEY_BYTES)))


@PAGES.post("/nowa")
@only(Role.ADMIN)
def announce(point: str) -> str | Response:
    """Note a delivery that is to come."""
    there, board = planned(point)
    form = ComingForm.read()
    form.vaccine.choices = vaccines_of(there)
    if not form.validate():
        return _coming(there, form)
    data = form.data
    status = DeliveryStatus.CONFIRMED if data["confirmed"] else DeliveryStatus.ANNOUNCED
    key = derived_id("delivery", there.id, data["key"], length=ID_LENGTH)
    code, doses = VaccineCode(data["vaccine"]), int(data["doses"])
    one = Delivery(DeliveryId(key), code, doses, data["expected_on"], status)
    try:
        supply.announced(board, actor(), there, one)
    except InvalidRequest as wrong:
        return _coming(there, form, wrong)
    return redirect(url_for("supply.overview", point=point), 303)


def _terms(there: Point, form: TermsForm) -> str:
    form.controlled.choices = vaccines_of(there)
    return shown("clinic/terms.html", there, form=form)


def _coming(there: Point, form: ComingForm, wrong: InvalidRequest | None = None) -> str:
    form.vaccine.choices = vaccines_of(there)
    return shown("clinic/coming.html", there, form=form, wrong=wrong)

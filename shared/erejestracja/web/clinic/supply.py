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
from erejestracja.domain.errors import InvalidRequest, NotCovered, NotFound
from erejestracja.domain.ids import VaccineCode, derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.supply import MOST_A_WEEK, Delivery, DeliveryId, DeliveryStatus, Override
from erejestracja.domain.vials import MOST_DOSES
from erejestracja.services import supply
from erejestracja.services.schedule import Board
from erejestracja.services.supply import Rearranged, Terms
from erejestracja.web.clinic.edits import overriding, planned
from erejestracja.web.clinic.points import HOME, shown
from erejestracja.web.clinic.vaccines import vaccines_of
from erejestracja.web.ui.forms import PageForm, choices, required
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("supply", __name__, url_prefix=f"{HOME}/<point>/zaopatrzenie")
KEY_BYTES = 16
ID_LENGTH = 16


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


class DeliveryForm(PageForm):
    """What a delivery is to be, and how it was when it was shown."""

    version = HiddenField()
    doses = IntegerField(
        "clinic.stock.doses", [required(), NumberRange(1, MOST_DOSES, "clinic.stock.number")]
    )
    expected_on = DateField("supply.expected_on", [required()])
    status = SelectField(
        "supply.status", choices=lambda: choices("supply.statuses", DeliveryStatus, t)
    )


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


@PAGES.get("/<delivery>")
@only(Role.ADMIN)
def ask_for_change(point: str, delivery: str) -> str:
    """Show a delivery to be confirmed, changed or cancelled."""
    there, board = planned(point)
    one = _delivery(board, there, delivery)
    form = DeliveryForm(
        version=one.version,
        doses=one.doses,
        expected_on=one.expected_on,
        status=one.status.value,
    )
    return _change(there, one, form)


@PAGES.post("/<delivery>")
@only(Role.ADMIN)
def change(point: str, delivery: str) -> str | Response:
    """Change a delivery; where that leaves places without a dose, ask for a reason first."""
    there, board = planned(point)
    one = _delivery(board, there, delivery)
    form = DeliveryForm.read()
    if not form.validate():
        return _change(there, one, form)
    data, status = form.data, DeliveryStatus(form.status.data)
    changes = (status, int(data["doses"]), data["expected_on"], overriding())
    wanted = Rearranged(data["version"] or "", *changes)
    try:
        supply.rearranged(board, actor(), there, one.id, wanted)
    except InvalidRequest as wrong:
        return _change(there, one, form, wrong=wrong)
    except NotCovered as short:
        return _change(there, one, form, short=short)
    return redirect(url_for("supply.overview", point=point), 303)


def _delivery(board: Board, there: Point, named: str) -> Delivery:
    for one in board.supplies.supply(there.id).deliveries:
        if one.id == named:
            return one
    raise NotFound


def _terms(there: Point, form: TermsForm) -> str:
    form.controlled.choices = vaccines_of(there)
    return shown("clinic/terms.html", there, form=form)


def _coming(there: Point, form: ComingForm, wrong: InvalidRequest | None = None) -> str:
    form.vaccine.choices = vaccines_of(there)
    return shown("clinic/coming.html", there, form=form, wrong=wrong)


def _change(
    there: Point,
    one: Delivery,
    form: DeliveryForm,
    *,
    wrong: InvalidRequest | None = None,
    short: NotCovered | None = None,
) -> str:
    return shown(
        "clinic/coming_change.html",
        there,
        one=one,
        form=form,
        wrong=wrong,
        name=dict(vaccines_of(there)).get(one.vaccine, one.vaccine),
        short=short.shortages if short else (),
        is_short=short is not None,
        overrides=[reason.value for reason in Override],
    )

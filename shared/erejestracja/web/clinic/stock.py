"""Vials by lot: what is there, what came, what could not be used."""

import secrets

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import NumberRange, Optional

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.ids import PointId, VaccineCode, derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.vials import MOST_DOSES, WasteReason
from erejestracja.services import vials
from erejestracja.services.clinic import Clinic
from erejestracja.services.vials import Move, Product
from erejestracja.web.clinic.points import HOME, shown, the_point
from erejestracja.web.clinic.vaccines import vaccines_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, at_most, choices, required
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only
from erejestracja.web.vaccination_models import lot_of

PAGES = Blueprint("stock", __name__, url_prefix=f"{HOME}/<point>/zapas")
KEEPERS = (Role.MEDIC, Role.ADMIN)
KEY_BYTES = 16
MOST_IN_VIAL = 50
LEAVES = ("waste", "return", "transfer")


class DeliveryForm(PageForm):
    """What came."""

    key = HiddenField(validators=[required()])
    lot = StringField("clinic.stock.lot", [required(), at_most(24)])
    vaccine = SelectField("clinic.stock.vaccine", [required()])
    expires_on = DateField("clinic.stock.expires", [required()])
    doses_per_vial = IntegerField(
        "clinic.stock.per_vial",
        [required(), NumberRange(1, MOST_IN_VIAL, "clinic.stock.number")],
        default=6,
    )
    doses = IntegerField(
        "clinic.stock.doses", [required(), NumberRange(1, MOST_DOSES, "clinic.stock.number")]
    )


class LeavingForm(PageForm):
    """What left, other than into an arm."""

    key = HiddenField(validators=[required()])
    movement = RadioField(
        "clinic.stock.what",
        [required()],
        choices=lambda: choices("clinic.stock.leaves", LEAVES, t),
        default="waste",
    )
    doses = IntegerField(
        "clinic.stock.doses", [required(), NumberRange(1, MOST_DOSES, "clinic.stock.number")]
    )
    reason = SelectField(
        "clinic.stock.why", choices=lambda: choices("clinic.wastes", WasteReason, t)
    )
    to_point = StringField("clinic.stock.to", [Optional(), at_most(16)])


class WriteOffForm(PageForm):
    """The lot's last entry as it was seen, so that nobody writes off what they did not see."""

    number = IntegerField(validators=[required()])


@PAGES.get("")
@only(*KEEPERS)
def stock(point: str) -> str:
    """List the lots, those that expire first first."""
    there = the_point(point)
    return _listed(there)


@PAGES.get("/dostawa")
@only(*KEEPERS)
def ask_what_came(point: str) -> str:
    """Ask what was delivered."""
    return _delivery(the_point(point), DeliveryForm(key=_key()))


@PAGES.post("/dostawa")
@only(*KEEPERS)
def deliver(point: str) -> str | Response:
    """Enter a delivery."""
    there = the_point(point)
    form = DeliveryForm.read()
    form.vaccine.choices = vaccines_of(there)
    if not form.validate():
        return _delivery(there, form)
    data = form.data
    product = Product(VaccineCode(data["vaccine"]), data["expires_on"], int(data["doses_per_vial"]))
    try:
        move = _move(there, lot_of(data["lot"]), int(data["doses"]), data["key"])
        vials.deliver(suite().clinic, move, product)
    except InvalidRequest as wrong:
        return _delivery(there, form, wrong)
    return redirect(url_for("stock.stock", point=point), 303)


@PAGES.get("/<lot>")
@only(*KEEPERS)
def ask_what_left(point: str, lot: str) -> str:
    """Ask what left a lot."""
    return _leaving(the_point(point), lot, LeavingForm(key=_key()))


@PAGES.post("/<lot>")
@only(*KEEPERS)
def leave(point: str, lot: str) -> str | Response:
    """Enter waste, a return or a transfer."""
    there = the_point(point)
    form = LeavingForm.read()
    if not form.validate():
        return _leaving(there, lot, form)
    data = form.data
    clinic: Clinic = suite().clinic
    try:
        move = _move(there, lot_of(lot), int(data["doses"]), data["key"])
        if data["movement"] == "waste":
            vials.waste(clinic, move, WasteReason(data["reason"]))
        elif data["movement"] == "transfer":
            vials.transfer(clinic, move, PointId(data["to_point"] or ""))
        else:
            vials.give_back(clinic, move)
    except InvalidRequest as wrong:
        return _leaving(there, lot, form, wrong)
    return redirect(url_for("stock.stock", point=point), 303)


@PAGES.post("/<lot>/po-terminie")
@only(*KEEPERS)
def write_off(point: str, lot: str) -> Response:
    """Write off what is left of a lot that has expired."""
    there = the_point(point)
    form = WriteOffForm.read()
    if not form.validate():
        raise InvalidRequest({"number": "is missing"})
    suite().limiter.admit("schedule", actor().subject)
    vials.write_off(suite().clinic, actor(), there.id, lot_of(lot), form.number.data or 0)
    return redirect(url_for("stock.stock", point=point), 303)


def _move(there: Point, lot: str, doses: int, key: str) -> Move:
    suite().limiter.admit("schedule", actor().subject)
    return Move(actor(), there.id, lot, doses, derived_id("stock", key))


def _listed(there: Point) -> str:
    clinic: Clinic = suite().clinic
    lots = vials.lots(clinic, actor(), there.id)
    return shown(
        "clinic/stock.html", there, lots=lots, names=dict(vaccines_of(there)), today=clinic.today()
    )


def _delivery(there: Point, form: DeliveryForm, wrong: InvalidRequest | None = None) -> str:
    form.vaccine.choices = vaccines_of(there)
    return shown("clinic/delivery.html", there, form=form, wrong=wrong)


def _leaving(there: Point, lot: str, form: LeavingForm, wrong: InvalidRequest | None = None) -> str:
    known = suite().clinic.vials.lot(there.id, lot)
    return shown("clinic/leaving.html", there, lot=lot, known=known, form=form, wrong=wrong)


def _key() -> str:
    """Return what makes a form sent twice one entry."""
    return secrets.token_urlsafe(KEY_BYTES)

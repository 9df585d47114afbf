"""A delivery that changes: what falls and whom that hits is shown first, then done, then undone."""

from enum import StrEnum

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, IntegerField, SelectField
from wtforms.validators import NumberRange

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest, NotCovered
from erejestracja.domain.point import Point
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.supply import Delivery, DeliveryId, DeliveryStatus, Override
from erejestracja.domain.vials import MOST_DOSES
from erejestracja.services import replanning, supply
from erejestracja.services.replanning import Replanning, Wanted
from erejestracja.services.schedule import Board
from erejestracja.services.supply import Rearranged
from erejestracja.web.clinic.edits import overriding, planned
from erejestracja.web.clinic.points import HOME, shown
from erejestracja.web.clinic.vaccines import vaccines_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, choices, required
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("replans", __name__, url_prefix=f"{HOME}/<point>/zaopatrzenie")


class Choice(StrEnum):
    """What is done about places that no dose is there for: a strategy's name, or nothing."""

    REACCOMMODATE = "reaccommodate"
    CANCEL = "cancel"
    KEEP = "keep"
    PUBLISH = "publish"


class DeliveryForm(PageForm):
    """What a delivery is to be and how it was when it was shown; then what was agreed to."""

    version = HiddenField()
    doses = IntegerField(
        "clinic.stock.doses", [required(), NumberRange(1, MOST_DOSES, "clinic.stock.number")]
    )
    expected_on = DateField("supply.expected_on", [required()])
    status = SelectField(
        "supply.status", choices=lambda: choices("supply.statuses", DeliveryStatus, t)
    )
    choice = SelectField(
        "replans.choice",
        choices=lambda: choices("replans.choices", Choice, t),
        default=Choice.REACCOMMODATE.value,
    )
    reason = SelectField(
        "replans.reason",
        choices=lambda: choices("clinic.closing.reasons", ClosureReason, t),
        default=ClosureReason.NO_DELIVERY.value,
    )
    agreed = HiddenField()

    def wanted(self) -> Wanted:
        """Return what is asked for; nothing was chosen at first."""
        change = Rearranged(
            self.version.data or "",
            DeliveryStatus(self.status.data),
            self.doses.data,
            self.expected_on.data,
            overriding(),
        )
        publishes = self.choice.data == Choice.PUBLISH
        strategy = Strategy.KEEP if publishes else Strategy(self.choice.data)
        return Wanted(change, strategy, ClosureReason(self.reason.data))


@PAGES.get("/<delivery>")
@only(Role.ADMIN)
def ask_for_change(point: str, delivery: str) -> str:
    """Show a delivery to be confirmed, changed or cancelled."""
    there, board = planned(point)
    one = supply.delivery_of(board.supplies.supply(there.id), DeliveryId(delivery))
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
    """Change a delivery; where places fall by that, show which and whom it hits before."""
    there, board = planned(point)
    one = supply.delivery_of(board.supplies.supply(there.id), DeliveryId(delivery))
    form = DeliveryForm.read(choice=Choice.REACCOMMODATE.value)
    if not form.validate():
        return _change(there, one, form)
    wanted = form.wanted()
    try:
        found = replanning.planned(board, actor(), there, one.id, wanted)
    except InvalidRequest as wrong:
        return _change(there, one, form, wrong)
    if _falls(found) and form.agreed.data != _agreement(found):
        return _preview(there, one, form, found)
    try:
        if form.choice.data == Choice.PUBLISH:
            supply.rearranged(board, actor(), there, one.id, wanted.delivery)
            return redirect(url_for("supply.overview", point=point), 303)
        return _carried_out(board, there, found)
    except NotCovered:
        return _preview(there, one, form, found, lacks_reason=True)


@PAGES.get("/plany/<int:number>")
@only(Role.ADMIN)
def replan(point: str, number: int) -> str:
    """Show how far a plan made anew is, and who cannot be told by message."""
    there, _ = planned(point)
    found = replanning.progress(suite().replans, there, number)
    return shown("clinic/replan.html", there, found=found, name=_name(there, found.replan.after))


@PAGES.post("/plany/<int:number>/cofnij")
@only(Role.ADMIN)
def undo(point: str, number: int) -> Response:
    """Make the delivery what it was, and publish again what fell by its change."""
    there, board = planned(point)
    found = replanning.taken_back(board, actor(), there, suite().replans, number)
    replanning.carry_out(board, found)
    return redirect(url_for("replans.replan", point=point, number=number), 303)


def _carried_out(board: Board, there: Point, found: Replanning) -> Response:
    """Carry a plan out; one that lets nothing fall is none that anybody would look at."""
    replanning.carry_out(board, found, overriding())
    if not _falls(found):
        return redirect(url_for("supply.overview", point=there.id), 303)
    return redirect(url_for("replans.replan", point=there.id, number=found.number), 303)


def _falls(found: Replanning) -> bool:
    return bool(found.visits or found.left or any(day.free for day in found.days))


def _agreement(found: Replanning) -> str:
    """Return what somebody agrees to; another plan is shown anew."""
    return f"{sum(day.free for day in found.days)} {len(found.visits)}"


def _change(
    there: Point, one: Delivery, form: DeliveryForm, wrong: InvalidRequest | None = None
) -> str:
    name = _name(there, one)
    return shown("clinic/coming_change.html", there, one=one, form=form, wrong=wrong, name=name)


def _preview(
    there: Point,
    one: Delivery,
    form: DeliveryForm,
    found: Replanning,
    *,
    lacks_reason: bool = False,
) -> str:
    [after] = found.deliveries
    if not found.visits:
        falls, publish = Choice.REACCOMMODATE, Choice.PUBLISH
        stays = t(f"replans.choices.{publish}")
        form.choice.choices = [(falls.value, t("replans.falls")), (publish.value, stays)]
    return shown(
        "clinic/replan_preview.html",
        there,
        one=one,
        after=after,
        form=form,
        found=found,
        name=_name(there, one),
        falling=[day for day in found.days if day.free or day.booked],
        free=sum(day.free for day in found.days),
        agreement=_agreement(found),
        lacks_reason=lacks_reason,
        is_short=True,
        overrides=[reason.value for reason in Override],
        today=suite().board.today(),
    )


def _name(there: Point, one: Delivery) -> str:
    return dict(vaccines_of(there)).get(one.vaccine, one.vaccine)

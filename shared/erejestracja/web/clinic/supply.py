"""What a point has to give: how many doses a week at most."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, IntegerField
from wtforms.validators import NumberRange, Optional

from erejestracja.domain.actor import Role
from erejestracja.domain.point import Point
from erejestracja.domain.supply import MOST_A_WEEK
from erejestracja.services import supply
from erejestracja.web.clinic.edits import planned
from erejestracja.web.clinic.points import HOME, shown
from erejestracja.web.ui.forms import PageForm, required
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("supply", __name__, url_prefix=f"{HOME}/<point>/tydzien/limit")


class LimitForm(PageForm):
    """How many doses a week; nothing is no limit."""

    etag = HiddenField(validators=[required()])
    limit = IntegerField(
        "supply.limit",
        [Optional(), NumberRange(0, MOST_A_WEEK, "supply.wrong_limit")],
        description="supply.limit_hint",
    )


@PAGES.get("")
@only(Role.ADMIN)
def ask(point: str) -> str:
    """Ask for the limit."""
    there, board = planned(point)
    known = board.supplies.supply(there.id)
    return _form(there, LimitForm(etag=str(known.number), limit=known.weekly_limit))


@PAGES.post("")
@only(Role.ADMIN)
def limit(point: str) -> str | Response:
    """Set the limit."""
    there, board = planned(point)
    form = LimitForm.read()
    if not form.validate():
        return _form(there, form)
    supply.limited(board, actor(), there, form.limit.data, form.etag.data)
    return redirect(url_for("rules.rules", point=point), 303)


def _form(there: Point, form: LimitForm) -> str:
    return shown("clinic/limit.html", there, form=form)

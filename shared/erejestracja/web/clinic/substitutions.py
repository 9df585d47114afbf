"""Another vaccine on some days, as it was delivered: who may have it is shown first."""

import secrets
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, SelectField
from wtforms.validators import Optional

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.substitutions import SubstitutionId
from erejestracja.services import substituting
from erejestracja.services.schedule import Board
from erejestracja.services.substituting import Asked, Substituting
from erejestracja.web.clinic.edits import planned
from erejestracja.web.clinic.points import HOME, named_day, shown
from erejestracja.web.clinic.vaccines import every_vaccine, vaccines_of
from erejestracja.web.ui.forms import PageForm, required
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("substitutions", __name__, url_prefix=f"{HOME}/<point>/tydzien/szczepionka")
KEY_BYTES = 16
ONE_DAY = timedelta(days=1)


class SubstitutionForm(PageForm):
    """On which day which vaccine is given in place of which."""

    key = HiddenField()
    agreed = HiddenField()
    day = DateField("substitutions.day", [required()])
    last = DateField("substitutions.last", [Optional()], description="substitutions.last_hint")
    from_ = SelectField("substitutions.from", [required()], name="from")
    to = SelectField("substitutions.to", [required()])

    def offer(self, there: Point) -> "SubstitutionForm":
        """Say what there is to choose from."""
        self.from_.choices = self.to.choices = vaccines_of(there)
        return self


@PAGES.get("")
@only(Role.ADMIN)
def ask(point: str) -> str:
    """Ask which vaccine is given in place of which, and when."""
    there, board = planned(point)
    day = named_day("day") or board.today() + ONE_DAY
    form = SubstitutionForm(key=secrets.token_urlsafe(KEY_BYTES), day=day)
    return _page(there, form)


@PAGES.post("")
@only(Role.ADMIN)
def substitution(point: str) -> str | Response:
    """Show who may have the other vaccine; once that was agreed to, give it."""
    there, board = planned(point)
    form = SubstitutionForm.read().offer(there)
    if not form.validate() or "again" in request.form:
        return _page(there, form)
    data = form.data
    codes = (VaccineCode(data["from_"]), VaccineCode(data["to"]))
    try:
        asked = Asked(data["day"], *codes, data["key"] or "", data["last"])
        found = substituting.asked_for(board, actor(), there, asked)
    except InvalidRequest as wrong:
        return _page(there, form, wrong)
    if found.impacts and data["agreed"] != agreement(found):
        return _page(there, form, None, found)
    return _carried_out(there, board, found)


@PAGES.get("/<done>")
@only(Role.ADMIN)
def substituted(point: str, done: str) -> str:
    """Say that it was changed, and offer to undo it."""
    there, _ = planned(point)
    waits = request.args.get("waits") == "1"
    return _outcome(there, done, None, waits=waits, undone=request.args.get("undone") == "1")


@PAGES.route("/<done>/cofnij", methods=["GET", "POST"])
@only(Role.ADMIN)
def undo(point: str, done: str) -> str | Response:
    """Show what undoing it would do; once that was agreed to, undo it."""
    there, board = planned(point)
    found = substituting.undone(board, actor(), there, SubstitutionId(done))
    if request.form.get("agreed") != agreement(found):
        return _outcome(there, done, found)
    return _carried_out(there, board, found)


def agreement(found: Substituting) -> str:
    """Return what somebody agrees to; another is asked for anew."""
    begins = f"{found.today_from:%H:%M}" if found.today_from else ""
    return f"{len(found.staying())} {len(found.conflicts())} {begins}"


def _carried_out(there: Point, board: Board, found: Substituting) -> Response:
    waits = None if substituting.carry_out(board, found) else 1
    told: dict[str, Any] = {"waits": waits, "undone": 1 if found.substitution.undone else None}
    named = found.substitution.id
    return redirect(url_for("substitutions.substituted", point=there.id, done=named, **told), 303)


def _page(
    there: Point,
    form: SubstitutionForm,
    wrong: InvalidRequest | None = None,
    found: Substituting | None = None,
) -> str:
    form.offer(there)
    facts = {"names": dict(every_vaccine()), "agreement": agreement(found) if found else None}
    return shown("clinic/substitution.html", there, form=form, wrong=wrong, found=found, **facts)


def _outcome(
    there: Point,
    done: str,
    found: Substituting | None,
    *,
    waits: bool = False,
    undone: bool = False,
) -> str:
    facts = {"names": dict(every_vaccine()), "agreement": agreement(found) if found else None}
    told = {"waits": waits, "undone": undone}
    return shown("clinic/substituted.html", there, substitution=done, found=found, **facts, **told)

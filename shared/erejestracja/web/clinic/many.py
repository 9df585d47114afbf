"""The slots of many days changed at once: what that would do is shown first, and undone as one."""

import secrets
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import (
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TimeField,
)
from wtforms.validators import NumberRange, Optional

from erejestracja.domain.actor import Role
from erejestracja.domain.adjustments import EVERY_DAY, Adjusted, AdjustmentId, Selection
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.session import OFFERED, Visibility
from erejestracja.services import adjusting
from erejestracja.services.adjusting import Adjusting, Asked
from erejestracja.services.schedule import Board
from erejestracja.web.clinic.edits import Preview, advised, overriding, planned, sent
from erejestracja.web.clinic.points import HOME, named_day, shown
from erejestracja.web.clinic.rule_form import PLACES, WEEKDAYS
from erejestracja.web.clinic.vaccines import every_vaccine, vaccines_of
from erejestracja.web.schedule_models import MOST_RELEASE_HOURS
from erejestracja.web.ui.forms import PageForm, choices, required
from erejestracja.web.ui.texts import t, tn
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("many", __name__, url_prefix=f"{HOME}/<point>/tydzien/wiele-dni")
KEY_BYTES = 16
SPAN = timedelta(days=6)
AS_IT_IS = "same"
BLOCKS = {AS_IT_IS: None, "block": True, "open": False}


class ManyForm(PageForm):
    """Which slots, and what they are to be."""

    key = HiddenField()
    agreed = HiddenField()
    from_ = DateField("many.from", [required()], name="from")
    to = DateField("many.to", [required()])
    weekdays = SelectMultipleField("rules.weekdays", [required()], coerce=int, default=[*WEEKDAYS])
    opens = TimeField("many.opens", [Optional()], description="many.hours_hint")
    closes = TimeField("many.closes", [Optional()])
    vaccine = SelectField("many.vaccine")
    places = IntegerField(
        "many.places",
        [Optional(), NumberRange(*PLACES, "rules.wrong.places")],
        description="many.places_hint",
    )
    visibility = RadioField(
        "rules.visibility",
        choices=lambda: [
            (AS_IT_IS, t("many.as_it_is")),
            *choices("rules.visibilities", OFFERED, t),
        ],
        default=AS_IT_IS,
    )
    release_hours = IntegerField(
        "rules.release_hours",
        [Optional(), NumberRange(1, MOST_RELEASE_HOURS, "rules.wrong.release_hours")],
        description="many.release_hours_hint",
    )
    blocks = RadioField(
        "many.blocks", choices=lambda: choices("many.blocking", BLOCKS, t), default=AS_IT_IS
    )

    def offer(self, there: Point) -> "ManyForm":
        """Say what there is to choose from."""
        self.weekdays.choices = [(one, t(f"rules.days.{one}")) for one in WEEKDAYS]
        self.vaccine.choices = [("", t("many.every_vaccine")), *vaccines_of(there)]
        return self

    def asked(self) -> Asked:
        """Return what the form means."""
        data = self.data
        shown = data["visibility"]
        return Asked(
            which=Selection(
                data["from_"],
                data["to"],
                frozenset(data["weekdays"]),
                data["opens"] or time.min,
                data["closes"],
                VaccineCode(data["vaccine"]) if data["vaccine"] else None,
            ),
            what=Adjusted(
                data["places"],
                None if shown == AS_IT_IS else Visibility(shown),
                data["release_hours"],
                BLOCKS[data["blocks"]],
            ),
            key=data["key"] or "",
        )


@PAGES.get("")
@only(Role.ADMIN)
def ask(point: str) -> str:
    """Ask which slots are to be what: those of the named week, or of the next days."""
    there, board = planned(point)
    tomorrow = board.today() + timedelta(days=1)
    first = max(named_day("from") or tomorrow, tomorrow)
    form = ManyForm(key=secrets.token_urlsafe(KEY_BYTES), from_=first, to=first + SPAN)
    return _form(there, form)


@PAGES.post("")
@only(Role.ADMIN)
def change(point: str) -> str | Response:
    """Show what the change would do; once that was agreed to, make it."""
    there, board = planned(point)
    form = ManyForm.read().offer(there)
    if not form.validate() or "again" in request.form:
        return _form(there, form)
    asked = form.asked()
    try:
        found = adjusting.asked_for(board, actor(), there, asked)
    except InvalidRequest as wrong:
        return _form(there, form, wrong)
    preview, told = _preview(found), advised(board, there, [one.edit for one in found.impacts])
    is_agreed = form.agreed.data == preview.agreement and (overriding() or not told["is_short"])
    if found.impacts and not is_agreed:
        facts = {"asked": asked.which, "which": _which(asked.which), "what": _what(asked.what)}
        again = {"preview": preview, "sent": sent(request.form, None)}
        return shown("clinic/many_preview.html", there, **facts, **again, **told)
    return _carried_out(there, board, found)


@PAGES.get("/<done>")
@only(Role.ADMIN)
def changed(point: str, done: str) -> str:
    """Say that it was changed, and offer to undo it."""
    there, _ = planned(point)
    told = {name: request.args.get(name) == "1" for name in ("waits", "undone")}
    return shown("clinic/many_done.html", there, done=done, preview=None, **told)


@PAGES.route("/<done>/cofnij", methods=["GET", "POST"])
@only(Role.ADMIN)
def undo(point: str, done: str) -> str | Response:
    """Show what undoing it would do; once that was agreed to, undo it in all series."""
    there, board = planned(point)
    found = adjusting.undone(board, actor(), there, AdjustmentId(done))
    preview, told = _preview(found), advised(board, there, [one.edit for one in found.impacts])
    is_agreed = request.form.get("agreed") == preview.agreement
    if not is_agreed or (told["is_short"] and not overriding()):
        return shown("clinic/many_done.html", there, done=done, preview=preview, **told)
    return _carried_out(there, board, found)


def _carried_out(there: Point, board: Board, found: Adjusting) -> Response:
    waits = None if adjusting.carry_out(board, found, overriding()) else 1
    told: dict[str, Any] = {"waits": waits, "undone": 1 if found.adjustment.undone else None}
    to = url_for("many.changed", point=there.id, done=found.adjustment.id, **told)
    return redirect(to, 303)


def _preview(found: Adjusting) -> Preview:
    staying = found.staying()
    losing = tuple(visit for visit in found.visits() if visit.id not in staying)
    return Preview(*found.places(), 0, len(staying), losing)


def _form(there: Point, form: ManyForm, wrong: InvalidRequest | None = None) -> str:
    form.offer(there)
    return shown("clinic/many.html", there, form=form, wrong=wrong)


def _which(which: Selection) -> list[str]:
    """Return which slots are meant, beside the days: weekdays, hours, vaccine; all is not said."""
    found = []
    if which.weekdays != EVERY_DAY:
        found.append(", ".join(t(f"rules.days.{one}") for one in sorted(which.weekdays)))
    if which.opens != time.min:
        found.append(t("many.not_before", hour=f"{which.opens:%H:%M}"))
    if which.closes:
        found.append(t("many.before", hour=f"{which.closes:%H:%M}"))
    if which.vaccine:
        found.append(dict(every_vaccine()).get(which.vaccine, which.vaccine))
    return found


def _what(what: Adjusted) -> Iterator[str]:
    """Yield in words what the slots are to be."""
    if what.places:
        yield tn("many.will_take", what.places)
    if what.visibility:
        yield t(f"many.will_be.{what.visibility.value}")
    if what.release_hours:
        yield tn("rules.releases", what.release_hours)
    if what.blocked is not None:
        yield t("many.will_be.blocked" if what.blocked else "many.will_be.offered")

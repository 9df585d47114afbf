"""A day or a week copied to another, shown first, and undone as one."""

import re
import secrets
from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, RadioField

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest, NotFound
from erejestracja.domain.point import Point
from erejestracja.domain.timetable import places_in
from erejestracja.services import copying
from erejestracja.services.copying import Copied, Copying
from erejestracja.services.schedule import Board
from erejestracja.web.clinic.edits import advised, overriding, planned
from erejestracja.web.clinic.points import HOME, named_day, shown
from erejestracja.web.ui.forms import PageForm, choices, required
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("copies", __name__, url_prefix=f"{HOME}/<point>/tydzien/kopia")
KEY_BYTES = 16
SPANS = {"day": 1, "week": 7}
COPY = re.compile(r"([0-9]{1,9})-([0-9]{1,9})", re.ASCII)


class CopyForm(PageForm):
    """From which day on, to which, and how many days."""

    key = HiddenField()
    agreed = HiddenField()
    span = RadioField(
        "copies.span",
        [required()],
        choices=lambda: choices("copies.spans", SPANS, t),
        default="week",
    )
    from_ = DateField("copies.from", [required()], name="from")
    to = DateField("copies.to", [required()])


@PAGES.get("")
@only(Role.ADMIN)
def ask(point: str) -> str:
    """Ask what is copied to when: the named week to the one after it."""
    there, board = planned(point)
    first = named_day("from") or board.today()
    to = first + timedelta(days=SPANS["week"])
    form = CopyForm(key=secrets.token_urlsafe(KEY_BYTES), from_=first, to=to)
    return shown("clinic/copy.html", there, form=form, found=None, wrong=None)


@PAGES.post("")
@only(Role.ADMIN)
def copy(point: str) -> str | Response:
    """Show what copying would do; once that was agreed to, copy."""
    there, board = planned(point)
    form = CopyForm.read()
    if not form.validate() or "again" in request.form:
        return shown("clinic/copy.html", there, form=form, found=None, wrong=None)
    data = form.data
    asked = Copied(data["from_"], data["to"], SPANS[data["span"]], data["key"] or "")
    try:
        found = copying.copied(board, actor(), there, asked)
    except InvalidRequest as wrong:
        return shown("clinic/copy.html", there, form=form, found=None, wrong=wrong)
    creates = _places(found)[0]
    told = advised(board, there, [one.edit for one in found.impacts])
    is_agreed = data["agreed"] == str(creates) and (overriding() or not told["is_short"])
    if not creates or not is_agreed:
        return shown(
            "clinic/copy.html", there, form=form, found=found, creates=creates, wrong=None, **told
        )
    return _done(there, board, found)


@PAGES.get("/<done>")
@only(Role.ADMIN)
def copied(point: str, done: str) -> str:
    """Say that it was copied, and offer to undo it."""
    there, _ = planned(point)
    _numbers(done)
    return shown(
        "clinic/copied.html",
        there,
        copy=done,
        waits=request.args.get("waits") == "1",
        impact=None,
    )


@PAGES.route("/<done>/cofnij", methods=["GET", "POST"])
@only(Role.ADMIN)
def undo(point: str, done: str) -> str | Response:
    """Show what undoing a copy would do; once that was agreed to, undo all of it."""
    there, board = planned(point)
    found = copying.undone(board, actor(), there, *_numbers(done))
    hit = [visit for one in found.impacts for visit in one.visits]
    withdraws = _places(found)[1]
    agreement = f"{withdraws} {len(hit)}"
    if request.form.get("agreed") != agreement:
        impact = {"withdraws": withdraws, "hit": hit, "agreement": agreement}
        return shown("clinic/copied.html", there, copy=done, waits=False, impact=impact)
    copying.carry_out(board, found)
    first = min(one.plan.withdraws[0].key.day for one in found.impacts if one.plan.withdraws)
    return redirect(url_for("week.week", point=there.id, on=first.isoformat()), 303)


def _done(there: Point, board: Board, found: Copying) -> Response:
    edits, settled = copying.carry_out(board, found, overriding())
    named = f"{edits[0].number}-{edits[-1].number}"
    waits = None if settled else 1
    return redirect(url_for("copies.copied", point=there.id, done=named, waits=waits), 303)


def _places(found: Copying) -> tuple[int, int]:
    """Return how many places come, and how many go."""
    plans = [one.plan for one in found.impacts]
    comes = sum(places_in(plan.creates) for plan in plans)
    return comes, sum(places_in(plan.withdraws) for plan in plans)


def _numbers(done: str) -> tuple[int, int]:
    """Return the numbers of a copy's first and last edit. Raises NotFound."""
    named = COPY.fullmatch(done)
    if named is None:
        raise NotFound
    return int(named.group(1)), int(named.group(2))

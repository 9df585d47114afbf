"""A point's weekly rules: made, changed, ended, undone; what that does is shown first."""

import secrets
from datetime import timedelta

from flask import Blueprint, request
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest, NotFound
from erejestracja.domain.ids import derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.room import rooms_among
from erejestracja.domain.series import SeriesId
from erejestracja.domain.timetable import Edit, Reach
from erejestracja.services import schedule
from erejestracja.services.schedule import Board
from erejestracja.web.clinic.edits import advised, decided, planned
from erejestracja.web.clinic.points import HOME, shown
from erejestracja.web.clinic.rule_form import RuleForm, filled, moved
from erejestracja.web.clinic.rule_text import rule_of
from erejestracja.web.clinic.vaccines import vaccines_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("rules", __name__, url_prefix=f"{HOME}/<point>/tydzien/zasady")
KEY_BYTES = 16
ID_LENGTH = 16
WORKDAYS = [1, 2, 3, 4, 5]
ONE_DAY = timedelta(days=1)


@PAGES.get("")
@only(Role.ADMIN)
def rules(point: str) -> str:
    """List the point's rules that still hold, or will."""
    there, board = planned(point)
    known = [reach.series for reach in board.schedules.series(there)]
    today = board.today()
    found = [rule_of(one) for one in known if one.valid_to is None or one.valid_to >= today]
    found.sort(key=lambda one: (min(one.series.weekdays), one.series.opens, one.series.id))
    limit = board.supplies.supply(there.id).weekly_limit
    return shown("clinic/rules.html", there, rules=found, limit=limit)


@PAGES.get("/nowa")
@only(Role.ADMIN)
def ask_for_new(point: str) -> str:
    """Ask for a new rule."""
    there, board = planned(point)
    key = secrets.token_urlsafe(KEY_BYTES)
    form = RuleForm(key=key, valid_from=board.today() + ONE_DAY, weekdays=WORKDAYS)
    return _form(there, form, None)


@PAGES.post("/nowa")
@only(Role.ADMIN)
def make(point: str) -> str | Response:
    """Show what a new rule would do; once that was agreed to, make it."""
    there, board = planned(point)
    form = RuleForm.read().offer(vaccines_of(there))
    if not form.is_possible() or "again" in request.form:
        return _form(there, form, None)
    named = derived_id("series", there.id, form.key.data or "", length=ID_LENGTH)
    new = form.series(there, SeriesId(named))
    try:
        waits = form.data["as_covered"]
        found = schedule.made(board, actor(), there, new, as_covered=waits)
    except InvalidRequest as wrong:
        return _form(there, form, None, wrong)
    return decided(there, board, found, form.agreed.data, form=form, rule=rule_of(new))


@PAGES.get("/<series>")
@only(Role.ADMIN)
def ask_for_change(point: str, series: str) -> str:
    """Show a rule to be changed; as it would be if its hours were moved, where that is asked."""
    there, board = planned(point)
    was = _reach(board, there, series, None)
    shift, longer = (request.args.get(name, 0, type=int) for name in ("shift", "longer"))
    return _form(there, RuleForm(data=filled(was.series) | moved(was.series, shift, longer)), was)


@PAGES.post("/<series>")
@only(Role.ADMIN)
def change(point: str, series: str) -> str | Response:
    """Show what a change would do; once that was agreed to, make it."""
    there, board = planned(point)
    form = RuleForm.read().offer(vaccines_of(there))
    was = _reach(board, there, series, form.etag.data)
    if not form.is_possible() or "again" in request.form:
        return _form(there, form, was)
    new = form.changed(was.series, there)
    try:
        found = schedule.changed(board, actor(), there, was, new)
    except InvalidRequest as wrong:
        return _form(there, form, was, wrong)
    return decided(there, board, found, form.agreed.data, form=form, rule=rule_of(new))


@PAGES.route("/<series>/koniec", methods=["GET", "POST"])
@only(Role.ADMIN)
def end(point: str, series: str) -> str | Response:
    """Show what ending a rule would do; once that was agreed to, end it from tomorrow on."""
    there, board = planned(point)
    was = _reach(board, there, series, request.form.get("etag"))
    found = schedule.changed(board, actor(), there, was, None)
    agreed = request.form.get("agreed")
    return decided(there, board, found, agreed, rule=rule_of(was.series), etag=was.series.number)


@PAGES.get("/<series>/zmiany/<int:number>")
@only(Role.ADMIN)
def edited(point: str, series: str, number: int) -> str:
    """Show an edit that was made, and offer to undo it while it is the last."""
    there, board = planned(point)
    edit = _edit(board, there, series, number)
    return shown(
        "clinic/rule_edited.html",
        there,
        edit=edit,
        before=rule_of(edit.before) if edit.before else None,
        after=rule_of(edit.after) if edit.after else None,
        **advised(board, there, [edit]),
        is_last=not board.schedules.has_ended(there.id, number),
        done=request.args.get("done") == "1",
        waits=request.args.get("waits") == "1",
    )


@PAGES.route("/<series>/zmiany/<int:number>/cofnij", methods=["GET", "POST"])
@only(Role.ADMIN)
def undo(point: str, series: str, number: int) -> str | Response:
    """Show what undoing an edit would do; once that was agreed to, undo it."""
    there, board = planned(point)
    found = schedule.undone(board, actor(), there, SeriesId(series), number)
    after = found.edit.after
    agreed = request.form.get("agreed")
    return decided(there, board, found, agreed, rule=rule_of(after) if after else None)


def _reach(board: Board, there: Point, series: str, etag: str | None) -> Reach:
    return schedule.find(board, there, SeriesId(series), etag or None)


def _edit(board: Board, there: Point, series: str, number: int) -> Edit:
    found = board.schedules.edit(there, number)
    if found is None or found.series != series:
        raise NotFound
    return found


def _form(
    there: Point, form: RuleForm, was: Reach | None, wrong: InvalidRequest | None = None
) -> str:
    form.offer(vaccines_of(there))
    board: Board = suite().board
    rooms = rooms_among(reach.series.room for reach in board.schedules.series(there))
    # Only a new rule may wait for doses from the first, and only where they are asked for.
    may_wait = was is None and bool(board.supplies.supply(there.id).controlled)
    facts = {"rooms": rooms, "may_wait": may_wait}
    return shown("clinic/rule.html", there, form=form, was=was, wrong=wrong, **facts)

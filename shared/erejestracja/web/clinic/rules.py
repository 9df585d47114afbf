"""A point's weekly rules: made, changed, ended, undone; what that does is shown first."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest, NotFound, Overloaded
from erejestracja.domain.ids import derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.series import Series, SeriesId
from erejestracja.domain.timetable import (
    Edit,
    Reach,
    keeping_their_time,
    places_a_week,
    places_an_hour,
    places_in,
)
from erejestracja.domain.visit import Visit
from erejestracja.services import schedule
from erejestracja.services.schedule import Board, Impact
from erejestracja.services.settling import settle
from erejestracja.web.clinic.points import HOME, shown, the_point
from erejestracja.web.clinic.rule_form import (
    RuleForm,
    breaks_text,
    days_text,
    dose_text,
    filled,
)
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("rules", __name__, url_prefix=f"{HOME}/<point>/tydzien/zasady")
KEY_BYTES = 16
ID_LENGTH = 16
WORKDAYS = [1, 2, 3, 4, 5]
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """A series as people read it."""

    series: Series
    days: str
    breaks: str
    vaccine: str
    dose: str
    an_hour: int
    a_week: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What an edit would do, in numbers of places, and whose visits it hits."""

    creates: int
    withdraws: int
    keeps: int
    visits: tuple[Visit, ...]
    staying: int

    @property
    def agreement(self) -> str:
        """Return what somebody agrees to; another is asked for anew."""
        return f"{self.creates} {self.withdraws} {len(self.visits)} {self.staying}"

    @property
    def moved(self) -> int:
        """Return how many visits lose their time."""
        return len(self.visits) - self.staying


@PAGES.get("")
@only(Role.ADMIN)
def rules(point: str) -> str:
    """List the point's rules."""
    there, board = _planned(point)
    found = [rule_of(reach.series) for reach in board.schedules.series(there)]
    found.sort(key=lambda one: (min(one.series.weekdays), one.series.opens, one.series.id))
    return shown("clinic/rules.html", there, rules=found)


@PAGES.get("/nowa")
@only(Role.ADMIN)
def ask_for_new(point: str) -> str:
    """Ask for a new rule."""
    there, board = _planned(point)
    key = secrets.token_urlsafe(KEY_BYTES)
    form = RuleForm(key=key, valid_from=board.today() + ONE_DAY, weekdays=WORKDAYS)
    return _form(there, form, None)


@PAGES.post("/nowa")
@only(Role.ADMIN)
def make(point: str) -> str | Response:
    """Show what a new rule would do; once that was agreed to, make it."""
    there, board = _planned(point)
    form = RuleForm.read().offer(vaccines_of(there))
    if not form.is_possible() or "again" in request.form:
        return _form(there, form, None)
    named = derived_id("series", there.id, form.key.data or "", length=ID_LENGTH)
    new = form.series(there, SeriesId(named))
    try:
        found = schedule.made(board, actor(), there, new)
    except InvalidRequest as wrong:
        return _form(there, form, None, wrong)
    return _done(there, board, found, form.agreed.data, form=form, rule=rule_of(new))


@PAGES.get("/<series>")
@only(Role.ADMIN)
def ask_for_change(point: str, series: str) -> str:
    """Show a rule to be changed."""
    there, board = _planned(point)
    was = _reach(board, there, series, None)
    return _form(there, RuleForm(data=filled(was.series)), was)


@PAGES.post("/<series>")
@only(Role.ADMIN)
def change(point: str, series: str) -> str | Response:
    """Show what a change would do; once that was agreed to, make it."""
    there, board = _planned(point)
    form = RuleForm.read().offer(vaccines_of(there))
    was = _reach(board, there, series, form.etag.data)
    if not form.is_possible() or "again" in request.form:
        return _form(there, form, was)
    new = form.changed(was.series, there)
    try:
        found = schedule.changed(board, actor(), there, was, new)
    except InvalidRequest as wrong:
        return _form(there, form, was, wrong)
    return _done(there, board, found, form.agreed.data, form=form, rule=rule_of(new))


@PAGES.post("/<series>/koniec")
@only(Role.ADMIN)
def end(point: str, series: str) -> str | Response:
    """Show what ending a rule would do; once that was agreed to, end it from tomorrow on."""
    there, board = _planned(point)
    was = _reach(board, there, series, request.form.get("etag"))
    found = schedule.changed(board, actor(), there, was, None)
    agreed = request.form.get("agreed")
    return _done(there, board, found, agreed, rule=rule_of(was.series))


@PAGES.get("/<series>/zmiany/<int:number>")
@only(Role.ADMIN)
def edited(point: str, series: str, number: int) -> str:
    """Show an edit that was made, and offer to undo it while it is the last."""
    there, board = _planned(point)
    edit = _edit(board, there, series, number)
    return shown(
        "clinic/rule_edited.html",
        there,
        edit=edit,
        before=rule_of(edit.before) if edit.before else None,
        after=rule_of(edit.after) if edit.after else None,
        is_last=not board.schedules.has_ended(there.id, number),
        done=request.args.get("done") == "1",
        waits=request.args.get("waits") == "1",
    )


@PAGES.post("/<series>/zmiany/<int:number>/cofnij")
@only(Role.ADMIN)
def undo(point: str, series: str, number: int) -> str | Response:
    """Show what undoing an edit would do; once that was agreed to, undo it."""
    there, board = _planned(point)
    found = schedule.undone(board, actor(), there, SeriesId(series), number)
    after = found.edit.after
    agreed = request.form.get("agreed")
    return _done(there, board, found, agreed, rule=rule_of(after) if after else None)


def rule_of(series: Series) -> Rule:
    """Return a series as people read it."""
    names = dict(every_vaccine())
    return Rule(
        series=series,
        days=days_text(series.weekdays),
        breaks=breaks_text(series.breaks),
        vaccine=names.get(series.vaccine, series.vaccine),
        dose=dose_text(series.dose),
        an_hour=places_an_hour(series),
        a_week=places_a_week(series),
    )


def every_vaccine() -> list[tuple[str, str]]:
    """Return all vaccines, code and name."""
    found = (one for programme in suite().desk.programmes.all() for one in programme.vaccines)
    return [(one.code, one.name) for one in found]


def vaccines_of(there: Point) -> list[tuple[str, str]]:
    """Return the vaccines that a point gives, code and name."""
    return [(code, name) for code, name in every_vaccine() if code in there.vaccines]


def preview_of(found: Impact) -> Preview:
    """Return what an edit would do, in numbers."""
    return Preview(
        creates=places_in(found.plan.creates),
        withdraws=places_in(found.plan.withdraws),
        keeps=places_in(found.plan.keeps),
        visits=found.visits,
        staying=len(keeping_their_time(found.plan, found.visits)),
    )


def _planned(point: str) -> tuple[Point, Board]:
    suite().limiter.admit("schedule", actor().subject)
    board: Board = suite().board
    return schedule.point_of(board, actor(), the_point(point).id), board


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
    return shown("clinic/rule.html", there, form=form, was=was, wrong=wrong)


def _done(
    there: Point,
    board: Board,
    found: Impact,
    agreed: str | None,
    *,
    rule: Rule | None,
    form: RuleForm | None = None,
) -> str | Response:
    """Show what an edit would do, or carry it out where just that was agreed to."""
    preview = preview_of(found)
    if found.plan is not schedule.EMPTY and agreed != preview.agreement:
        return shown(
            "clinic/rule_preview.html",
            there,
            preview=preview,
            rule=rule,
            ends=found.edit.after is None,
            sent=_sent(request.form),
            form=form,
        )
    edit, waits = found.edit, None
    if found.plan is not schedule.EMPTY:
        edit = schedule.begin(board, found)
        try:
            settle(board, edit)
        except Overloaded:
            # Upkeep completes what is cut off.
            waits = 1
    to = url_for(
        "rules.edited", point=there.id, series=edit.series, number=edit.number, done=1, waits=waits
    )
    return redirect(to, 303)


def _sent(form: Any) -> list[tuple[str, str]]:
    """Return what was sent, to be sent again by who agrees."""
    own: Mapping[str, list[str]] = form.to_dict(flat=False)
    held_back = ("csrf_token", "agreed", "again")
    return [(name, one) for name, some in own.items() if name not in held_back for one in some]

"""The week: what is open and how much of it is taken; and closing the point, or a room of it."""

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import Self

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, RadioField, SelectField, TimeField

from erejestracja.domain import calendar
from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.point import Point
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.services import closing, schedule
from erejestracja.services.closing import Asked
from erejestracja.services.schedule import Board
from erejestracja.web.clinic.points import DESK_STAFF, HOME, named_day, shown, the_point
from erejestracja.web.clinic.vaccines import every_vaccine
from erejestracja.web.clinic.week_grid import Opening, coloured, grid_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, choices, required
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("week", __name__, url_prefix=f"{HOME}/<point>/tydzien")
ONE_DAY = timedelta(days=1)


class ClosingForm(PageForm):
    """When the point, or a room of it, is shut, why, and what becomes of visits."""

    on = DateField("clinic.closing.on", [required()])
    from_ = TimeField("clinic.closing.from", [required()], name="from", default=time(0))
    to = TimeField("clinic.closing.to", [required()], default=time(23, 59))
    room = SelectField("clinic.closing.room", default="")
    reason = RadioField(
        "clinic.closing.reason",
        [required()],
        choices=lambda: choices("clinic.closing.reasons", ClosureReason, t),
    )
    strategy = RadioField(
        "clinic.closing.strategy",
        [required()],
        choices=lambda: choices("clinic.closing.strategies", Strategy, t),
        default=Strategy.REACCOMMODATE.value,
    )
    agreed = HiddenField()

    def offer(self, rooms: Iterable[str]) -> Self:
        """Say what may be shut, in the page's language: all of it comes first."""
        self.room.choices = [("", t("clinic.closing.whole")), *((one, one) for one in rooms)]
        return self


@PAGES.get("")
@only(*DESK_STAFF)
def week(point: str) -> str:
    """Show a week, Monday to Sunday."""
    there = the_point(point)
    board: Board = suite().board
    today = calendar.local_day(suite().desk.clock.now())
    first = _monday(today)
    days = [first + n * ONE_DAY for n in range(7)]
    return shown(
        "clinic/week.html",
        there,
        first=first,
        last=days[-1],
        today=today,
        grid=grid_of(days, _openings(there, board, days)),
        before=first - calendar.A_WEEK,
        after=first + calendar.A_WEEK,
        is_admin=Role.ADMIN in actor().roles,
        closures=[one for one in board.schedules.closures(there.id).all if not one.undone],
    )


@PAGES.get("/zamkniecie")
@only(Role.ADMIN)
def ask_to_close(point: str) -> str:
    """Ask when and why the point is shut."""
    there = the_point(point)
    form = ClosingForm(on=named_day("on")).offer(closing.rooms(suite().board, there))
    return shown("clinic/closing.html", there, form=form, wrong=None, found=None)


@PAGES.post("/zamkniecie")
@only(Role.ADMIN)
def close(point: str) -> str | Response:
    """Show whom it hits; once that was seen and agreed to, carry it out."""
    there = _as_admin(point)
    board: Board = suite().board
    form = ClosingForm.read().offer(closing.rooms(board, there))
    if not form.validate():
        return shown("clinic/closing.html", there, form=form, wrong=None, found=None)
    try:
        found = closing.closed(board, actor(), there, _asked(form))
    except InvalidRequest as wrong:
        return shown("clinic/closing.html", there, form=form, wrong=wrong, found=None)
    hit = [visit for one in found.impacts for visit in one.visits]
    # What was agreed to is that many visits; if there are others by now, that is asked again.
    if form.agreed.data != str(len(hit)):
        return shown("clinic/closing.html", there, form=form, wrong=None, found=found, hit=hit)
    closing.carry_out(board, found)
    return redirect(url_for("week.closure", point=point, number=found.closure.closed.number), 303)


@PAGES.get("/zamkniecie/<int:number>")
@only(Role.ADMIN)
def closure(point: str, number: int) -> str:
    """Show how far a closing is, and who cannot be told by message."""
    there = the_point(point)
    found = closing.progress(suite().board, suite().hits, there, number)
    return shown("clinic/closure.html", there, found=found)


@PAGES.post("/zamkniecie/<int:number>/cofnij")
@only(Role.ADMIN)
def reopen(point: str, number: int) -> Response:
    """Open again what is still ahead."""
    there = _as_admin(point)
    board: Board = suite().board
    closing.carry_out(board, closing.reopened(board, actor(), there, number))
    return redirect(url_for("week.closure", point=point, number=number), 303)


def _as_admin(point: str) -> Point:
    suite().limiter.admit("schedule", actor().subject)
    there = the_point(point)
    return schedule.point_of(suite().board, actor(), there.id)


def _asked(form: ClosingForm) -> Asked:
    """Return what the form means. Raises InvalidRequest for hours that the clock skips."""
    data = form.data
    try:
        from_ = calendar.instant(data["on"], data["from_"])
        last = calendar.instant(data["on"], data["to"])
    except ValueError:
        raise InvalidRequest({"from": "clinic.closing.no_such_hour"}) from None
    ends = last + timedelta(minutes=1) if data["to"] == time(23, 59) else last
    why, room = ClosureReason(data["reason"]), data["room"] or None
    return Asked(from_, ends, why, Strategy(data["strategy"]), room)


def _openings(there: Point, board: Board, days: Sequence[date]) -> list[Opening]:
    """Return what is open on some days, and how much of it is taken."""
    sessions = board.schedules.sessions(there.id, days)
    states = suite().desk.stock.states(sessions) if sessions else []
    return coloured(states, dict(every_vaccine()))


def _monday(today: date) -> date:
    return calendar.monday_of(named_day("on") or today)

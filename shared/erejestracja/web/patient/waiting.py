"""Let me know when something becomes free: what is kept, who is before one, what is offered now."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    InvalidRequest,
    NotFound,
    SlotTaken,
    VersionMismatch,
)
from erejestracja.domain.waiting import EntryId
from erejestracja.services import waiting
from erejestracja.services.waiting import WaitingRoom
from erejestracja.web.patient.awaited import awaited, wish_rows
from erejestracja.web.patient.record import LIMIT, note_look
from erejestracja.web.patient.whose import whose
from erejestracja.web.patient.wishes import Asked
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("waiting", __name__, url_prefix="/czekam")
SAID = frozenset({"asked", "declined", "withdrawn", "late"})


@PAGES.get("")
@only(Role.PATIENT)
def entries() -> str:
    """Show for what the person waits, and what is offered now."""
    room: WaitingRoom = suite().waiting
    suite().limiter.admit(LIMIT, actor().subject)
    note_look("waiting.viewed", whose())
    found = [awaited(room, one) for one in waiting.standings(room, whose())]
    done = request.args.get("done")
    return render_template(
        "patient/waiting.html",
        # Only one clock can run on a page: that of what is offered first.
        entries=sorted(found, key=lambda one: one.offer.seconds if one.offer else float("inf")),
        done=done if done in SAID else None,
        now=room.desk.clock.now(),
    )


@PAGES.get("/nowe")
@only(Role.PATIENT)
def new() -> str:
    """Show what would be kept of the filters, before it is."""
    asked = Asked.read()
    return render_template(
        "patient/wait.html",
        wish=wish_rows(suite().desk, asked.sound()),
        placeless=_is_placeless(asked),
        filters=request.query_string.decode("ascii", "ignore"),
    )


@PAGES.post("/nowe")
@only(Role.PATIENT)
def ask() -> str | Response:
    """Keep the wish: from here on the person waits."""
    suite().limiter.admit("bookings", actor().subject)
    asked = Asked.read()
    try:
        waiting.ask(suite().waiting, actor(), whose(), asked.sound())
    except InvalidRequest:
        page = render_template(
            "patient/wait.html",
            wish=wish_rows(suite().desk, asked.sound()),
            placeless=True,
            filters=request.query_string.decode("ascii", "ignore"),
        )
        return make_response(page, 400)
    return _back("asked")


@PAGES.post("/<entry>/przyjmij")
@only(Role.PATIENT)
def accept(entry: str) -> Response:
    """Take the place that is offered."""
    suite().limiter.admit("bookings", actor().subject)
    try:
        visit = waiting.accept(suite().waiting, actor(), whose(), EntryId(entry))
    except AlreadyBooked as already:
        return redirect(url_for("visits.visit", visit=already.visit, done="already"), 303)
    except (HoldExpired, SlotTaken, VersionMismatch, NotFound):
        return _back("late")
    done = "booked" if visit.version == 1 else "moved"
    return redirect(url_for("visits.visit", visit=visit.id, done=done), 303)


@PAGES.post("/<entry>/odmow")
@only(Role.PATIENT)
def decline(entry: str) -> Response:
    """Say no to it; it goes to the next at once."""
    suite().limiter.admit("bookings", actor().subject)
    try:
        waiting.decline(suite().waiting, actor(), whose(), EntryId(entry))
    except (HoldExpired, NotFound):
        return _back("late")
    return _back("declined")


@PAGES.post("/<entry>/zrezygnuj")
@only(Role.PATIENT)
def withdraw(entry: str) -> Response:
    """Wait no more."""
    suite().limiter.admit("bookings", actor().subject)
    waiting.withdraw(suite().waiting, actor(), whose(), EntryId(entry))
    return _back("withdrawn")


def _is_placeless(asked: Asked) -> bool:
    area = asked.sound().area
    return area.near is None and not area.teryt


def _back(done: str) -> Response:
    return redirect(url_for("waiting.entries", done=done), 303)

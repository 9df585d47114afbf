"""The supervisor's board; it renews itself where scripts run, and by its link where they do not."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.board import Wait
from erejestracja.domain.errors import NotFound, OverrideNotStanding, SecondPersonNeeded
from erejestracja.domain.override import OverrideId
from erejestracja.services import overrides
from erejestracja.services.board import MOST, board_of
from erejestracja.web.hotline.desk import HOME, hotline
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("board", __name__, url_prefix=f"{HOME}/nadzor")
# What a decision is answered with: a key of a text.
DONE = {
    "consented": "override.board.done.consented",
    "refused": "override.board.done.refused",
    "over": "override.board.over",
    "own": "override.board.own",
}


@PAGES.get("")
@only(Role.SUPERVISOR)
def board() -> str:
    """Show what waits to be decided, and the hotline in figures."""
    found = board_of(suite().figures, suite().clock, actor())
    desk = hotline().desk
    return render_template(
        "hotline/board.html",
        board=found,
        waits=tuple(Wait),
        most=MOST,
        waiting=overrides.waiting(desk, actor()),
        names={one.id: one.names for one in desk.programmes.all()},
        mine=actor().subject,
        done=DONE.get(request.args.get("done", "")),
    )


@PAGES.post("/odstapienia/<override>/zgoda")
@only(Role.SUPERVISOR)
def consent(override: str) -> Response:
    """Consent to an override."""
    return _decided(override, consents=True)


@PAGES.post("/odstapienia/<override>/odmowa")
@only(Role.SUPERVISOR)
def refuse(override: str) -> Response:
    """Refuse an override."""
    return _decided(override, consents=False)


def _decided(override: str, *, consents: bool) -> Response:
    suite().limiter.admit("bookings", actor().subject)
    desk, named = hotline().desk, OverrideId(override)
    try:
        made = overrides.decide(desk, actor(), named, g.request_id, consents=consents)
        done = made.status.value
    except (NotFound, OverrideNotStanding):
        done = "over"
    except SecondPersonNeeded:
        done = "own"
    return redirect(url_for("board.board", done=done), 303)

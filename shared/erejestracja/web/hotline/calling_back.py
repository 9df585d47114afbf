"""Calls that the hotline owes: who is next, how one's own went, and numbers of a full line."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest
from erejestracja.services import calling_back
from erejestracja.web.hotline.desk import HOME, hotline
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("calling_back", __name__, url_prefix=f"{HOME}/oddzwonienia")
SHOWN = 20


@PAGES.get("")
@only(Role.AGENT)
def overview() -> str:
    """Offer who is next; nobody's name and no number is shown before one is taken."""
    return _page()


@PAGES.post("")
@only(Role.AGENT)
def take() -> str | Response:
    """Take who is next, in a call of its own."""
    suite().limiter.admit("identify", actor().subject)
    call = calling_back.take_next(hotline(), actor(), g.request_id)
    if call is None:
        return _page(said="hotline.back.nobody")
    return redirect(url_for("call.call", call=call.id), 303)


@PAGES.post("/numery")
@only(Role.AGENT)
def owe() -> str:
    """Put the number of who met a full line on the list."""
    try:
        calling_back.owe(hotline(), actor(), request.form.get("number", ""))
    except InvalidRequest:
        return _page(wrong=True)
    return _page(said="hotline.back.noted")


def _page(*, said: str | None = None, wrong: bool = False) -> str:
    attempts = hotline().callbacks.attempts(actor().subject, SHOWN)
    return render_template("hotline/back.html", attempts=attempts, said=said, wrong=wrong)

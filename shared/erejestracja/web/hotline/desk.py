"""The agent's desk: take the next call, or go on with one that was cut off."""

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.call import CallId
from erejestracja.services import calls
from erejestracja.services.calls import Hotline
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

HOME = "/infolinia"
PAGES = Blueprint("desk", __name__, url_prefix=HOME)


def hotline() -> Hotline:
    """Return what the use cases of the hotline work with."""
    found: Hotline = suite().hotline
    return found


@PAGES.get("")
@only(Role.AGENT)
def desk() -> str | Response:
    """Offer a new call and what is unfinished; an open call comes first."""
    found = hotline().calls.open_of(actor().subject)
    if found is not None:
        return redirect(url_for("call.call", call=found.id), 303)
    return render_template(
        "hotline/desk.html", unfinished=hotline().calls.unfinished(actor().subject)
    )


@PAGES.post("/rozmowy")
@only(Role.AGENT)
def take() -> Response:
    """Open a call record."""
    found = calls.open_call(hotline(), actor())
    return redirect(url_for("call.call", call=found.id), 303)


@PAGES.post("/rozmowy/<call>/wznow")
@only(Role.AGENT)
def resume(call: str) -> Response:
    """Go on with a call that was cut off."""
    found = calls.resume(hotline(), actor(), CallId(call))
    return redirect(url_for("call.call", call=found.id), 303)

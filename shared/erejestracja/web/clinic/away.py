"""What a point's browser keeps for when the network or the suite is away."""

from flask import Blueprint, Response, render_template, request

from erejestracja.web.clinic.points import HOME
from erejestracja.web.ui.app import suite

PAGES = Blueprint("away", __name__, url_prefix=HOME)
KEEPER = "keeper.js"


@PAGES.get("/bez-polaczenia")
def away() -> str:
    """Say that nothing was saved, and what to do; kept by browsers, so it names nobody."""
    return render_template("clinic/away.html")


@PAGES.get(f"/{KEEPER}")
def keeper() -> Response:
    """Answer with the script that keeps the list, at an address of its own.

    A browser lets a service worker keep pages below its address only, and asks for it again to
    see whether it has changed; so it is not among the files that are kept for ever.
    """
    assets = suite().assets
    coding = request.headers.get("Accept-Encoding", "")
    content, headers = assets.answer(assets.url(KEEPER), coding)
    own = {"Cache-Control": "no-cache", "Service-Worker-Allowed": HOME}
    return Response(content, headers={**headers, **own})

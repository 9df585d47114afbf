"""What an application still does while work is done on the suite: all, only show, or nothing."""

from enum import StrEnum

from flask import Response, render_template, request

from erejestracja.web.health import PATH as HEALTH_PATH
from erejestracja.web.ui.assets import BASE

RETRY_AFTER_S = 600
READS = frozenset({"GET", "HEAD", "OPTIONS"})


class Mode(StrEnum):
    """How far an application is open."""

    OPEN = "open"
    READ_ONLY = "readOnly"
    CLOSED = "closed"


def check() -> Response | None:
    """Answer in place of a page that the application's mode keeps back."""
    from erejestracja.web.ui.app import suite

    mode = suite().mode
    served = request.path == HEALTH_PATH or request.path.startswith(BASE)
    if mode is Mode.OPEN or served or (mode is Mode.READ_ONLY and request.method in READS):
        return None
    answer = Response(render_template("ui/paused.html", mode=mode), 503)
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def notice() -> str | None:
    """Return the key of what every page says of the mode, None while all is open."""
    from erejestracja.web.ui.app import suite

    return "ui.mode.readOnly.notice" if suite().mode is Mode.READ_ONLY else None

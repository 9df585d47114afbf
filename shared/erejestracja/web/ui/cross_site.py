"""Forms of ours, sent by our own pages: two locks, either of which would do.

Browsers say themselves where a request comes from (Sec-Fetch-Site, Origin), and each form of a
signed-in person carries a token that only our pages can know.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.wrappers import Response

from erejestracja.domain.errors import NotAllowed
from erejestracja.web.ui import visitors

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf_token"
OURS = frozenset({"same-origin", "none"})


Page = Callable[..., Any]


def open_to_others(page: Page) -> Page:
    """Mark a page that others post to, and that checks by itself who they are."""
    page.open_to_others = True  # type: ignore[attr-defined]
    return page


def check() -> Response | None:
    """Refuse what another site had a browser send. Raises NotAllowed."""
    if request.method in SAFE:
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "open_to_others", False):
        return None
    if not _is_from_us():
        raise NotAllowed
    token = request.form.get(FIELD)
    if visitors.visitor() is not None and not _tokens().is_for(visitors.forms_of(), token):
        raise NotAllowed
    return None


def token() -> str:
    """Return what a form carries; another text each time it is asked for."""
    return str(_tokens().issue(visitors.forms_of()))


def _is_from_us() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in OURS
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc == request.host


def _tokens() -> Any:
    from erejestracja.web.ui.app import suite

    return suite().form_tokens

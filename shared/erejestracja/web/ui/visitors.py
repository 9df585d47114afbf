"""Who is looking at a page: the session its cookie names."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from urllib.parse import quote

from flask import current_app, g, redirect, request
from werkzeug.wrappers import Response

from erejestracja.auth.sessions import WebSession
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import NotAllowed

COOKIE = "__Host-session"
LOGIN = "/auth/login"
LONGEST_ID = 100
Page = Callable[..., Any]


def session_id() -> str:
    """Return what the cookie says, or nothing."""
    found = request.cookies.get(COOKIE, "")
    return found if len(found) <= LONGEST_ID else ""


def visitor() -> WebSession | None:
    """Return who is signed in, asked of the sessions once a request."""
    if "visitor" not in g:
        from erejestracja.web.ui.app import suite

        known = session_id()
        g.visitor = suite().sessions.get(known) if known else None
    found: WebSession | None = g.visitor
    return found


def signed_in() -> WebSession:
    """Return who is signed in, on pages that ask for it."""
    found = visitor()
    if found is None:
        raise LookupError("this page is for everybody")
    return found


def change(session: WebSession) -> None:
    """Keep a session as it is from here on."""
    from erejestracja.web.ui.app import suite

    g.visitor = session
    suite().sessions.keep(session_id(), session)


def remember(**defaults: str) -> None:
    """Keep what was filled in, to be offered again while the session lasts."""
    change(replace(signed_in(), defaults={**signed_in().defaults, **defaults}))


def forms_of() -> str:
    """Return what a form is good for: this session, and for whom it acts."""
    found = visitor()
    whom = found.acting_for if found else None
    return f"{session_id()}:{whom}" if whom else session_id()


def actor() -> Actor:
    """Return who acts, on pages that ask for somebody to be signed in."""
    return signed_in().actor


def only(*roles: Role, may_be_limited: bool = False) -> Callable[[Page], Page]:
    """Let only these roles see a page; who is not signed in is asked to, and comes back.

    Who came by a code in a text message reaches one referral, and pages that `may_be_limited`.
    """

    def guard(page: Page) -> Page:
        @wraps(page)
        def guarded(**arguments: Any) -> Any:
            found = visitor()
            if found is None:
                return to_login("patient" if Role.PATIENT in roles else "staff")
            if not found.actor.roles & set(roles) or (found.referral and not may_be_limited):
                raise NotAllowed
            return page(**arguments)

        return guarded

    return guard


def to_login(who: str) -> Response:
    """Return the way to the sign-in page and back; a form that was sent is not sent again."""
    is_read = request.method in ("GET", "HEAD")
    path = request.full_path.rstrip("?") if is_read else _home()
    return redirect(f"{LOGIN}?as={who}&next={quote(path, safe='')}", 303)


def _home() -> str:
    return str(current_app.config.get("HOME", "/"))

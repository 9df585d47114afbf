"""Signing in: to the provider, back with a code, and on to where the person was going."""

import logging

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.auth.addresses import client_of
from erejestracja.auth.identity import Identity, SignInFailed, Why, check_strength
from erejestracja.auth.sessions import WebSession
from erejestracja.auth.sign_in import LIFE_S, UnderWay, local_path
from erejestracja.domain.actor import Role
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import COOKIE, session_id

PAGES = Blueprint("sign_in", __name__, url_prefix="/auth")
UNDER_WAY = "__Host-sign-in"
LIMIT = "sign_ins"
SAID_BY_PROVIDER = {"access_denied": Why.CANCELLED}
STATUS = {Why.UNAVAILABLE: 503, Why.CANCELLED: 200}
# Where people begin who were going nowhere in particular.
HOMES = (
    (Role.PATIENT, "/moje"),
    (Role.AGENT, "/infolinia"),
    (Role.SUPERVISOR, "/infolinia/nadzor"),
    (Role.COORDINATOR, "/punkt/region"),
)
HOME_OF_STAFF = "/punkt"

log = logging.getLogger(__name__)


@PAGES.get("/login")
def login() -> Response:
    """Send the browser to the provider."""
    suite().limiter.admit(LIMIT, client_of(request))
    return _begin(local_path(request.args.get("next")))


@PAGES.get("/callback")
def callback() -> Response:
    """Take the browser back: begin a session, and go on to where the person was going."""
    suite().limiter.admit(LIMIT, client_of(request))
    try:
        under_way = suite().sign_ins.open(
            request.cookies.get(UNDER_WAY, ""), request.args.get("state", "")
        )
        identity = _finish(under_way)
        try:
            check_strength(identity)
        except SignInFailed as failed:
            if failed.why is Why.ONE_FACTOR and not under_way.again:
                return _begin(under_way.to, again=True)
            raise
    except SignInFailed as failed:
        log.warning("nobody is signed in: %s", failed.why)
        return _failed(failed.why)
    return _signed_in(identity, under_way.to)


def _begin(to: str, *, again: bool = False) -> Response:
    begun = suite().identities.begin(again=again)
    answer = redirect(begun.url, 303)
    sealed = suite().sign_ins.seal(UnderWay(begun, to, again))
    # Lax: the provider's way back is a plain visit from another site, and must find it.
    answer.set_cookie(
        UNDER_WAY, sealed, max_age=LIFE_S, secure=True, httponly=True, samesite="Lax", path="/"
    )
    return answer


def _finish(under_way: UnderWay) -> Identity:
    error, code = request.args.get("error"), request.args.get("code")
    if error is not None or not code:
        raise SignInFailed(SAID_BY_PROVIDER.get(error or "", Why.UNAVAILABLE))
    found: Identity = suite().identities.finish(under_way.begun, code)
    return found


def _signed_in(identity: Identity, to: str) -> Response:
    """Begin a session under a new id; one that the browser had before ends."""
    now = suite().clock.now()
    earlier = session_id()
    if earlier:
        suite().sessions.end(earlier)
    opened = suite().sessions.open(
        WebSession(
            actor=identity.actor,
            given_name=identity.given_name,
            family_name=identity.family_name,
            assurance=identity.assurance,
            signed_in_at=now,
            seen_at=now,
            sid=identity.sid,
        )
    )
    answer = redirect(to if to != "/" else _home_of(identity), 303)
    answer.set_cookie(COOKIE, opened, secure=True, httponly=True, samesite="Lax", path="/")
    answer.delete_cookie(UNDER_WAY, secure=True, httponly=True, samesite="Lax", path="/")
    return answer


def _home_of(identity: Identity) -> str:
    roles = identity.actor.roles
    return next((home for role, home in HOMES if role in roles), HOME_OF_STAFF)


def _failed(why: Why) -> Response:
    page = render_template(
        "identity/failed.html", why=why.value, again=url_for("sign_in.login", next="/")
    )
    answer = make_response(page, STATUS.get(why, 403))
    answer.delete_cookie(UNDER_WAY, secure=True, httponly=True, samesite="Lax", path="/")
    return answer

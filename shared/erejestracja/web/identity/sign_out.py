"""Signing out: here and at the provider, and here when the provider says so."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from erejestracja.domain.errors import InvalidRequest, Unauthenticated
from erejestracja.web.ui import security
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.cross_site import open_to_others
from erejestracja.web.ui.visitors import COOKIE, session_id

PAGES = Blueprint("sign_out", __name__, url_prefix="/auth")
LONGEST_TOKEN = 8 * 1024
HOME = "/"


@PAGES.post("/logout")
def logout() -> AnyResponse:
    """End the session, and go on to the provider to end its own.

    The way there is a page that goes on by itself, not a redirect: browsers hold a form's policy
    against every address that its answer leads to.
    """
    known = session_id()
    ended = suite().sessions.end(known) if known else None
    # Who came by a code has no session there.
    by_code = ended is not None and ended.referral is not None
    on = HOME if by_code else suite().identities.sign_out_url()
    answer = make_response(render_template("identity/signed_out.html", on=on))
    answer.headers["Refresh"] = f"0; url={on}"
    # Whatever the browser still has of the pages of this session, a point's kept list included.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax", path="/")
    return answer


@PAGES.post("/backchannel-logout")
@open_to_others
def from_provider() -> Response:
    """End what came of a session that the provider has ended. Raises InvalidRequest."""
    token = request.form.get("logout_token", "")
    try:
        sid = suite().identities.signed_out(token[:LONGEST_TOKEN])
    except Unauthenticated:
        raise InvalidRequest({"logout_token": "does not hold"}) from None
    suite().sessions.end_all(sid)
    return Response(status=200, headers={"Cache-Control": "no-store"})


@PAGES.get("/frontchannel-logout")
def in_a_frame() -> Response:
    """End the same from a frame on the provider's page. Raises InvalidRequest.

    The provider's session id is a secret between it and us, so knowing it is enough.
    """
    issuer, sid = request.args.get("iss", ""), request.args.get("sid", "")
    if not suite().identities.is_ours(issuer) or not sid:
        raise InvalidRequest({"iss": "is not our provider"})
    suite().sessions.end_all(sid)
    parts = urlsplit(issuer)
    security.allow(frame_ancestors=f"{parts.scheme}://{parts.netloc}")
    return Response(status=200, headers={"Cache-Control": "no-store"})

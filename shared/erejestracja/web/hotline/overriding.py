"""Asking for a rule to be set aside in a call; the state of it, for the screen to follow."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.call import Call, CallId
from erejestracja.domain.errors import (
    HoldExpired,
    InvalidRequest,
    NotFound,
    NotOverridable,
    OverrideWaiting,
    Reason,
)
from erejestracja.domain.ids import PatientId, ReferralId
from erejestracja.domain.override import Ground, Status
from erejestracja.services import calls, holds, overrides
from erejestracja.services.overrides import AskFor
from erejestracja.web.hotline.desk import HOME, hotline
from erejestracja.web.hotline.known import overriding_of
from erejestracja.web.hotline.screen import screen, tongue
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("overriding", __name__, url_prefix=f"{HOME}/rozmowa/<call>/odstapienie")
NO_NEWS = ("", 204)


@PAGES.post("")
@only(Role.AGENT)
def ask(call: str) -> str | Response:
    """Ask the supervisor; a place that is kept is kept for longer."""
    suite().limiter.admit("bookings", actor().subject)
    found, patient = _meant(call)
    try:
        wanted = AskFor(
            patient=patient,
            referral=ReferralId(request.form.get("referral", "")),
            rule=Reason(request.form.get("rule", "")),
            ground=Ground(request.form.get("ground", "")),
            call=found.id,
        )
    except ValueError:
        raise InvalidRequest({"ground": t("ui.form.missing")}) from None
    try:
        overrides.ask(hotline().desk, actor(), wanted, g.request_id)
    except (NotOverridable, OverrideWaiting) as no:
        return screen(found, said=f"problem.{no.code}.detail")
    _keep_longer(found, patient)
    return _back(call)


@PAGES.get("")
@only(Role.AGENT)
def state(call: str) -> str | tuple[str, int]:
    """Say how it stands; nothing while it waits to be decided, where a script asks again."""
    found, patient = _meant(call)
    now = overriding_of(found, patient)
    if now.state is Status.ASKED and "again" in request.args:
        return NO_NEWS
    return render_template("hotline/override.html", call=found, person=_person(), over=now)


@PAGES.post("/wycofaj")
@only(Role.AGENT)
def withdraw(call: str) -> Response:
    """Withdraw it: the caller does without."""
    found, patient = _meant(call)
    last = overriding_of(found, patient).last
    if last is None:
        raise NotFound
    overrides.withdraw(hotline().desk, actor(), last.id, g.request_id)
    return _back(call)


def _meant(call: str) -> tuple[Call, PatientId]:
    return calls.person_in(hotline(), actor(), CallId(call), _person())


def _person() -> int:
    return request.values.get("person", 0, type=int)


def _keep_longer(found: Call, patient: PatientId) -> None:
    held = found.people[_person()].hold
    if held is None:
        return
    try:
        holds.extend(hotline().desk, patient, held)
    except HoldExpired:
        return


def _back(call: str) -> Response:
    return redirect(url_for("call.call", call=call, read=tongue()), 303)

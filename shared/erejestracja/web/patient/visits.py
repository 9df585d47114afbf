"""A visit: when and where, what to bring; take it along, change it, cancel it."""

import io
from collections.abc import Sequence

from flask import Blueprint, Response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse
from wtforms import RadioField

from erejestracja.domain.actor import Role
from erejestracja.domain.consent import consent_of
from erejestracja.domain.errors import NotFound
from erejestracja.domain.ids import VisitId
from erejestracja.domain.visit import CancelReason, Visit
from erejestracja.services import booking
from erejestracja.services.desk import Desk
from erejestracja.web.ics import calendar
from erejestracja.web.patient.family import ONESELF, people
from erejestracja.web.patient.record import LIMIT, note_look
from erejestracja.web.patient.shown import shown
from erejestracja.web.patient.whose import in_reach, whose
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, choices, required
from erejestracja.web.ui.language import language
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only, signed_in

PAGES = Blueprint("visits", __name__, url_prefix="/wizyty")
# Why a person cancels; that the point does is not theirs to say.
REASONS = (
    CancelReason.PATIENT,
    CancelReason.ILLNESS,
    CancelReason.VACCINATED_ELSEWHERE,
    CancelReason.OTHER,
)
SAID = frozenset({"booked", "moved", "cancelled", "already"})


class CancelForm(PageForm):
    """Why the visit is cancelled."""

    reason = RadioField(
        "patient.cancel.reason",
        [required()],
        choices=lambda: choices("patient.cancel.reasons", REASONS, t),
        default=CancelReason.PATIENT.value,
    )


@PAGES.get("/<visit>")
@only(Role.PATIENT, may_be_limited=True)
def visit(visit: str) -> str:
    """Show a visit; after it was booked, moved or cancelled, say that first."""
    found = _seen(visit)
    done = request.args.get("done")
    desk: Desk = suite().desk
    one, person = shown(desk, found), desk.records.person(found.patient)
    return render_template(
        "patient/visit.html",
        one=one,
        done=done if done in SAID else None,
        code=_code(found.id),
        person=person,
        consent=consent_of(desk.programmes.get(found.programme), person.birth_date, one.day)
        if person
        else None,
        next_people=_next_people(found) if done == "booked" else (),
    )


@PAGES.get("/<visit>.ics")
@only(Role.PATIENT, may_be_limited=True)
def calendar_file(visit: str) -> Response:
    """Give the visit as a calendar file."""
    one = shown(suite().desk, _seen(visit))
    answer = Response(calendar(one.visit, one.point, language()), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="wizyta.ics"'
    return answer


@PAGES.get("/<visit>/odwolaj")
@only(Role.PATIENT, may_be_limited=True)
def cancel(visit: str) -> str | AnyResponse:
    """Ask whether the visit shall be cancelled, and why."""
    one = shown(suite().desk, _visit(visit))
    if not one.may_change:
        return redirect(url_for("visits.visit", visit=visit), 303)
    return render_template("patient/cancel.html", one=one, form=CancelForm())


@PAGES.post("/<visit>/odwolaj")
@only(Role.PATIENT, may_be_limited=True)
def cancelled(visit: str) -> str | AnyResponse:
    """Cancel the visit; its place is free at once."""
    desk: Desk = suite().desk
    suite().limiter.admit("bookings", actor().subject)
    found = _visit(visit)
    form = CancelForm.read()
    if not form.validate():
        return render_template("patient/cancel.html", one=shown(desk, found), form=form)
    booking.cancel(desk, actor(), found, CancelReason(form.data["reason"]))
    return redirect(url_for("visits.visit", visit=visit, done="cancelled"), 303)


def _next_people(booked: Visit) -> Sequence[tuple[str, str]]:
    """Return who else could be booked for now: all whom one may act for but the one just booked."""
    if signed_in().referral is not None:
        return ()
    just = ONESELF if booked.patient == actor().patient else booked.patient
    return [one for one in people() if one[0] != just]


def _visit(named: str) -> Visit:
    """Return a visit of whom the page is for; Raises NotFound."""
    suite().limiter.admit(LIMIT, actor().subject)
    found = booking.visit_of(suite().desk, actor(), VisitId(named))
    if found.patient != whose() or not in_reach(found.referral):
        raise NotFound
    return found


def _seen(named: str) -> Visit:
    found = _visit(named)
    note_look("visit.viewed", found.patient)
    return found


def _code(text: str) -> Markup:
    """Return a text as a QR code, drawn into the page."""
    import segno

    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        drawn,
        kind="svg",
        xmldecl=False,
        svgns=True,
        svgclass="app-code",
        lineclass=None,
        border=2,
        omitsize=True,
    )
    # Made by a library of an id of ours, which holds letters and digits only.
    return Markup(drawn.getvalue().decode())  # noqa: S704

"""A dose that nobody came for: who may have it instead, and letting them."""

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.errors import AlreadyBooked, InvalidRequest, VersionMismatch
from erejestracja.domain.ids import PointId, VisitId
from erejestracja.domain.point import Point
from erejestracja.services import swaps
from erejestracja.services.clinic import visit_at
from erejestracja.services.standby import Asking
from erejestracja.web.clinic.points import DESK_STAFF, HOME, shown, the_point
from erejestracja.web.clinic.vaccines import vaccines_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("swaps", __name__, url_prefix=f"{HOME}/<point>/wizyty/<visit>/zamiana")


@PAGES.get("")
@only(*DESK_STAFF)
def ask(point: str, visit: str) -> str:
    """Show who may have the dose; each look is written down for each of them."""
    suite().limiter.admit("record", actor().subject)
    return _proposed(the_point(point), visit)


@PAGES.post("")
@only(*DESK_STAFF)
def carry_out(point: str, visit: str) -> str | Response:
    """Let who has come have the dose, and visits change place."""
    suite().limiter.admit("bookings", actor().subject)
    there = the_point(point)
    chain = [VisitId(one) for one in request.form.get("chain", "").split()]
    version = request.form.get("version") or None
    try:
        now, *_ = swaps.carry_out(suite().clinic, _asking(there), VisitId(visit), version, chain)
    except (InvalidRequest, VersionMismatch, AlreadyBooked):
        return _proposed(there, visit, gone=True)
    return redirect(url_for("day.day", point=point, _anchor=now.id), 303)


def _proposed(there: Point, named: str, *, gone: bool = False) -> str:
    clinic = suite().clinic
    visit = visit_at(clinic, actor(), there.id, VisitId(named), None)
    try:
        dose, found = swaps.propose(clinic, _asking(there), visit.id)
    except (InvalidRequest, AlreadyBooked):
        dose, found = None, []
    return shown(
        "clinic/swaps.html",
        there,
        visit=visit,
        dose=dose,
        proposals=found,
        names=dict(vaccines_of(there)),
        gone=gone,
    )


def _asking(there: Point) -> Asking:
    return Asking(actor(), PointId(there.id), g.request_id)

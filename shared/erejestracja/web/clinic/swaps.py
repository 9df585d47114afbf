"""A dose that nobody came for: who may have it instead, letting them, and undoing that."""

import secrets

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.errors import AlreadyBooked, InvalidRequest, SwapStands, VersionMismatch
from erejestracja.domain.ids import PointId, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.swapped import SwapId, named_by
from erejestracja.services import swapping_back, swaps
from erejestracja.services.clinic import visit_at
from erejestracja.services.standby import Asking
from erejestracja.services.swapping_back import Made, Mistake
from erejestracja.web.clinic.dose import NoteForm
from erejestracja.web.clinic.points import DESK_STAFF, HOME, shown, the_point
from erejestracja.web.clinic.vaccines import vaccines_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("swaps", __name__, url_prefix=f"{HOME}/<point>/wizyty/<visit>/zamiana")
KEY_BYTES = 16


@PAGES.get("")
@only(*DESK_STAFF)
def ask(point: str, visit: str) -> str:
    """Show who may have the dose, or who has it by a swap; each look is written down."""
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
        swaps.carry_out(suite().clinic, _asking(there), VisitId(visit), version, chain)
    except (InvalidRequest, VersionMismatch, AlreadyBooked):
        return _proposed(there, visit, wrong=t("swaps.gone"))
    return redirect(url_for("swaps.ask", point=point, visit=visit, done=1), 303)


@PAGES.post("/cofnij")
@only(*DESK_STAFF)
def undo(point: str, visit: str) -> str | Response:
    """Undo a swap as one, and say why."""
    suite().limiter.admit("bookings", actor().subject)
    there, form = the_point(point), NoteForm.read()
    if not form.validate():
        return _proposed(there, visit, form=form)
    named = SwapId(request.form.get("swap", ""))
    mistake = Mistake(named, form.data["note"], request.form.get("key", ""))
    try:
        swapping_back.undo(suite().clinic, _asking(there), mistake)
    except SwapStands as stands:
        return _proposed(there, visit, wrong=_why(stands))
    return redirect(url_for("swaps.ask", point=point, visit=visit, undone=1), 303)


def _proposed(
    there: Point, named: str, *, wrong: str | None = None, form: NoteForm | None = None
) -> str:
    clinic = suite().clinic
    visit = visit_at(clinic, actor(), there.id, VisitId(named), None)
    try:
        dose, found = swaps.propose(clinic, _asking(there), visit.id)
    except (InvalidRequest, AlreadyBooked):
        made = swapping_back.made(clinic, _asking(there), visit)
        if made:
            return _made(there, made, wrong, form or NoteForm())
        dose, found = None, []
    return shown(
        "clinic/swaps.html",
        there,
        visit=visit,
        dose=dose,
        proposals=found,
        names=dict(vaccines_of(there)),
        wrong=wrong,
        undone=request.args.get("undone") == "1",
    )


def _made(there: Point, made: Made, wrong: str | None, form: NoteForm) -> str:
    """Show a swap that was made, and how it can be undone, or why it cannot."""
    mine = made.swap.by == actor().subject
    return shown(
        "clinic/swapped.html",
        there,
        dose=named_by(made.swap.id)[0],
        made=made,
        wrong=wrong,
        form=form,
        done=request.args.get("done") == "1",
        mine=mine,
        why_not=_why(SwapStands(made.lasts)) if mine and made.lasts and not wrong else None,
        key=secrets.token_urlsafe(KEY_BYTES),
    )


def _why(stands: SwapStands) -> str:
    return t(f"problem.{stands.code}.detail.{stands.reason}")


def _asking(there: Point) -> Asking:
    return Asking(actor(), PointId(there.id), g.request_id)

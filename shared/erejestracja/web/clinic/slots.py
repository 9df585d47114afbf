"""One run of slots of a day, slot by slot: how full it is, and changed for one slot alone."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, IntegerField, RadioField
from wtforms.validators import NumberRange

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest, NotFound
from erejestracja.domain.ids import SessionKey, SlotKey
from erejestracja.domain.point import Point
from erejestracja.domain.series import SeriesId
from erejestracja.domain.session import OFFERED, Session, SessionState, Visibility
from erejestracja.services import varying
from erejestracja.services.varying import SlotEdit
from erejestracja.web.clinic.edits import SlotChange, decided, planned
from erejestracja.web.clinic.points import DESK_STAFF, HOME, shown, the_point
from erejestracja.web.clinic.rule_text import vaccines_text
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, choices, required
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("slots", __name__, url_prefix=f"{HOME}/<point>/tydzien/<day>/<int:nr>")
MOST_PLACES = 50


class SlotForm(PageForm):
    """What one slot is to be."""

    agreed = HiddenField()
    places = IntegerField(
        "slots.places",
        [required(), NumberRange(0, MOST_PLACES, "slots.wrong_places")],
        description="slots.places_hint",
    )
    visibility = RadioField(
        "rules.visibility",
        [required()],
        choices=lambda: choices("rules.visibilities", OFFERED, t),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A slot with how many of its places are taken."""

    index: int
    starts_at: datetime
    taken: int


@PAGES.get("")
@only(*DESK_STAFF)
def slots(point: str, day: str, nr: int) -> str:
    """Show how full each slot is; managers may change those that are not of today."""
    there = the_point(point)
    session, series = _session(there, day, nr)
    [state] = suite().desk.stock.states([session])
    return shown(
        "clinic/slots.html",
        there,
        session=session,
        series=series,
        lines=_lines(state),
        vaccine=vaccines_text(session.vaccines),
        may_change=Role.ADMIN in actor().roles and session.key.day > suite().board.today(),
        is_admin=Role.ADMIN in actor().roles,
    )


@PAGES.get("/przesun")
@only(Role.ADMIN)
def move(point: str, day: str, nr: int) -> Response:
    """Go to the form of the rule that a block is of, which was dragged by some minutes."""
    there, _ = planned(point)
    _, series = _session(there, day, nr)
    shift, longer = (request.args.get(name, 0, type=int) for name in ("shift", "longer"))
    to = url_for("rules.ask_for_change", point=point, series=series, shift=shift, longer=longer)
    return redirect(to, 303)


@PAGES.get("/<int:index>")
@only(Role.ADMIN)
def ask(point: str, day: str, nr: int, index: int) -> str:
    """Ask what a slot is to be."""
    there, _ = planned(point)
    session, _ = _session(there, day, nr)
    form = SlotForm(places=session.places, visibility=session.visibility.value)
    return _form(there, session, index, form)


@PAGES.post("/<int:index>")
@only(Role.ADMIN)
def change(point: str, day: str, nr: int, index: int) -> str | Response:
    """Show what changing a slot would do; once that was agreed to, change it."""
    there, board = planned(point)
    session, _ = _session(there, day, nr)
    form = SlotForm.read()
    if not form.validate():
        return _form(there, session, index, form)
    places, visibility = form.data["places"], Visibility(form.data["visibility"])
    slot = SlotKey(session.key, index)
    try:
        found = varying.varied(board, actor(), there, slot, SlotEdit(places, visibility))
    except InvalidRequest as wrong:
        return _form(there, session, index, form, wrong)
    said = SlotChange(session.start_of(index), places, visibility)
    return decided(there, board, found, form.agreed.data, rule=None, slot=said)


def _session(there: Point, day: str, nr: int) -> tuple[Session, SeriesId]:
    """Return a session that stands. Raises NotFound."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise NotFound from None
    found: tuple[Session, SeriesId] | None = suite().board.schedules.session(
        SessionKey(there.id, on, nr)
    )
    if found is None:
        raise NotFound
    return found


def _lines(state: SessionState) -> list[Line]:
    session = state.session
    return [
        Line(index, session.start_of(index), session.places - state.free(index))
        for index in range(session.slots)
    ]


def _form(
    there: Point, session: Session, index: int, form: SlotForm, wrong: InvalidRequest | None = None
) -> str:
    if not session.has(SlotKey(session.key, index)):
        raise NotFound
    return shown("clinic/slot.html", there, session=session, index=index, form=form, wrong=wrong)

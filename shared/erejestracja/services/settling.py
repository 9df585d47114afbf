"""Settling an edit: sessions follow it in small commits, whoever began and whoever ends it."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from erejestracja.domain.claim import Claim
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, HoldId, PlaceKey, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Edit, shut_over
from erejestracja.domain.withdrawal import Withdrawal
from erejestracja.ports import Clash, Gone
from erejestracja.services.returns import give_back
from erejestracja.services.schedule import Board, compared, standing_of
from erejestracja.services.withdrawals import Held, next_step

TRIES = 8
SESSIONS_TOGETHER = 200
EDITS_A_RUN = 20
log = logging.getLogger(__name__)


class Superseded(Exception):  # noqa: N818 - an outcome, not a fault
    """A later edit replaced this one and settles what is left."""


def settle(board: Board, edit: Edit) -> None:
    """Withdraw what no longer fits, publish what is new, give visits their time back.

    In this order, so that a point never offers an hour twice. Again is no matter.
    Raises Overloaded.
    """
    point = board.schedules.point(edit.point)
    if point is None:
        return
    stands = standing_of(board, edit)
    leaving = [s.session for s in stands if s.leaving]
    plan = compared(board, edit, stands)
    try:
        goes = [*leaving, *plan.withdraws]
        claims = board.schedules.claims(goes) if goes else {}
        for session in goes:
            _withdraw(board, edit, point, session, claims.get(session.key, {}))
        for start in range(0, len(plan.creates), SESSIONS_TOGETHER):
            _publish(board, edit, point, plan.creates[start : start + SESSIONS_TOGETHER])
        for start in range(0, len(plan.relocates), SESSIONS_TOGETHER):
            _relocate(board, edit, plan.relocates[start : start + SESSIONS_TOGETHER])
        if goes or plan.creates:
            give_back(board, edit, point)
    except Superseded:
        pass
    board.schedules.finish(edit)


def settle_open(board: Board) -> int:
    """Complete the edits that were cut off; return how many."""
    edits = board.schedules.open_edits(EDITS_A_RUN)
    return sum(_settled(board, edit) for edit in edits)


def _settled(board: Board, edit: Edit) -> bool:
    try:
        settle(board, edit)
    except Overloaded:
        # One point that is being booked at this moment must not keep the others waiting.
        log.warning(
            "an edit of a series is not settled yet", extra={"facts": {"edit": edit.number}}
        )
        return False
    return True


def _withdraw(
    board: Board, edit: Edit, point: Point, session: Session, claims: Mapping[PlaceKey, Claim]
) -> None:
    failed = 0
    while step := _step(board, edit, point, session, claims):
        try:
            at = _withdrawn(board, edit, step)
        except (Clash, Gone):
            if board.schedules.has_ended(edit.point, edit.number):
                raise Superseded from None
            failed += 1
            if failed == TRIES:
                raise Overloaded(retry_after=1) from None
        else:
            board.publisher.publish(step.all_events(), at)
            if not step.rest:
                return
            failed = 0
        claims = board.schedules.claims([session]).get(session.key, {})


def _withdrawn(board: Board, edit: Edit, step: Withdrawal) -> datetime:
    if not step.ends_something():
        raise Gone("Table Holds: row not found")
    return board.schedules.withdraw(edit, step)


def _step(
    board: Board, edit: Edit, point: Point, session: Session, claims: Mapping[PlaceKey, Claim]
) -> Withdrawal | None:
    visits = [VisitId(c.id) for c in claims.values() if c.kind == "visit"]
    holds = [HoldId(c.id) for c in claims.values() if c.kind == "hold"]
    held = Held(
        board.schedules.holds(holds) if holds else [],
        board.schedules.visits(visits) if visits else [],
        shut_over(edit, session, board.today()),
    )
    return next_step(edit, point, session, claims, held)


def _relocate(board: Board, edit: Edit, sessions: Sequence[Session]) -> None:
    """Say where sessions are now. Nobody is told: to whom they are offered does not know."""
    try:
        board.schedules.relocate(edit, sessions)
    except Clash:
        # As with publications.
        raise Superseded from None


def _publish(board: Board, edit: Edit, point: Point, sessions: Sequence[Session]) -> None:
    event = Event(
        id=EventId(f"{edit.number}.{sessions[0].key}.published"),
        topic="schedule",
        type="schedule.published",
        data={
            "point": edit.point,
            "powiat": point.powiat,
            "sessions": [str(session.key) for session in sessions],
        },
    )
    try:
        at = board.schedules.publish(edit, sessions, event)
    except Clash:
        # Sessions are put, not inserted: only the number can have said no.
        raise Superseded from None
    board.publisher.publish([event], at)

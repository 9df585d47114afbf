"""Settling an edit: sessions follow it in small commits, whoever began and whoever ends it."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from erejestracja.domain.claim import Claim
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.ids import HoldId, PlaceKey, SlotKey, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Edit, Standing, cut_off, shut_over, unpublished
from erejestracja.domain.withdrawal import Withdrawal
from erejestracja.ports import Clash, Gone
from erejestracja.services.returns import give_back
from erejestracja.services.schedule import Board, compared, standing_of
from erejestracja.services.settling_together import (
    SESSIONS_TOGETHER,
    published,
    settle_together,
    withdraw_together,
)
from erejestracja.services.withdrawals import Held, next_step

TRIES = 8
EDITS_A_RUN = 20
# Whoever begins an edit lets sessions follow at once and is done by then; two would only clash.
AT_WORK = timedelta(minutes=1)
# What a file was cut off at is open edits of hundreds of series, and most of these go together.
MOST_OPEN = 200
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
    plan = compared(board, edit, stands, _left_today(board, edit, point, stands))
    withdraws = {session.key for session in plan.withdraws}
    goes = [one for one in stands if one.leaving or one.session.key in withdraws]
    try:
        claims = board.schedules.claims([one.session for one in goes]) if goes else {}
        left = withdraw_together(board, [(edit, one) for one in plan.withdraws], claims)
        keys = {session.key for _, session in left}
        for one in goes:
            if one.leaving or one.session.key in keys:
                _withdraw(board, edit, point, one, claims.get(one.session.key, {}))
        had = _had(board, [one.session for one in goes], plan.creates)
        for start in range(0, len(plan.creates), SESSIONS_TOGETHER):
            _publish(board, edit, plan.creates[start : start + SESSIONS_TOGETHER], had)
            had = []
        for start in range(0, len(plan.relocates), SESSIONS_TOGETHER):
            _relocate(board, edit, plan.relocates[start : start + SESSIONS_TOGETHER])
        if goes or plan.creates:
            give_back(board, edit, point)
    except Superseded:
        pass
    board.schedules.finish(edit)


def settle_forgotten(board: Board) -> int:
    """Complete the edits that nobody works for any more; return how many."""
    return settle_open(board, board.clock.now() - AT_WORK)


def settle_open(board: Board, begun_by: datetime | None = None) -> int:
    """Complete the edits that were cut off, of those begun by then; return how many."""
    edits = board.schedules.open_edits(MOST_OPEN, begun_by)
    left = settle_together(board, edits)
    done = sum(_settled(board, edit) for edit in left[:EDITS_A_RUN])
    return len(edits) - len(left) + done


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


def _left_today(
    board: Board, edit: Edit, point: Point, stands: Sequence[Standing]
) -> list[Session]:
    """Return what this edit, or one that it replaced half done, has left of sessions of today."""
    gone = cut_off(stands, board.today())
    others = {one.by for one in gone if one.by is not None} - {edit.number}
    by = board.schedules.edits(point, others) if others else []
    return unpublished(gone, by, edit)


def _had(board: Board, gone: Sequence[Session], new: Iterable[Session]) -> list[PlaceKey]:
    """Return a place of new sessions for each visit that stays in those of today that are gone.

    It is for whoever is there already, or has been: nobody else can have it.
    """
    today = board.today()
    slots = {
        session.start_of(index): PlaceKey(SlotKey(session.key, index), session.places)
        for session in new
        if session.key.day == today
        for index in range(session.slots)
    }
    of_today = [session for session in gone if session.key.day == today] if slots else []
    claims = board.schedules.claims(of_today) if of_today else {}
    found: list[PlaceKey] = []
    for session in of_today:
        for place, claim in sorted(claims.get(session.key, {}).items()):
            starts_at = session.start_of(place.slot.index)
            free = slots.get(starts_at)
            if claim.kind == "visit" and free and free.place:
                slots[starts_at] = replace(free, place=free.place - 1)
                found.append(slots[starts_at])
    return found


def _withdraw(
    board: Board, edit: Edit, point: Point, one: Standing, claims: Mapping[PlaceKey, Claim]
) -> None:
    failed = 0
    while step := _step(board, edit, point, one, claims):
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
        claims = board.schedules.claims([one.session]).get(one.session.key, {})


def _withdrawn(board: Board, edit: Edit, step: Withdrawal) -> datetime:
    if not step.ends_something():
        raise Gone("Table Holds: row not found")
    return board.schedules.withdraw(edit, step)


def _step(
    board: Board, edit: Edit, point: Point, one: Standing, claims: Mapping[PlaceKey, Claim]
) -> Withdrawal | None:
    visits = [VisitId(c.id) for c in claims.values() if c.kind == "visit"]
    holds = [HoldId(c.id) for c in claims.values() if c.kind == "hold"]
    held = Held(
        board.schedules.holds(holds) if holds else [],
        board.schedules.visits(visits) if visits else [],
        shut_over(edit, one.session, board.today()),
        board.clock.now(),
        edit.number if one.by is None else one.by,
    )
    return next_step(edit, point, one.session, claims, held)


def _relocate(board: Board, edit: Edit, sessions: Sequence[Session]) -> None:
    """Say where sessions are now. Nobody is told: to whom they are offered does not know."""
    try:
        board.schedules.relocate(edit, sessions)
    except Clash:
        # As with publications.
        raise Superseded from None


def _publish(
    board: Board, edit: Edit, sessions: Sequence[Session], had: Sequence[PlaceKey]
) -> None:
    event = published(edit, sessions)
    try:
        at = board.schedules.publish(edit, sessions, event, had)
    except Clash:
        # Sessions are put, not inserted: only the number can have said no, or a place.
        if not had or board.schedules.has_ended(edit.point, edit.number):
            raise Superseded from None
        # Somebody else settles the same edit, and was first.
        _publish(board, edit, sessions, [])
    else:
        board.publisher.publish([event], at)

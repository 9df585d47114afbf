"""Settling an edit: sessions follow it in small commits, whoever began and whoever ends it.

What makes series that nothing stands of yet goes together, edits of many points in one commit.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from erejestracja.domain.claim import Claim
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, HoldId, PlaceKey, PointId, SlotKey, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import (
    Edit,
    Standing,
    cut_off,
    plan_of,
    shut_over,
    unpublished,
)
from erejestracja.domain.withdrawal import Withdrawal
from erejestracja.ports import Clash, Gone
from erejestracja.services.returns import give_back
from erejestracja.services.schedule import Board, compared, standing_of
from erejestracja.services.withdrawals import Held, next_step

TRIES = 8
SESSIONS_TOGETHER = 200
# Some thirty cells each, with those of indexes: below the 80,000 that Spanner takes in one commit.
SESSIONS_A_COMMIT = 1000
EDITS_A_RUN = 20
# What a file was cut off at is open edits of hundreds of new series, and these go together.
MOST_OPEN = 200
Work = tuple[Edit, Sequence[Session]]
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
        for one in goes:
            _withdraw(board, edit, point, one, claims.get(one.session.key, {}))
        had = _had(board, [one.session for one in goes], plan.creates)
        for start in range(0, len(plan.creates), SESSIONS_TOGETHER):
            _publish(board, edit, point, plan.creates[start : start + SESSIONS_TOGETHER], had)
            had = []
        for start in range(0, len(plan.relocates), SESSIONS_TOGETHER):
            _relocate(board, edit, plan.relocates[start : start + SESSIONS_TOGETHER])
        if goes or plan.creates:
            give_back(board, edit, point)
    except Superseded:
        pass
    board.schedules.finish(edit)


def settle_together(board: Board, edits: Sequence[Edit]) -> list[Edit]:
    """Publish series that nothing stands of, many in a commit; return edits that are still open.

    These were replaced meanwhile, or another edit in their commit was.
    """
    today = board.today()
    left: list[Edit] = []
    for works in _commits((edit, plan_of(edit, (), today).creates) for edit in edits):
        events = _told(works)
        try:
            at = board.schedules.publish_all(works, events)
        except Clash:
            left += [edit for edit, _ in works]
        else:
            board.publisher.publish(events, at)
    return left


def settle_open(board: Board) -> int:
    """Complete the edits that were cut off; return how many."""
    edits = board.schedules.open_edits(MOST_OPEN)
    new = [edit for edit in edits if edit.before is None and not standing_of(board, edit)]
    left = [*settle_together(board, new), *(edit for edit in edits if edit not in new)]
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
    return unpublished(edit, gone, by)


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
    board: Board,
    edit: Edit,
    point: Point,
    sessions: Sequence[Session],
    had: Sequence[PlaceKey],
) -> None:
    event = _published(edit, point.powiat, sessions)
    try:
        at = board.schedules.publish(edit, sessions, event, had)
    except Clash:
        # Sessions are put, not inserted: only the number can have said no, or a place.
        if not had or board.schedules.has_ended(edit.point, edit.number):
            raise Superseded from None
        # Somebody else settles the same edit, and was first.
        _publish(board, edit, point, sessions, [])
    else:
        board.publisher.publish([event], at)


def _published(edit: Edit, powiat: str, sessions: Sequence[Session]) -> Event:
    return Event(
        id=EventId(f"{edit.number}.{sessions[0].key}.published"),
        topic="schedule",
        type="schedule.published",
        data={
            "point": edit.point,
            "powiat": powiat,
            "sessions": [str(session.key) for session in sessions],
        },
    )


def _told(works: Sequence[Work]) -> list[Event]:
    """Return what is told of new sessions: each point's in as few events as hold them."""
    points: dict[PointId, list[Work]] = {}
    for edit, sessions in works:
        points.setdefault(edit.point, []).append((edit, sessions))
    events = []
    for of_point in points.values():
        first = of_point[0][0]
        new = [session for _, sessions in of_point for session in sessions]
        events += [
            _published(first, new[start].powiat, new[start : start + SESSIONS_TOGETHER])
            for start in range(0, len(new), SESSIONS_TOGETHER)
        ]
    return events


def _commits(works: Iterable[Work]) -> list[list[Work]]:
    """Return works as they go into one commit each."""
    commits: list[list[Work]] = []
    size = 0
    for work in works:
        if not commits or size + len(work[1]) > SESSIONS_A_COMMIT:
            commits.append([])
            size = 0
        commits[-1].append(work)
        size += len(work[1])
    return commits

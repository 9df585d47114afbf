"""Settling an edit: sessions follow it in small commits, whoever began and whoever ends it.

What makes series that nothing stands of yet goes together, edits of many points in one commit.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from erejestracja.domain.claim import Claim
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, HoldId, PlaceKey, PointId, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Edit, plan_of, shut_over
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
        board.clock.now(),
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
    event = _published(edit, point.powiat, sessions)
    try:
        at = board.schedules.publish(edit, sessions, event)
    except Clash:
        # Sessions are put, not inserted: only the number can have said no.
        raise Superseded from None
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

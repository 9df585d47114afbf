"""Settling together: what nobody has a place in goes, and what is new comes, many in a commit.

Commits are blind. A place that is withdrawn is a key like any taken one, and an edit stands on its
number: whoever books, edits or closes meanwhile makes the commit clash. Then it is read again what
stands, and the others go on. What hits people is left to be settled by itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from erejestracja.domain.claim import Claim
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PlaceKey, PointId, SessionKey
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import SLACK, Edit, Plan, plan_of
from erejestracja.ports import Clash, Gone
from erejestracja.services.schedule import Board, compared
from erejestracja.services.withdrawals import PLACES_TOGETHER

TRIES = 4
SESSIONS_TOGETHER = 200
# Of how many points' edits what stands is read at once, and who has how many places.
POINTS_TOGETHER = 20
PLACES_A_READ = 5000
# Few enough that a commit is over soon: people book at the same points meanwhile.
PLACES_A_COMMIT = 100
# Some thirty cells each, with those of indexes: below the 80,000 that Spanner takes in one commit.
SESSIONS_A_COMMIT = 1000

Claims = Mapping[SessionKey, Mapping[PlaceKey, Claim]]
Goes = tuple[Edit, Session]
One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class _Work:
    """An edit, what it does to sessions, and those whose withdrawal an edit before it began."""

    edit: Edit
    plan: Plan
    leaving: tuple[Session, ...] = ()

    def goes(self) -> tuple[Session, ...]:
        """Return the sessions that are withdrawn, some of them already."""
        return (*self.leaving, *self.plan.withdraws)

    def is_of(self, day: date) -> bool:
        """Tell whether sessions of a day go, or have gone."""
        return any(session.key.day == day for session in self.goes())

    def looked_at(self) -> int:
        """Return of how many places it is to be known who has them."""
        return sum(map(_size, self.goes()))

    def stored(self) -> int:
        """Return how many sessions are stored when all has gone that goes; the edit is as one."""
        return 1 + len(self.plan.creates) + len(self.plan.relocates)


def publish_together(board: Board, edits: Iterable[Edit]) -> list[Edit]:
    """Publish series that nothing stands of; return edits that are still open: replaced ones."""
    today = board.today()
    return _published(board, [_Work(edit, plan_of(edit, (), today)) for edit in edits])


def settle_together(board: Board, edits: Sequence[Edit]) -> list[Edit]:
    """Let sessions follow edits; return edits that are still open: those that hit people, or ended.

    What nobody has a place in is withdrawn by then.
    """
    replaced = {(edit.point, edit.before.number) for edit in edits if edit.before}
    stand: list[Edit] = []
    left: list[Edit] = []
    for edit in edits:
        (left if (edit.point, edit.number) in replaced else stand).append(edit)
    today = board.today()
    for of_points in _by_points(stand):
        works = _compared(board, of_points)
        # Of today's, what is left of a session has to be told from what was withdrawn before.
        left += [work.edit for work in works if work.is_of(today)]
        others = [work for work in works if not work.is_of(today)]
        for some in _parts(others, _Work.looked_at, PLACES_A_READ):
            left += _settled(board, some)
    return left


def withdraw_together(board: Board, goes: Iterable[Goes], claims: Claims) -> list[Goes]:
    """Withdraw the sessions that nobody has a place in; return those that are left."""
    left: list[Goes] = []
    free: list[Goes] = []
    for edit, session in goes:
        is_free = not claims.get(session.key) and _size(session) <= PLACES_TOGETHER
        (free if is_free else left).append((edit, session))
    for some in _parts(free, lambda one: _size(one[1]), PLACES_A_COMMIT):
        left += _withdrawn(board, some)
    return left


def published(edit: Edit, sessions: Sequence[Session]) -> Event:
    """Return what is told of new sessions of an edit's point."""
    return _told("published", edit, sessions)


def _settled(board: Board, works: Sequence[_Work]) -> list[Edit]:
    goes = [session for work in works for session in work.goes()]
    claims = board.schedules.claims(goes) if goes else {}
    go = [(work.edit, session) for work in works for session in work.plan.withdraws]
    hit = {_number(edit) for edit, _ in withdraw_together(board, go, claims)}
    hit |= {
        _number(work.edit)
        for work in works
        if not all(_is_gone(one, claims.get(one.key, {})) for one in work.leaving)
    }
    done = [work for work in works if _number(work.edit) not in hit]
    return [
        *(work.edit for work in works if _number(work.edit) in hit),
        *_published(board, done),
    ]


def _compared(board: Board, edits: Sequence[Edit]) -> list[_Work]:
    """Compare edits with what stands, read at once for all of them."""
    today = board.today()
    last = {edit.point: edit.until for edit in sorted(edits, key=lambda one: one.until)}
    days = {point: (today, until + SLACK) for point, until in last.items()}
    known = board.schedules.standing_at(days)
    works = []
    for edit in edits:
        of_series = known.get((edit.point, edit.series), ())
        stands = [one for one in of_series if one.session.key.day <= edit.until + SLACK]
        leaving = tuple(one.session for one in stands if one.leaving)
        works.append(_Work(edit, compared(board, edit, stands), leaving))
    return works


def _withdrawn(board: Board, goes: Sequence[Goes]) -> list[Goes]:
    """Withdraw sessions in one commit, but for those that it turns out nobody may; return these."""
    left: list[Goes] = []
    for _ in range(TRIES):
        events = _events("withdrawn", goes)
        try:
            at = board.schedules.withdraw_all(goes, events)
        except (Clash, Gone):
            ended = board.schedules.ended_among([*{_number(edit) for edit, _ in goes}])
            claims = board.schedules.claims([session for _, session in goes])
            stand: list[Goes] = []
            for one in goes:
                may = _number(one[0]) not in ended and not claims.get(one[1].key)
                (stand if may else left).append(one)
            goes = stand
        else:
            board.publisher.publish(events, at)
            return left
        if not goes:
            return left
    return [*left, *goes]


def _published(board: Board, works: Sequence[_Work]) -> list[Edit]:
    """Store what is new, and that the edits are worked off; return edits that no more hold."""
    left: list[Edit] = []
    for some in _parts(works, _Work.stored, SESSIONS_A_COMMIT):
        left += _stored(board, some)
    return left


def _stored(board: Board, works: Sequence[_Work]) -> list[Edit]:
    new = [(work.edit, session) for work in works for session in work.plan.creates]
    events = _events("published", new)
    try:
        at = board.schedules.publish_all([(work.edit, work.plan) for work in works], events)
    except (Clash, Gone):
        ended = board.schedules.ended_among([_number(work.edit) for work in works])
        stand = [work for work in works if _number(work.edit) not in ended]
        left = [work.edit for work in works if _number(work.edit) in ended]
        is_less = 0 < len(stand) < len(works)
        return [*left, *(_stored(board, stand) if is_less else (work.edit for work in stand))]
    board.publisher.publish(events, at)
    return []


def _number(edit: Edit) -> tuple[PointId, int]:
    return edit.point, edit.number


def _size(session: Session) -> int:
    return session.slots * session.places


def _is_gone(session: Session, claims: Mapping[PlaceKey, Claim]) -> bool:
    """Tell whether all places of a session are withdrawn, and none of them was anybody's."""
    is_whole = len(claims) == _size(session)
    return is_whole and all(claim.is_nobodys() for claim in claims.values())


def _events(what: str, sessions: Iterable[Goes]) -> list[Event]:
    """Return what is told of sessions: each point's in as few events as hold them."""
    points: dict[PointId, list[Goes]] = {}
    for edit, session in sessions:
        points.setdefault(edit.point, []).append((edit, session))
    return [
        _told(what, some[start][0], [one for _, one in some[start : start + SESSIONS_TOGETHER]])
        for some in points.values()
        for start in range(0, len(some), SESSIONS_TOGETHER)
    ]


def _told(what: str, edit: Edit, sessions: Sequence[Session]) -> Event:
    return Event(
        id=EventId(f"{edit.number}.{sessions[0].key}.{what}"),
        topic="schedule",
        type=f"schedule.{what}",
        data={
            "point": edit.point,
            "powiat": sessions[0].powiat,
            "sessions": [str(session.key) for session in sessions],
        },
    )


def _by_points(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Yield edits of some points at a time."""
    points = sorted({edit.point for edit in edits})
    for start in range(0, len(points), POINTS_TOGETHER):
        some = {*points[start : start + POINTS_TOGETHER]}
        yield [edit for edit in edits if edit.point in some]


def _parts(every: Iterable[One], size: Callable[[One], int], most: int) -> Iterator[list[One]]:
    """Yield parts that are not larger than `most`, unless it is one alone that is."""
    part: list[One] = []
    sum_ = 0
    for one in every:
        if part and sum_ + size(one) > most:
            yield part
            part, sum_ = [], 0
        part.append(one)
        sum_ += size(one)
    if part:
        yield part

"""Copying a day or a week of a point's schedule: it stands again, and is undone as one.

Each session that is copied becomes a series of one day, so that it is edited, closed and undone
like any other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import InvalidRequest, NotFound
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.series import Series, SeriesId
from erejestracja.domain.session import Session, Visibility
from erejestracja.domain.supply import Override
from erejestracja.domain.timetable import NO_PLAN, Edit, shape_of
from erejestracja.services import schedule
from erejestracja.services.editing import carried_out
from erejestracja.services.schedule import Board, Impact, numbered_as

MOST_DAYS = 7
MOST_SESSIONS = 60
ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Copied:
    """Which days are copied to which; the same `key` is the same request."""

    from_: date
    to: date
    days: int
    key: str


@dataclass(frozen=True, slots=True)
class Copying:
    """What a copy does, or its undoing: an edit for each session."""

    impacts: tuple[Impact, ...]
    footing: Footing


def copied(board: Board, actor: Actor, point: Point, asked: Copied) -> Copying:
    """Return what copying would do; what stands there already is not doubled.

    Raises InvalidRequest.
    """
    _check(board, asked)
    apart = asked.to - asked.from_
    there = {_seen(one) for one in _standing(board, point, asked.to, asked.days)}
    wanted = [
        moved
        for one in _standing(board, point, asked.from_, asked.days)
        if _seen(moved := _moved(one, apart)) not in there
    ]
    if len(wanted) > MOST_SESSIONS:
        raise InvalidRequest({"days": f"have more than {MOST_SESSIONS} sessions"})
    found = [
        schedule.made(board, actor, point, _series(one, asked, nth))
        for nth, one in enumerate(wanted)
    ]
    return _numbered(point, [one for one in found if one.plan is not NO_PLAN])


def undone(board: Board, actor: Actor, point: Point, first: int, last: int) -> Copying:
    """Return what undoing a copy would do. Raises NotFound, VersionMismatch where it was edited."""
    if not 0 <= last - first < MOST_SESSIONS:
        raise NotFound
    found = []
    for number in range(first, last + 1):
        edit = board.schedules.edit(point, number)
        if edit is None:
            raise NotFound
        found.append(schedule.undone(board, actor, point, edit.series, number))
    return _numbered(point, found)


def carry_out(
    board: Board, copying: Copying, override: Override | None = None
) -> tuple[list[Edit], bool]:
    """Commit all edits as one, then let sessions follow; False where upkeep has to complete it."""
    if not copying.impacts:
        return [], True
    return carried_out(board, copying.impacts, copying.footing, override)


def _check(board: Board, asked: Copied) -> None:
    wrong = {
        "days": not 1 <= asked.days <= MOST_DAYS,
        "to": asked.to <= board.today(),
        "from": abs(asked.to - asked.from_) < timedelta(days=asked.days),
    }
    if any(wrong.values()):
        said = {
            "days": f"are 1 to {MOST_DAYS}",
            "to": "is not after today",
            "from": "overlaps with where it is copied to",
        }
        raise InvalidRequest({name: said[name] for name, is_wrong in wrong.items() if is_wrong})


def _standing(board: Board, point: Point, first: date, days: int) -> list[Session]:
    wanted = calendar.days(first, first + timedelta(days=days - 1))
    found = board.schedules.sessions(point.id, wanted)
    offered = [session for session in found if session.visibility is not Visibility.BLOCKED]
    return sorted(offered, key=lambda session: (session.starts_at, session.key))


def _seen(session: Session) -> tuple[object, ...]:
    """Return what staff can tell sessions apart by."""
    return (*shape_of(session), session.room and session.room.casefold())


def _moved(session: Session, apart: timedelta) -> Session:
    """Return a session some days later, at the same local time."""
    local = calendar.local(session.starts_at)
    day = session.key.day + apart
    key = replace(session.key, day=day)
    return replace(session, key=key, starts_at=calendar.instant(day, local.time(), fold=0))


def _series(session: Session, asked: Copied, nth: int) -> Series:
    opens = calendar.local(session.starts_at)
    closes = calendar.local(session.start_of(session.slots))
    point, day = session.key.point, session.key.day
    return Series(
        point=point,
        powiat=session.powiat,
        id=SeriesId(derived_id("copy", point, asked.key, str(nth), length=ID_LENGTH)),
        number=0,
        weekdays=frozenset({day.isoweekday()}),
        opens=opens.time(),
        closes=closes.time(),
        step=session.step,
        places=session.places,
        vaccine=session.vaccine,
        also=session.also,
        born_from=session.born_from,
        born_to=session.born_to,
        room=session.room,
        dose=session.dose,
        visibility=session.visibility,
        release_hours=session.release_hours,
        valid_from=day,
        valid_to=day,
        on_holidays=True,
    )


def _numbered(point: Point, found: Sequence[Impact]) -> Copying:
    """Return the impacts under the point's next numbers, one after the other."""
    footing = found[0].footing if found else Footing(point.id, -1)
    return Copying(tuple(_in_turn(found)), footing)


def _in_turn(found: Sequence[Impact]) -> Iterator[Impact]:
    for nth, one in enumerate(found):
        yield replace(one, edit=numbered_as(one.edit, found[0].edit.number + nth))

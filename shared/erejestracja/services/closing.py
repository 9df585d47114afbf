"""Closing a point, or a room, for some time, and opening it again: an edit of each series there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.closures import Closed, Closure, Closures, Hit
from erejestracja.domain.errors import InvalidRequest, NotFound, VersionMismatch
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PatientId, PointId
from erejestracja.domain.phone import InvalidPhone, parse_phone
from erejestracja.domain.point import Point
from erejestracja.domain.room import rooms_among
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.supply import Override
from erejestracja.domain.timetable import Reach
from erejestracja.services.editing import carried_out, impacts_of
from erejestracja.services.schedule import Board, Impact, numbered_as

LONGEST = timedelta(days=366)


class Hits(Protocol):
    """What closures have done to visits."""

    def hits(self, point: PointId, closure: int) -> list[Hit]:
        """Return the visits that a closure has hit so far."""
        ...

    def phones(self, patients: Sequence[PatientId]) -> dict[PatientId, str | None]:
        """Return the telephone number of each of these people."""
        ...

    def is_settled(self, point: PointId) -> bool:
        """Tell whether all edits of a point are worked off."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """When a point, or only a room, is to be shut, why, and what is to become of visits."""

    from_: datetime
    to: datetime
    reason: ClosureReason
    strategy: Strategy
    room: str | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """A closure as it is to be, and what that does to each series."""

    closure: Closure
    impacts: tuple[Impact, ...]
    footing: Footing


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a closure is: whose visits it has hit, and who of them takes no messages."""

    closure: Closure
    settled: bool
    hits: tuple[Hit, ...]
    unreachable: tuple[Hit, ...]


def rooms(board: Board, point: Point) -> list[str]:
    """Return the rooms that a point can close: of its series, and of what is there today."""
    ruled = [reach.series.room for reach in board.schedules.series(point)]
    standing = board.schedules.sessions(point.id, [board.today()])
    return rooms_among([*ruled, *(session.room for session in standing)])


def closed(board: Board, actor: Actor, point: Point, asked: Asked) -> Closing:
    """Return what closing a point, or a room, would do. Raises InvalidRequest."""
    _check(board, asked)
    closures = board.schedules.closures(point.id)
    shut = Closed(closures.number + 1, asked.from_, asked.to, asked.strategy, asked.room)
    closure = Closure(point.id, shut, asked.reason, actor.subject)
    found = _closing(board, actor, point, closures, closure)
    if asked.room is not None and not found.impacts:
        raise InvalidRequest({"room": "has nothing to close"})
    return found


def reopened(board: Board, actor: Actor, point: Point, number: int) -> Closing:
    """Return what undoing a closure would do: what is ahead opens again, today stays as it is.

    Visits that still look for a place get their exact time back where it is free; cancelled ones
    stay cancelled, for their people were told. Raises NotFound, VersionMismatch.
    """
    closures = board.schedules.closures(point.id)
    closure = _named(closures, number)
    if closure.undone:
        raise VersionMismatch
    return _closing(board, actor, point, closures, replace(closure, undone=True))


def carry_out(board: Board, closing: Closing, override: Override | None = None) -> bool:
    """Commit a closing, then let sessions follow; False where upkeep has to complete that."""
    return carried_out(board, closing.impacts, closing.footing, override)[1]


def progress(board: Board, hits: Hits, point: Point, number: int) -> Progress:
    """Return how far a closure is. Raises NotFound."""
    closure = _named(board.schedules.closures(point.id), number)
    found = hits.hits(point.id, number)
    return Progress(closure, hits.is_settled(point.id), tuple(found), unreachable(hits, found))


def unreachable(hits: Hits, found: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return those of some visits whose people have no telephone that takes messages."""
    phones = hits.phones([hit.patient for hit in found]) if found else {}
    return tuple(hit for hit in found if not _takes_messages(phones.get(hit.patient)))


def _closing(
    board: Board, actor: Actor, point: Point, before: Closures, closure: Closure
) -> Closing:
    closures = before.changed(closure)
    # Before the series, so that one that is made or changed from here on has taken its number.
    newest = board.schedules.newest_edit(point.id)
    series = board.schedules.series(point)
    first = max([newest, *(reach.series.number for reach in series)]) + 1
    footing = Footing(point.id, before.number, closure, first)
    shut = closure.closed
    there = [(reach, reach.series) for reach in series if _may_be_hit(board, reach, shut)]
    found = impacts_of(board, actor, there, closures, footing)
    hit = [
        one
        for one, (reach, _) in zip(found, there, strict=True)
        if shut.shuts(reach.series.room) or one.plan.withdraws
    ]
    impacts = [replace(one, edit=numbered_as(one.edit, first + nth)) for nth, one in enumerate(hit)]
    return Closing(closure, tuple(impacts), footing)


def _may_be_hit(board: Board, reach: Reach, shut: Closed) -> bool:
    """Tell whether a closure may hit sessions of a series: its room's, or those of today.

    Today they are where they were this morning, be the series' room another from tomorrow on.
    """
    is_today = calendar.local_day(shut.from_) <= board.today()
    return shut.shuts(reach.series.room) or is_today


def _check(board: Board, asked: Asked) -> None:
    wrong = {
        "from": any(t.second or t.microsecond for t in (asked.from_, asked.to)),
        "to": asked.to <= max(asked.from_, board.clock.now()),
    }
    if asked.to - asked.from_ > LONGEST:
        raise InvalidRequest({"to": "is more than a year after"})
    if any(wrong.values()):
        said = {"from": "is no whole minute", "to": "is not after from and now"}
        raise InvalidRequest({name: said[name] for name, is_wrong in wrong.items() if is_wrong})


def _named(closures: Closures, number: int) -> Closure:
    for closure in closures.all:
        if closure.closed.number == number:
            return closure
    raise NotFound


def _takes_messages(phone: str | None) -> bool:
    try:
        return phone is not None and parse_phone(phone).is_mobile
    except InvalidPhone:
        return False

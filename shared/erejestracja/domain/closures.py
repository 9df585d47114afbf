"""Closures: times a point, a part of its day or a room is shut; they win over every rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, Protocol, Self

from erejestracja.domain.ids import PatientId, PointId, VisitId
from erejestracja.domain.room import same_room
from erejestracja.domain.session import Session
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.visit import Visit


@dataclass(frozen=True, slots=True)
class Closed:
    """The instants a point is shut, the second no longer, and what becomes of visits then.

    Where it names a `room`, only that one is.
    """

    number: int
    from_: datetime
    to: datetime
    strategy: Strategy
    room: str | None = None

    def shuts(self, room: str | None) -> bool:
        """Tell whether what is in a room is shut with it; None is in none that has a name."""
        return self.room is None or same_room(self.room, room)

    def hits(self, starts_at: datetime, minutes: int) -> bool:
        """Tell whether a slot lies in it, be it in part."""
        return starts_at < self.to and self.from_ < starts_at + timedelta(minutes=minutes)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "number": self.number,
            "from": self.from_.isoformat(),
            "to": self.to.isoformat(),
            "strategy": self.strategy.value,
            "room": self.room,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `document` wrote. Raises KeyError or ValueError."""
        from_, to = (datetime.fromisoformat(document[end]) for end in ("from", "to"))
        strategy = Strategy(document["strategy"])
        ends = from_.astimezone(UTC), to.astimezone(UTC)
        return cls(int(document["number"]), *ends, strategy, document.get("room"))


@dataclass(frozen=True, slots=True)
class Closure:
    """A closure as the point has it on record. `undone` closures are so no longer."""

    point: PointId
    closed: Closed
    reason: ClosureReason
    actor: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Closures:
    """All closures of a point, and the number of the last change of them; -1 where none was."""

    all: tuple[Closure, ...]
    number: int

    def standing(self, now: datetime) -> tuple[Closed, ...]:
        """Return those that last or lie ahead."""
        return tuple(one.closed for one in self.all if not one.undone and one.closed.to > now)

    def changed(self, closure: Closure) -> Self:
        """Return them with a closure that is new, or is undone now."""
        others = (one for one in self.all if one.closed.number != closure.closed.number)
        return replace(self, all=(*others, closure))


class Outcome(StrEnum):
    """What became of a visit that a closure hit."""

    ORPHANED = "orphaned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Hit:
    """A visit that a closure hit, and what became of it.

    `is_fall` where no closure hit it but doses that do not come: then `closure` is the number of
    the change of supply.
    """

    closure: int
    visit: VisitId
    patient: PatientId
    outcome: Outcome
    is_fall: bool = False


class Shut(Protocol):
    """Some time that has no slots."""

    def shuts(self, room: str | None, /) -> bool:
        """Tell whether what is in a room is shut with it."""
        ...

    def hits(self, starts_at: datetime, minutes: int) -> bool:
        """Tell whether a slot lies in it, be it in part."""
        ...


def cut(session: Session, closures: Iterable[Shut]) -> list[Session]:
    """Return what is left of a session: the runs of slots that no closure hits, on its own grid.

    A closure of another room does not. Whoever comes before or after comes at the same time still.
    """
    over = (closed for closed in closures if closed.shuts(session.room))
    shut = [closed for closed in over if closed.hits(session.starts_at, _minutes(session))]
    if not shut:
        return [session]
    left = [n for n in range(session.slots) if not _hit(session, n, shut)]
    runs = groupby(enumerate(left), key=lambda pair: pair[1] - pair[0])
    parts = [[index for _, index in run] for _, run in runs]
    return [session.run(part[0], len(part)) for part in parts]


def closure_of(visit: Visit, closures: Iterable[Closed]) -> Closed | None:
    """Return the closure that hits a visit: of several, the one that was made last."""
    hit = [closed for closed in closures if closed.hits(visit.starts_at, visit.minutes)]
    return max(hit, key=lambda closed: closed.number, default=None)


def _minutes(session: Session) -> int:
    return session.step * session.slots


def _hit(session: Session, index: int, shut: Iterable[Shut]) -> bool:
    return any(closed.hits(session.start_of(index), session.step) for closed in shut)

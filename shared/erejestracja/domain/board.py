"""The hotline in figures: how many wait and for how long, and how today's calls went."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from erejestracja.domain.call import Outcome
from erejestracja.domain.callback import Cause


class Wait(StrEnum):
    """How long somebody has been owed a call."""

    HOUR = "hour"
    HOURS = "hours"
    DAY = "day"
    LONGER = "longer"


LONGEST = {
    Wait.HOUR: timedelta(hours=1),
    Wait.HOURS: timedelta(hours=4),
    Wait.DAY: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that is owed: why, and since when."""

    cause: Cause
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """A call under way: the provider's opaque name of its agent, and since when."""

    agent: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that is over."""

    opened_at: datetime
    ended_at: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Board:
    """The figures at an instant; none of them is about one person.

    `handled` is how long a call of today took on average, None before the first. `unfinished` are
    the calls, of whatever day, that callers were cut off in and nobody has gone on with.
    """

    at: datetime
    queue: Mapping[Cause, Mapping[Wait, int]]
    talks: Sequence[Talk]
    outcomes: Mapping[Outcome, int]
    handled: timedelta | None
    unfinished: int


def waited(asked_at: datetime, now: datetime) -> Wait:
    """Return how long somebody has waited, in words."""
    return next((name for name, most in LONGEST.items() if now - asked_at < most), Wait.LONGER)


def queue_of(waiting: Iterable[Waiting], now: datetime) -> dict[Cause, dict[Wait, int]]:
    """Return how many wait, by why and for how long; every row and column is there."""
    found = Counter((one.cause, waited(one.asked_at, now)) for one in waiting)
    return {cause: {wait: found[cause, wait] for wait in Wait} for cause in Cause}


def outcomes_of(calls: Iterable[Ended]) -> dict[Outcome, int]:
    """Return how calls ended, the most frequent first."""
    return dict(Counter(call.outcome for call in calls).most_common())


def average_of(calls: Sequence[Ended]) -> timedelta | None:
    """Return how long calls took on average."""
    if not calls:
        return None
    return sum((call.ended_at - call.opened_at for call in calls), timedelta()) / len(calls)

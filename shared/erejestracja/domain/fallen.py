"""Fallen places: the end of a series' day that is not offered, because no doses are there for it.

Who has a place in it may come all the same, as far as doses suffice: who booked first, first.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from erejestracja.domain import calendar
from erejestracja.domain.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Fallen:
    """From an instant to the end of its local day a series has no free place.

    `stays` are the slots in which people come all the same, and how many of them. What becomes of
    others is said by `strategy`; `number` is that of the change of supply which it follows from.
    """

    number: int
    from_: datetime
    to: datetime
    strategy: Strategy
    stays: tuple[tuple[datetime, int], ...] = ()

    def shuts(self, _room: str | None, /) -> bool:
        """Tell whether what is in a room is shut with it: all of the series is."""
        return True

    def hits(self, starts_at: datetime, minutes: int) -> bool:
        """Tell whether a slot lies in it, be it in part."""
        return starts_at < self.to and self.from_ < starts_at + timedelta(minutes=minutes)

    @property
    def day(self) -> date:
        """Return the local day."""
        return calendar.local_day(self.from_)

    def places(self) -> int:
        """Return how many doses are needed all the same."""
        return sum(n for _, n in self.stays)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "number": self.number,
            "from": self.from_.isoformat(),
            "to": self.to.isoformat(),
            "strategy": self.strategy.value,
            "stays": [[at.isoformat(), n] for at, n in self.stays],
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `document` wrote. Raises KeyError or ValueError."""
        return cls(
            int(document["number"]),
            _instant(document["from"]),
            _instant(document["to"]),
            Strategy(document["strategy"]),
            tuple((_instant(at), int(n)) for at, n in document["stays"]),
        )


class Seats:
    """How many of each fallen slot are still to be had by those who come all the same."""

    def __init__(self, fallen: Iterable[Fallen]) -> None:
        self._left = Counter({at: n for one in fallen for at, n in one.stays})

    def take(self, starts_at: datetime) -> bool:
        """Take one, and tell whether there was one."""
        self._left[starts_at] -= 1
        return self._left[starts_at] >= 0


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)

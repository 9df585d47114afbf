"""What comes first: free slots by start, then distance, then best fit, then lot.

Only those powiaty are opened whose best possible slot would come before the best one known.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Candidate, Criteria
from erejestracja.domain.index import Reach
from erejestracja.domain.vacancies import NOTHING, Kind, Listed, Place, Powiat, Summary, kind_of

# Before every index of a session: a powiat's best possible slot is opened before equal slots.
UNOPENED = -1

Lot = Callable[[], float]
Rank = tuple[float, float, int, tuple[float, ...], Place, int]


def days_of(powiaty: Iterable[Powiat], criteria: Criteria, today: date) -> list[date]:
    """Return the local days that have sessions and are wanted, soonest first."""
    first = max(today, criteria.from_ or today)
    days = set[date]().union(*(powiat.days for powiat in powiaty))
    return sorted(d for d in days if d >= first and (criteria.to is None or d <= criteria.to))


class Window:
    """The slots a question is about: after an instant, within hours of the local day.

    And open to who asks: `now` decides which internal slots are open to everyone by now.
    """

    def __init__(self, criteria: Criteria, now: datetime, after: datetime) -> None:
        self._now = now.timestamp()
        self._after = after.timestamp()
        self._internal = criteria.internal
        self._born = criteria.born
        self._but_not = criteria.but_not
        self._opens = None if criteria.hour_from is None else _minutes(criteria.hour_from)
        self._closes = None if criteria.hour_to is None else _minutes(criteria.hour_to)

    def span(self, one: Listed) -> tuple[int, int]:
        """Return the first slot of a session that lies within, and the one after the last."""
        session = one.state.session
        if self._born and not session.is_for(self._born):
            return 0, 0
        if session.key in self._but_not:
            return 0, 0
        first, last = 0, session.slots
        if self._after >= one.starts:
            first = int((self._after - one.starts) // (60 * session.step)) + 1
        if self._opens is not None:
            first = max(first, -(-(self._opens - one.opens_at) // session.step))
        if self._closes is not None:
            last = min(last, -(-(self._closes - one.opens_at) // session.step))
        if not self._internal:
            last = min(last, one.open_to_all(self._now))
        return first, last

    def has_all_of(self, day: date, today: date) -> bool:
        """Tell whether every slot of a day lies within."""
        return day > today and self._opens is None and self._closes is None

    def counts_all_of(self, summary: Summary) -> bool:
        """Tell whether a summary counts what is open by now, and to the person who asks."""
        some_are_not = (self._born and summary.for_some) or self._but_not
        return self._now < summary.releases and not some_are_not

    def no_earlier(self, day: date) -> float:
        """Return an instant, in seconds since the epoch, before which no slot of a day is in."""
        if self._opens is None:
            return self._after
        opens = calendar.start_of_day(day) + timedelta(minutes=self._opens)
        if calendar.changed_hours(day):
            opens -= timedelta(hours=1)
        return max(self._after, opens.timestamp())


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def in_order(
    areas: Mapping[str, Powiat],
    reach: Reach,
    criteria: Criteria,
    now: datetime,
    lot: Lot | None = None,
    *,
    after: datetime | None = None,
) -> Iterator[Candidate]:
    """Yield free slots by start, then distance, then best fit, then lot or else id.

    The best fit is a place that serves the fewest vaccines, so that those which serve more are left
    for who needs that. They start after now, or after a later instant.
    """
    window = Window(criteria, now, after or now)
    for day in days_of(areas.values(), criteria, calendar.local_day(after or now)):
        of_day = _OneDay(areas, reach, kind_of(criteria), day, window=window, lot=lot)
        yield from of_day.in_order()


class _OneDay:
    """The slots of one local day, taken out in order from a heap that powiaty are opened into."""

    def __init__(
        self,
        areas: Mapping[str, Powiat],
        reach: Reach,
        kind: Kind,
        day: date,
        *,
        window: Window,
        lot: Lot | None,
    ) -> None:
        self._reach = reach
        self._vaccines = kind[0]
        self._window = window
        self._lot = lot
        self._heap: list[Rank] = []
        self._closed: dict[Place, tuple[str, Summary]] = {}
        self._opened: dict[Place, tuple[Listed, float | None, int]] = {}
        soonest = window.no_earlier(day)
        for code, powiat in areas.items():
            on_day = powiat.days.get(day)
            summary = on_day.summary(kind) if on_day else NOTHING
            if summary.least is not None:
                self._closed[summary.least] = code, summary
                drawn = (lot(),) if lot else ()
                start = summary.no_earlier(soonest)
                least = (summary.fit, drawn, summary.least, UNOPENED)
                self._heap.append((start, reach.nearest[code], *least))
        heapq.heapify(self._heap)

    def in_order(self) -> Iterator[Candidate]:
        while self._heap:
            start, far, fit, drawn, place, index = self._heap[0]
            if index == UNOPENED:
                heapq.heappop(self._heap)
                self._open(*self._closed[place], drawn)
                continue
            one, km, last = self._opened[place]
            yield Candidate(one.state, index, km, one.state.session.offered(self._vaccines))
            following = one.next_open(index + 1, last)
            if following is None:
                heapq.heappop(self._heap)
            else:
                start = one.start_of(following)
                heapq.heapreplace(self._heap, (start, far, fit, drawn, place, following))

    def _open(self, code: str, summary: Summary, drawn: tuple[float, ...]) -> None:
        within = self._reach.within(code)
        found: list[Rank] = []
        for one in summary.sessions:
            place = one.place()
            if within is not None and place[0] not in within:
                continue
            first, last = self._window.span(one)
            index = one.next_open(first, last)
            if index is not None:
                km = within[place[0]] if within is not None else None
                self._opened[place] = one, km, last
                lots = (*drawn, self._lot()) if self._lot else ()
                fit = len(one.state.session.vaccines)
                found.append((one.start_of(index), km or 0.0, fit, lots, place, index))
        self._add(found)

    def _add(self, found: list[Rank]) -> None:
        if len(found) > len(self._heap):
            self._heap += found
            heapq.heapify(self._heap)
        else:
            for rank in found:
                heapq.heappush(self._heap, rank)

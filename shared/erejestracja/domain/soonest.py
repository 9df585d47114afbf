"""What comes first: free slots by start, then distance, then lot.

Only those powiaty are opened whose best possible slot would come before the best one known.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Candidate, Criteria
from erejestracja.domain.ids import SessionKey
from erejestracja.domain.index import Reach
from erejestracja.domain.vacancies import NOTHING, Listed, Powiat, Summary, kind_of

# Before every index of a session: a powiat's best possible slot is opened before equal slots.
UNOPENED = -1

Lot = Callable[[], float]
Rank = tuple[float, float, tuple[float, ...], SessionKey, int]


def days_of(powiaty: Iterable[Powiat], criteria: Criteria, today: date) -> list[date]:
    """Return the local days that have sessions and are wanted, soonest first."""
    first = max(today, criteria.from_ or today)
    days = set[date]().union(*(powiat.days for powiat in powiaty))
    return sorted(d for d in days if d >= first and (criteria.to is None or d <= criteria.to))


def span(one: Listed, criteria: Criteria, after: datetime) -> tuple[int, int]:
    """Return the slots of a session that start after an instant and within the wanted hours."""
    session = one.state.session
    elapsed = (after - session.starts_at).total_seconds()
    first = int(elapsed // (60 * session.step)) + 1 if elapsed >= 0 else 0
    last = session.slots
    if criteria.hour_from is not None:
        first = max(first, -(-(_minutes(criteria.hour_from) - one.opens_at) // session.step))
    if criteria.hour_to is not None:
        last = min(last, -(-(_minutes(criteria.hour_to) - one.opens_at) // session.step))
    return first, last


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def in_order(
    areas: Mapping[str, Powiat],
    reach: Reach,
    criteria: Criteria,
    after: datetime,
    lot: Lot | None = None,
) -> Iterator[Candidate]:
    """Yield free slots that start after an instant by start, then distance, then lot or else id."""
    for day in days_of(areas.values(), criteria, calendar.local_day(after)):
        yield from _OneDay(areas, reach, criteria, day, after, lot).in_order()


class _OneDay:
    """The slots of one local day, taken out in order from a heap that powiaty are opened into."""

    def __init__(
        self,
        areas: Mapping[str, Powiat],
        reach: Reach,
        criteria: Criteria,
        day: date,
        after: datetime,
        lot: Lot | None,
    ) -> None:
        self._reach = reach
        self._criteria = criteria
        self._after = after
        self._lot = lot
        self._heap: list[Rank] = []
        self._closed: dict[SessionKey, tuple[str, Summary]] = {}
        self._opened: dict[SessionKey, tuple[Listed, float | None, int]] = {}
        soonest, kind = _no_earlier(day, criteria, after), kind_of(criteria)
        for code, powiat in areas.items():
            on_day = powiat.days.get(day)
            summary = on_day.summary(kind) if on_day else NOTHING
            if summary.least is not None:
                self._closed[summary.least] = code, summary
                drawn = (lot(),) if lot else ()
                start = max(summary.starts, soonest)
                self._heap.append((start, reach.nearest[code], drawn, summary.least, UNOPENED))
        heapq.heapify(self._heap)

    def in_order(self) -> Iterator[Candidate]:
        while self._heap:
            start, far, drawn, key, index = self._heap[0]
            if index == UNOPENED:
                heapq.heappop(self._heap)
                self._open(*self._closed[key], drawn)
                continue
            one, km, last = self._opened[key]
            yield Candidate(one.state, index, km)
            following = one.next_open(index + 1, last)
            if following is None:
                heapq.heappop(self._heap)
            else:
                start = one.start_of(following)
                heapq.heapreplace(self._heap, (start, far, drawn, key, following))

    def _open(self, code: str, summary: Summary, drawn: tuple[float, ...]) -> None:
        within = self._reach.within(code)
        for one in summary.sessions:
            key = one.state.session.key
            if within is not None and key.point not in within:
                continue
            first, last = span(one, self._criteria, self._after)
            index = one.next_open(first, last)
            if index is not None:
                km = within[key.point] if within is not None else None
                self._opened[key] = one, km, last
                lots = (*drawn, self._lot()) if self._lot else ()
                heapq.heappush(self._heap, (one.start_of(index), km or 0.0, lots, key, index))


def _no_earlier(day: date, criteria: Criteria, after: datetime) -> float:
    """Return an instant before which no slot of the day is wanted: its hours, or what has begun."""
    if criteria.hour_from is None:
        return after.timestamp()
    wanted = calendar.start_of_day(day) + timedelta(minutes=_minutes(criteria.hour_from))
    if calendar.changed_hours(day):
        wanted -= timedelta(hours=1)
    return max(after, wanted).timestamp()

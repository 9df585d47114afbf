"""The country's free places in memory, arranged for questions: which, where, when, how far."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Area, Candidate, Criteria
from erejestracja.domain.distance import around, kilometres
from erejestracja.domain.ids import PointId, SessionKey
from erejestracja.domain.point import Location, Point
from erejestracja.domain.session import ANY_DOSE, Session, SessionState, Visibility

# The points an area means, with their distance where a place was named.
Reach = Mapping[PointId, float | None]


@dataclass(frozen=True, slots=True)
class Listed:
    """A session's state, with what questions ask of it worked out once.

    `open` has a bit for each slot with a free place, `opens_at` is the local minute of the day of
    slot 0.
    """

    state: SessionState
    open: int
    opens_at: int

    @classmethod
    def of(cls, state: SessionState) -> "Listed":
        """Work out what is open."""
        session = state.session
        local = calendar.local(session.starts_at)
        return cls(state, _open(state), local.hour * 60 + local.minute)

    def next_open(self, index: int, end: int) -> int | None:
        """Return the first slot with a free place from `index` up to but not including `end`."""
        ahead = (self.open >> index) << index
        found = (ahead & -ahead).bit_length() - 1
        return found if 0 <= found < end else None


def _open(state: SessionState) -> int:
    session = state.session
    if session.places == 1:
        return ~state.taken & ((1 << session.slots) - 1)
    return sum(1 << index for index in range(session.slots) if state.free(index))


class Powiat:
    """The sessions of one powiat by local day. Replaced, never changed, when a session is new."""

    def __init__(self, states: Iterable[SessionState] = ()) -> None:
        self.days: dict[date, dict[SessionKey, Listed]] = {}
        for state in states:
            self.days.setdefault(state.session.key.day, {})[state.session.key] = Listed.of(state)

    def put(self, state: SessionState) -> None:
        """Take in a state unless a newer one is there. One writer; readers go on meanwhile."""
        key = state.session.key
        day = self.days.get(key.day, {})
        known = day.get(key)
        if known is None:
            self.days = self.days | {key.day: day | {key: Listed.of(state)}}
        elif known.state.version < state.version:
            day[key] = Listed.of(state)

    def drop_before(self, today: date) -> None:
        """Forget days gone by."""
        self.days = {day: sessions for day, sessions in self.days.items() if day >= today}


class Points:
    """All points, by id and by where they are."""

    def __init__(self, points: Iterable[Point]) -> None:
        self.by_id = {point.id: point for point in points}
        self._by_powiat: dict[str, list[Point]] = {}
        for point in self.by_id.values():
            self._by_powiat.setdefault(point.powiat, []).append(point)

    def powiaty(self, teryt: str = "") -> list[str]:
        """Return the powiaty that have points, all or those of a voivodeship."""
        return sorted(code for code in self._by_powiat if code.startswith(teryt))

    def of(self, area: Area) -> Iterator[tuple[Point, float | None]]:
        """Yield the points of an area, with their distance where a place was named."""
        if area.point is not None:
            found = self.by_id.get(area.point)
            candidates: Iterable[Point] = [found] if found else []
        elif area.teryt is not None:
            codes = self.powiaty(area.teryt[:4])
            candidates = [p for code in codes for p in self._by_powiat[code]]
            candidates = [p for p in candidates if p.gmina.startswith(area.teryt)]
        else:
            candidates = self.by_id.values()
        if area.near is None:
            yield from ((point, None) for point in candidates)
        else:
            yield from self._around(candidates, area.near, area.radius_km)

    def _around(
        self, points: Iterable[Point], near: Location, radius_km: float | None
    ) -> Iterator[tuple[Point, float | None]]:
        box = around(near, radius_km) if radius_km is not None else None
        for point in points:
            if box is None or box.has(point.location):
                km = kilometres(near, point.location)
                if radius_km is None or km <= radius_km:
                    yield point, km

    def reach(self, criteria: Criteria) -> tuple[list[str], Reach | None]:
        """Return the powiaty to look in, and which of their points count (None: all)."""
        area = criteria.area
        whole = area.point is None and area.near is None and len(area.teryt or "") <= len("1465")
        if whole and not criteria.access:
            return self.powiaty(area.teryt or ""), None
        found = {p.id: km for p, km in self.of(area) if criteria.access <= p.access}
        return sorted({self.by_id[point].powiat for point in found}), found


def listed(
    powiaty: Iterable[Powiat], reach: Reach | None, criteria: Criteria, day: date
) -> Iterator[tuple[Listed, float | None]]:
    """Yield the sessions of a local day that fit, with their points' distances."""
    for powiat in powiaty:
        for one in powiat.days.get(day, {}).values():
            session = one.state.session
            if one.open and _fits(session, criteria):
                if reach is None:
                    yield one, None
                elif session.key.point in reach:
                    yield one, reach[session.key.point]


def _fits(session: Session, criteria: Criteria) -> bool:
    return (
        criteria.vaccine in (None, session.vaccine)
        and (criteria.dose is None or session.dose in (ANY_DOSE, criteria.dose))
        and (criteria.internal or session.visibility is Visibility.EXTERNAL)
    )


def days_of(powiaty: Iterable[Powiat], criteria: Criteria, today: date) -> list[date]:
    """Return the local days that have sessions and are wanted, soonest first."""
    first = max(today, criteria.from_ or today)
    days = {day for powiat in powiaty for day in powiat.days}
    return sorted(d for d in days if d >= first and (criteria.to is None or d <= criteria.to))


def span(one: Listed, criteria: Criteria, after: datetime) -> tuple[int, int]:
    """Return the slots of a session that start after an instant and within the wanted hours."""
    session = one.state.session
    elapsed = (after - session.starts_at).total_seconds()
    first = max(0, int(elapsed // (60 * session.step)) + 1) if elapsed >= 0 else 0
    last = session.slots
    if criteria.hour_from is not None:
        first = max(first, -(-(_minutes(criteria.hour_from) - one.opens_at) // session.step))
    if criteria.hour_to is not None:
        last = min(last, -(-(_minutes(criteria.hour_to) - one.opens_at) // session.step))
    return first, last


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def in_order(
    found: Iterable[tuple[Listed, float | None]],
    criteria: Criteria,
    after: datetime,
    lot: Callable[[], float] | None = None,
) -> Iterator[Candidate]:
    """Yield the free slots of one day by start, then distance, then lot (or id, without one)."""
    heap: list[tuple[float, float, float, SessionKey, int]] = []
    known: dict[SessionKey, tuple[Listed, float | None, int]] = {}
    for one, km in found:
        first, last = span(one, criteria, after)
        index = one.next_open(first, last) if first < last else None
        if index is None:
            continue
        key = one.state.session.key
        known[key] = (one, km, last)
        start = one.state.session.starts_at.timestamp() + 60 * one.state.session.step * index
        heap.append((start, km or 0.0, lot() if lot else 0.0, key, index))
    heapq.heapify(heap)
    while heap:
        start, far, drawn, key, index = heap[0]
        one, km, last = known[key]
        yield Candidate(one.state, index, km)
        following = one.next_open(index + 1, last)
        if following is None:
            heapq.heappop(heap)
        else:
            start += 60 * one.state.session.step * (following - index)
            heapq.heapreplace(heap, (start, far, drawn, key, following))

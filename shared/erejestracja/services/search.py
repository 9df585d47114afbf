"""Search: free slots, proposals, counts by day and point, and the points themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Protocol

from erejestracja.domain import calendar, index
from erejestracja.domain.criteria import Area, Candidate, Criteria
from erejestracja.domain.ids import PointId, SlotKey, VaccineCode
from erejestracja.domain.index import Listed, Points, Powiat
from erejestracja.domain.point import Location, Point
from erejestracja.ports import Clock

# Where to look next when there is nothing near: nobody is sent farther than they must go.
RINGS_KM = (10.0, 25.0, 50.0, 100.0, 1000.0)
PROPOSALS = 5
MOST_COUNTS = 5_000


class Market(Protocol):
    """The read model, as far as search asks it."""

    def points(self) -> Points:
        """Return all points."""
        ...

    def areas(self, codes: Sequence[str]) -> list[Powiat]:
        """Return the sessions of powiaty."""
        ...

    def as_of(self) -> datetime:
        """Return the instant up to which changes are included."""
        ...


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last slot of a page: the next page begins after it, whatever changed meanwhile."""

    start: datetime
    distance_km: float
    slot: SlotKey

    @classmethod
    def at(cls, candidate: Candidate) -> "Cursor":
        """Return the cursor that stands on a candidate."""
        session = candidate.state.session
        slot = SlotKey(session.key, candidate.index)
        return cls(session.start_of(candidate.index), candidate.distance_km or 0.0, slot)

    def order(self) -> tuple[datetime, float, SlotKey]:
        """Return what slots are ordered by."""
        return self.start, self.distance_km, self.slot


@dataclass(frozen=True, slots=True)
class DayCount:
    """Free places of a local day, and at how many points."""

    day: date
    free: int
    points: int


@dataclass(frozen=True, slots=True)
class PointCount:
    """Free places of a point, day, vaccine and dose."""

    point: PointId
    day: date
    vaccine: VaccineCode
    dose: int
    free: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What is free, by day and by point; `cut` when there were more points than are listed."""

    days: list[DayCount]
    points: list[PointCount]
    cut: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """The best for a place; `widened_to_km` when nothing was as near as asked."""

    slots: list[Candidate]
    widened_to_km: float | None


class Search:
    """Answers questions from the read model; keeps nothing itself."""

    def __init__(self, market: Market, clock: Clock) -> None:
        self._market = market
        self._clock = clock

    def slots(
        self, criteria: Criteria, limit: int, cursor: Cursor | None = None
    ) -> list[Candidate]:
        """Return a page of free slots by start, then distance, then id."""
        return list(islice(self._in_order(criteria, cursor), limit))

    def propose(self, criteria: Criteria) -> Proposal:
        """Return the soonest five of the nearest ring that has any."""
        area = criteria.area
        if area.near is None:
            found = self.slots(criteria, PROPOSALS)
            centre = self._centre(area)
            if found or centre is None:
                return Proposal(found, None)
            area, asked = Area(near=centre), 0.0
        else:
            asked = area.radius_km or RINGS_KM[0]
        for ring in sorted({asked, *(ring for ring in RINGS_KM if ring > asked)} - {0.0}):
            around = replace(criteria, area=Area(near=area.near, radius_km=ring))
            found = self.slots(around, PROPOSALS)
            if found:
                return Proposal(found, ring if ring > asked else None)
        return Proposal([], None)

    def counts(self, criteria: Criteria) -> Counts:
        """Return how much is free by day, and by point, day, vaccine and dose."""
        now = self._clock.now()
        powiaty, reach = self._reach(criteria)
        days: list[DayCount] = []
        points: list[PointCount] = []
        for day in index.days_of(powiaty, criteria, calendar.local_day(now)):
            by_kind: dict[tuple[PointId, VaccineCode, int], int] = {}
            for one, _ in index.listed(powiaty, reach, criteria, day):
                session = one.state.session
                kind = session.key.point, session.vaccine, session.dose
                by_kind[kind] = by_kind.get(kind, 0) + _free(one, *index.span(one, criteria, now))
            counted = [(kind, free) for kind, free in by_kind.items() if free]
            if counted:
                here = len({kind[0] for kind, _ in counted})
                days.append(DayCount(day, sum(free for _, free in counted), here))
                points += [PointCount(p, day, v, d, free) for (p, v, d), free in counted]
        return Counts(days, points[:MOST_COUNTS], cut=len(points) > MOST_COUNTS)

    def points(self, criteria: Criteria) -> list[tuple[Point, float | None]]:
        """Return points by distance where a place was named, else by id."""
        found = [
            (point, km)
            for point, km in self._market.points().of(criteria.area)
            if criteria.access <= point.access and criteria.vaccine in (None, *point.vaccines)
        ]
        return sorted(found, key=lambda one: (one[1] or 0.0, one[0].id))

    def point(self, point: PointId) -> Point | None:
        """Return a point."""
        return self._market.points().by_id.get(point)

    def as_of(self) -> datetime:
        """Return the instant up to which changes are included."""
        return self._market.as_of()

    def _reach(self, criteria: Criteria) -> tuple[list[Powiat], index.Reach | None]:
        codes, reach = self._market.points().reach(criteria)
        return self._market.areas(codes), reach

    def _in_order(self, criteria: Criteria, cursor: Cursor | None) -> Iterator[Candidate]:
        now = self._clock.now()
        powiaty, reach = self._reach(criteria)
        first = calendar.local_day(cursor.start) if cursor else calendar.local_day(now)
        for day in index.days_of(powiaty, criteria, first):
            fitting = index.listed(powiaty, reach, criteria, day)
            for candidate in index.in_order(fitting, criteria, now):
                if cursor is None or Cursor.at(candidate).order() > cursor.order():
                    yield candidate

    def _centre(self, area: Area) -> Location | None:
        places = [point.location for point, _ in self._market.points().of(area)]
        if not places:
            return None
        number = len(places)
        return Location(sum(p.lat for p in places) / number, sum(p.lon for p in places) / number)


def _free(one: Listed, first: int, last: int) -> int:
    """Return the free places of a run of slots."""
    session = one.state.session
    if first >= last:
        return 0
    bits = (last - first) * session.places
    taken = one.state.taken >> (first * session.places) & ((1 << bits) - 1)
    return bits - taken.bit_count()

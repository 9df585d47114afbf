"""Search: free slots, proposals, counts by day and point, and the points themselves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from erejestracja.domain.counts import Counts, count
from erejestracja.domain.criteria import Area, Candidate, Criteria
from erejestracja.domain.ids import PointId, SlotKey
from erejestracja.domain.index import Points
from erejestracja.domain.point import Location, Point
from erejestracja.domain.soonest import in_order
from erejestracja.domain.vacancies import Powiat
from erejestracja.ports import Clock

# Where to look next when there is nothing near: nobody is sent farther than they must go.
RINGS_KM = (10.0, 25.0, 50.0, 100.0, 1000.0)
PROPOSALS = 5
MOST_COUNTS = 5_000
INSTANT = timedelta(microseconds=1)


class Market(Protocol):
    """The read model, as far as search asks it."""

    def points(self) -> Points:
        """Return all points."""
        ...

    def areas(self, codes: Iterable[str]) -> Mapping[str, Powiat]:
        """Return the sessions of powiaty, in their order."""
        ...

    def as_of(self) -> datetime:
        """Return the instant up to which changes are included."""
        ...


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last slot of a page: the next page begins after it, whatever changed meanwhile."""

    start: datetime
    distance_km: float
    fit: int
    slot: SlotKey

    @classmethod
    def at(cls, candidate: Candidate) -> "Cursor":
        """Return the cursor that stands on a candidate."""
        session = candidate.state.session
        slot = SlotKey(session.key, candidate.index)
        return cls(
            session.start_of(candidate.index), candidate.distance_km or 0.0, candidate.fit, slot
        )

    def order(self) -> tuple[datetime, float, int, SlotKey]:
        """Return what slots are ordered by."""
        return self.start, self.distance_km, self.fit, self.slot


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
        """Return a page of free slots by start, then distance, then best fit, then id."""
        return list(islice(self._in_order(criteria, cursor), limit))

    def propose(self, criteria: Criteria) -> Proposal:
        """Return the soonest five of the nearest ring that has any.

        Where an area is named but no radius, the area is looked in first, then rings around its
        middle (or the place named in it).
        """
        area = criteria.area
        if area.near is None or area.teryt or area.point:
            found = self.slots(criteria, PROPOSALS)
            centre = area.near or self._centre(area)
            if found or centre is None:
                return Proposal(found, None)
            area, asked = Area(near=centre), area.radius_km or 0.0
        else:
            asked = area.radius_km or RINGS_KM[0]
        for ring in sorted({asked, *(ring for ring in RINGS_KM if ring > asked)} - {0.0}):
            around = replace(criteria, area=replace(area, radius_km=ring))
            found = self.slots(around, PROPOSALS)
            if found:
                return Proposal(found, ring if ring > asked else None)
        return Proposal([], None)

    def counts(self, criteria: Criteria) -> Counts:
        """Return how much is free by day, and by point, day, vaccine and dose."""
        reach = self._market.points().reach(criteria)
        areas = self._market.areas(reach.nearest)
        return count(areas, reach, criteria, self._clock.now(), MOST_COUNTS)

    def points(self, criteria: Criteria) -> list[tuple[Point, float | None]]:
        """Return points by distance where a place was named, else by id."""
        found = [
            (point, km)
            for point, km in self._market.points().of(criteria)
            if not criteria.vaccines or criteria.vaccines & point.vaccines
        ]
        return sorted(found, key=lambda one: (one[1] or 0.0, one[0].id))

    def point(self, point: PointId) -> Point | None:
        """Return a point."""
        return self._market.points().by_id.get(point)

    def as_of(self) -> datetime:
        """Return the instant up to which changes are included."""
        return self._market.as_of()

    def _in_order(self, criteria: Criteria, cursor: Cursor | None) -> Iterator[Candidate]:
        now = self._clock.now()
        # Slots of the cursor's own instant may come after it.
        after = now if cursor is None else max(now, cursor.start - INSTANT)
        reach = self._market.points().reach(criteria)
        areas = self._market.areas(reach.nearest)
        for candidate in in_order(areas, reach, criteria, now, after=after):
            if cursor is None or Cursor.at(candidate).order() > cursor.order():
                yield candidate

    def _centre(self, area: Area) -> Location | None:
        """Return the middle of an area's points, or of the points of what the area is part of."""
        teryt = area.teryt or ""
        for wider in dict.fromkeys((teryt, teryt[:4], teryt[:2])):
            found = self._market.points().of(Criteria(replace(area, teryt=wider or None)))
            places = [point.location for point, _ in found]
            if places:
                lat = sum(place.lat for place in places) / len(places)
                return Location(lat, sum(place.lon for place in places) / len(places))
        return None

"""The country's points in memory, arranged for questions: which are meant, and how far they are."""

from collections.abc import Iterable, Iterator, Mapping
from math import asin, cos, radians, sin

from erejestracja.domain.criteria import Criteria
from erejestracja.domain.distance import EARTH_KM, Box, around, kilometres
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Location, Point

POWIAT_DIGITS = 4
# Rounding must not make a powiat seem farther than its nearest point is.
CAREFUL = 1 - 1e-9


class Points:
    """All points, by id and by powiat."""

    def __init__(self, points: Iterable[Point]) -> None:
        self.by_id = {point.id: point for point in points}
        by_powiat: dict[str, list[Point]] = {}
        for point in self.by_id.values():
            by_powiat.setdefault(point.powiat, []).append(point)
        self.by_powiat: Mapping[str, list[Point]] = dict(sorted(by_powiat.items()))
        self.boxes = {code: _box(some) for code, some in self.by_powiat.items()}

    def powiaty(self, teryt: str = "") -> list[str]:
        """Return the powiaty that have points: all, those of a voivodeship, or the one meant."""
        if len(teryt) == POWIAT_DIGITS:
            return [teryt] if teryt in self.by_powiat else []
        return [code for code in self.by_powiat if code.startswith(teryt)]

    def reach(self, criteria: Criteria) -> "Reach":
        """Return where a question looks."""
        return Reach(self, criteria)

    def of(self, criteria: Criteria) -> Iterator[tuple[Point, float | None]]:
        """Yield the points a question means, with their distance where it names a place."""
        reach = self.reach(criteria)
        for code in reach.nearest:
            within = reach.within(code)
            if within is None:
                yield from ((point, None) for point in self.by_powiat[code])
            else:
                yield from ((self.by_id[point], km) for point, km in within.items())


class Reach:
    """Where one question looks: its powiaty at once, their points when it comes to them.

    `nearest` has each powiat with kilometres than which none of its points is nearer (0 where no
    place is named), so that whoever goes from near to far need not measure the whole country.
    """

    def __init__(self, points: Points, criteria: Criteria) -> None:
        self._points = points
        self._criteria = criteria
        self._known: dict[str, Mapping[PointId, float | None]] = {}
        area = criteria.area
        self._whole = area.near is None and area.point is None and not criteria.access
        self._whole = self._whole and len(area.teryt or "") <= POWIAT_DIGITS
        self._sieve = around(area.near, area.radius_km) if area.near and area.radius_km else None
        self.nearest = self._nearest()

    def _nearest(self) -> dict[str, float]:
        area = self._criteria.area
        if area.point is not None:
            point = self._points.by_id.get(area.point)
            codes = [point.powiat] if point else []
        else:
            codes = self._points.powiaty((area.teryt or "")[:POWIAT_DIGITS])
        if area.near is None:
            return dict.fromkeys(codes, 0.0)
        boxes = self._points.boxes
        if self._sieve is not None:
            codes = [code for code in codes if _meet(boxes[code], self._sieve)]
        return {code: _at_least(boxes[code], area.near) for code in codes}

    def within(self, powiat: str) -> Mapping[PointId, float | None] | None:
        """Return a powiat's points that count, with their distance; None where all do."""
        if self._whole:
            return None
        known = self._known.get(powiat)
        if known is None:
            known = self._known[powiat] = dict(self._found(self._points.by_powiat[powiat]))
        return known

    def _found(self, points: Iterable[Point]) -> Iterator[tuple[PointId, float | None]]:
        area, access = self._criteria.area, self._criteria.access
        for point in points:
            if area.point not in (None, point.id) or not access <= point.access:
                continue
            if not point.gmina.startswith(area.teryt or ""):
                continue
            if area.near is None:
                yield point.id, None
            elif self._sieve is None or self._sieve.has(point.location):
                km = kilometres(area.near, point.location)
                if area.radius_km is None or km <= area.radius_km:
                    yield point.id, km


def _box(points: Iterable[Point]) -> Box:
    """Return the least box around points."""
    lats, lons = zip(*((p.location.lat, p.location.lon) for p in points), strict=True)
    return Box(min(lats), min(lons), max(lats), max(lons))


def _meet(one: Box, other: Box) -> bool:
    return (
        one.south <= other.north
        and other.south <= one.north
        and one.west <= other.east
        and other.west <= one.east
    )


def _at_least(box: Box, place: Location) -> float:
    """Return kilometres than which nothing in the box is nearer to a place.

    Whoever comes from outside crosses the box's parallel, or its meridian at a right angle, and
    goes at least that far.
    """
    north_south = max(box.south - place.lat, place.lat - box.north, 0.0)
    west_east = max(box.west - place.lon, place.lon - box.east, 0.0)
    to_meridian = asin(sin(radians(west_east)) * cos(radians(place.lat)))
    return EARTH_KM * max(radians(north_south), to_meridian) * CAREFUL

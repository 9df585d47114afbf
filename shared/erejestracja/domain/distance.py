"""Distances on the map."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin, sqrt

from erejestracja.domain.point import Location

EARTH_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class Box:
    """What lies between two parallels and two meridians."""

    south: float
    west: float
    north: float
    east: float

    def has(self, place: Location) -> bool:
        """Tell whether a place lies within, edges included."""
        return self.south <= place.lat <= self.north and self.west <= place.lon <= self.east


def kilometres(one: Location, other: Location) -> float:
    """Return the way by air (haversine; the earth's flattening makes at most 0.5 % of it)."""
    lat, other_lat = radians(one.lat), radians(other.lat)
    across = sin(radians(other.lon - one.lon) / 2) ** 2
    share = sin((other_lat - lat) / 2) ** 2 + cos(lat) * cos(other_lat) * across
    return 2 * EARTH_KM * asin(min(1.0, sqrt(share)))


def around(centre: Location, radius_km: float) -> Box:
    """Return the least box that holds a circle: a cheap first sieve before `kilometres`.

    Right wherever the circle touches neither a pole nor the 180th meridian.
    """
    angle = radius_km / EARTH_KM
    lat = degrees(angle)
    lon = degrees(asin(min(1.0, sin(angle) / cos(radians(centre.lat)))))
    return Box(centre.lat - lat, centre.lon - lon, centre.lat + lat, centre.lon + lon)

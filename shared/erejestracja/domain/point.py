"""Vaccination points: where people go."""

from dataclasses import dataclass

from erejestracja.domain.ids import PointId, VaccineCode


@dataclass(frozen=True, slots=True)
class Location:
    """A place on the map, degrees WGS84."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Point:
    """A vaccination point as the public sees it. TERYT codes: gmina 7 digits, powiat 4, woj. 2."""

    id: PointId
    name: str
    address: str
    postal_code: str
    town: str
    gmina: str
    powiat: str
    voivodeship: str
    location: Location
    kind: str
    access: frozenset[str]
    phone: str
    vaccines: frozenset[VaccineCode]

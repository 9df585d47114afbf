"""Points as rows, and back."""

from collections.abc import Sequence
from typing import Any

from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.point import Location, Point

POINT = (
    "PointId",
    "Name",
    "Address",
    "PostalCode",
    "Town",
    "Gmina",
    "Powiat",
    "Voivodeship",
    "Lat",
    "Lon",
    "Kind",
    "Access",
    "Phone",
    "Vaccines",
)


def point_values(point: Point) -> tuple[object, ...]:
    """Return the values of POINT's columns."""
    return (
        point.id,
        point.name,
        point.address,
        point.postal_code,
        point.town,
        point.gmina,
        point.powiat,
        point.voivodeship,
        point.location.lat,
        point.location.lon,
        point.kind,
        sorted(point.access),
        point.phone,
        sorted(point.vaccines),
    )


def point_of(row: Sequence[Any]) -> Point:
    """Read a row of POINT."""
    return Point(
        id=PointId(row[0]),
        name=row[1],
        address=row[2],
        postal_code=row[3],
        town=row[4],
        gmina=row[5],
        powiat=row[6],
        voivodeship=row[7],
        location=Location(row[8], row[9]),
        kind=row[10],
        access=frozenset(row[11]),
        phone=row[12],
        vaccines=frozenset(VaccineCode(code) for code in row[13]),
    )

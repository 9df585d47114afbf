"""Lots as rows, and back."""

from collections.abc import Sequence
from typing import Any

from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.vials import Lot
from erejestracja.storage.spanner.database import Database, Keys

LOT = ("PointId", "Lot", "Vaccine", "ExpiresOn", "DosesPerVial", "Balance", "Number")


def lots_of(database: Database, points: Sequence[PointId]) -> list[Lot]:
    """Return all lots of points, empty ones too."""
    keys = Keys(prefixes=[(point,) for point in points])
    return [lot_of(row) for row in database.read("Lots", LOT, keys)]


def lot_of(row: Sequence[Any]) -> Lot:
    """Read a row of LOT."""
    return Lot(PointId(row[0]), row[1], VaccineCode(row[2]), *row[3:])

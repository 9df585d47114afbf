"""What is wrong in the rows, if anything ever is: the invariants of booking, row against row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from erejestracja.domain.ids import PointId
from erejestracja.storage.spanner.database import Database, Keys

KEEPING = frozenset({"booked", "arrived", "completed", "noShow"})


@dataclass(frozen=True, slots=True)
class Breach:
    """A row that contradicts another; ids only."""

    invariant: str
    row: str


class Inspection:
    """Reads points' places and what claims them, and compares."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_points(self, points: Sequence[PointId]) -> list[Breach]:
        """Return every breach at these points, seen at one instant.

        A slot has no more takers than places (the key bounds it; here the place numbers are held
        against the session), each taker is a live token or a standing visit at this very place,
        and no visit or token is without its place.
        """
        prefixes = Keys(prefixes=[(point,) for point in points])
        session_columns = ("PointId", "Day", "Nr", "Slots", "Places", "WithdrawnBy")
        sessions, at = self._database.read_stamped("Sessions", session_columns, prefixes)
        place_columns = ("PointId", "Day", "Nr", "Slot", "Place", "Kind", "ClaimId")
        places = self._database.read("Places", place_columns, prefixes, at=at)
        room = {tuple(row[:3]): row[3:] for row in sessions}
        visits = self._claims("Visits", "VisitId", [p[6] for p in places if p[5] == "visit"], at)
        holds = self._claims("Holds", "HoldId", [p[6] for p in places if p[5] == "hold"], at)
        return [
            *(Breach("place in its session", _name(p)) for p in places if not _fits(p, room)),
            *(
                Breach(f"{kind} has its place", _name(p))
                for kind, claims in (("visit", visits), ("hold", holds))
                for p in places
                if p[5] == kind and claims.get(p[6]) != tuple(p[:5])
            ),
        ]

    def _claims(self, table: str, id_column: str, ids: Sequence[str], at: Any) -> dict[str, Any]:
        """Return the place that each claim says it has; visits that gave theirs up say none."""
        if not ids:
            return {}
        columns = (id_column, "PointId", "Day", "Nr", "Slot", "Place")
        keys = Keys(prefixes=[(one,) for one in sorted(set(ids))])
        if table == "Visits":
            ended = ("Status", "StartsAt", "UpdatedAt")
            rows = self._database.read(table, (*columns, *ended), keys, at=at)
            return {row[0]: tuple(row[1:6]) for row in rows if _keeps(*row[6:])}
        return {r[0]: tuple(r[1:]) for r in self._database.read(table, columns, keys, at=at)}


def _keeps(status: str, starts_at: datetime, ended_at: datetime) -> bool:
    """Tell whether a visit keeps its place: one that ends once it has begun does, too."""
    return status in KEEPING or (status == "cancelled" and starts_at <= ended_at)


def _fits(place: Sequence[Any], room: Mapping[tuple[Any, ...], Sequence[Any]]) -> bool:
    slots, places, withdrawn_by = room.get(tuple(place[:3]), (0, 0, None))
    # Beside the places of a session that is withdrawn is room for all who come all the same.
    most = places if withdrawn_by is None else 2 * places
    return place[3] in range(slots) and place[4] in range(most)


def _name(place: Sequence[Any]) -> str:
    return "-".join(str(part) for part in place[:5])

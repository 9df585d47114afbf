"""Points, and the states of whole areas: what the read model is filled from."""

from erejestracja.domain.point import Point
from erejestracja.domain.session import SessionState
from erejestracja.storage.spanner.database import Database, Keys, prefix
from erejestracja.storage.spanner.points import POINT, point_of
from erejestracja.storage.spanner.stock import (
    SESSION,
    session_of,
    state_of,
    taken_by_session,
    version_of,
)


class Catalogue:
    """Reads of all points, and of all sessions of a powiat, at one instant."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def points(self) -> list[Point]:
        """Return every point."""
        rows = self._database.read("Points", POINT, Keys(everything=True))
        return [point_of(row) for row in rows]

    def states(self, powiat: str) -> list[SessionState]:
        """Return every session of a powiat with what is taken of it, all true at one instant."""
        columns = ("PointId",)
        points = self._database.read("Points", columns, prefix(powiat), index="PointsByPowiat")
        if not points:
            return []
        keys = Keys(prefixes=points)
        sessions, at = self._database.read_stamped("Sessions", SESSION, keys)
        places = ("PointId", "Day", "Nr", "Slot", "Place")
        taken = taken_by_session(self._database.read("Places", places, keys, at=at))
        version = version_of(at)
        found = (session_of(row) for row in sessions)
        return [state_of(session, taken.get(session.key, ()), version) for session in found]

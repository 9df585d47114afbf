"""Points' fortnights for who coordinates them: four reads for a page, whatever is in it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from erejestracja.domain.ids import PointId, SessionKey
from erejestracja.domain.oversight import Claimed, Figures, figures_of
from erejestracja.domain.session import Session
from erejestracja.storage.spanner.closures import CLOSURE, closure_of
from erejestracja.storage.spanner.courses import RECORD, standing
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.stock import SESSION, session_of

# What one look reads of a table at most: a page of usual points has a twentieth of it.
MOST_ROWS = 50_000


class SpannerWatch:
    """Port Watch."""

    def __init__(self, database: Database, most: int = MOST_ROWS) -> None:
        self._database = database
        self._most = most

    def figures(
        self, points: Sequence[PointId], days: tuple[date, date], since: datetime, now: datetime
    ) -> tuple[Mapping[PointId, Figures], datetime]:
        """Return points' figures, all true at one instant."""
        if not points:
            return {}, now
        first, last = days
        of_days = Keys(ranges=[((point, first), (point, last)) for point in points])
        sessions, at = self._database.read_stamped(
            "Sessions", (*SESSION, "SeriesId", "WithdrawnBy"), of_days, limit=self._most
        )
        columns = ("PointId", "Day", "Nr", "Slot", "Kind")
        places = self._database.read("Places", columns, of_days, limit=self._most, at=at)
        doses = self._database.read(
            "Vaccinations",
            RECORD,
            Keys(ranges=[((point,), (point, since)) for point in points]),
            index="VaccinationsByPoint",
            limit=self._most,
            at=at,
        )
        of_points = Keys(prefixes=[(point,) for point in points])
        closures = self._database.read("Closures", CLOSURE, of_points, limit=self._most, at=at)
        tables = (sessions, places, doses, closures)
        known = [one for one in points if all(self._has(rows, one) for rows in tables)]
        opened, claimed, given = _opened(sessions), _claimed(places), _given(doses)
        shut = [closure_of(row) for row in closures]
        found = {
            point: figures_of(
                opened[point],
                claimed[point],
                given[point],
                [one for one in shut if one.point == point],
                now,
            )
            for point in known
        }
        return found, at

    def _has(self, rows: Sequence[Sequence[Any]], point: PointId) -> bool:
        """Tell whether all of a point's rows were read: where the bound cut, the last are not."""
        return len(rows) < self._most or point < rows[-1][0]


def _opened(rows: Sequence[Sequence[Any]]) -> Mapping[PointId, list[Session]]:
    """Return the sessions that stand; who came without a visit has one of no series."""
    found: dict[PointId, list[Session]] = defaultdict(list)
    for row in rows:
        if row[-2] is not None and row[-1] is None:
            session = session_of(row)
            found[session.key.point].append(session)
    return found


def _claimed(rows: Sequence[Sequence[Any]]) -> Mapping[PointId, list[Claimed]]:
    found: dict[PointId, list[Claimed]] = defaultdict(list)
    for point, day, nr, slot, kind in rows:
        key = SessionKey(PointId(point), day, nr)
        found[key.point].append(Claimed(key, slot, kind))
    return found


def _given(rows: Sequence[Sequence[Any]]) -> Counter[PointId]:
    return Counter(PointId(row[0]) for row in standing(rows))

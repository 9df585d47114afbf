"""What edits of many points are decided by, in as few reads as of one."""

from collections.abc import Sequence

from erejestracja.domain.closures import Closures
from erejestracja.domain.ids import PointId
from erejestracja.domain.series import SeriesId
from erejestracja.domain.timetable import Outlook, Reach
from erejestracja.storage.spanner.closures import closures_of
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.points import POINT, point_of
from erejestracja.storage.spanner.series import SERIES, reach_of


def outlooks_of(database: Database, points: Sequence[PointId]) -> dict[PointId, Outlook]:
    """Return what edits are decided by, of those of the points that there are.

    Edits are read before what stands, so that a series that is made meanwhile does not look ended;
    whoever is decided by numbers that are out of date clashes.
    """
    there = database.read("Points", POINT, Keys(exact=[(one,) for one in points]))
    known = {point.id: point for point in map(point_of, there)}
    if not known:
        return {}
    keys = Keys(prefixes=[(one,) for one in known])
    edited: dict[str, set[SeriesId]] = {}
    newest: dict[str, int] = {}
    for point, number, series in database.read(
        "SeriesEdits", ("PointId", "Number", "SeriesId"), keys
    ):
        edited.setdefault(point, set()).add(SeriesId(series))
        newest[point] = max(newest.get(point, -1), number)
    stands: dict[str, list[Reach]] = {}
    for row in database.read("Series", SERIES, keys):
        stands.setdefault(row[0], []).append(reach_of(row, known[row[0]].powiat))
    closures = closures_of(database, list(known))
    return {
        one: Outlook(
            point=point,
            closures=closures.get(one, Closures((), -1)),
            series=tuple(stands.get(one, ())),
            edited=frozenset(edited.get(one, ())),
            newest=newest.get(one, -1),
        )
        for one, point in known.items()
    }

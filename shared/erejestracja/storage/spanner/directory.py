"""The list of points as files change it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from erejestracja.domain.ids import PointId
from erejestracja.domain.imports import Listing
from erejestracja.domain.point import Point
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time
from erejestracja.storage.spanner.points import POINT, point_of, point_values

WRITTEN = (*POINT, "UpdatedAt")


class SpannerDirectory:
    """Port Directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, points: Sequence[PointId]) -> Mapping[PointId, tuple[Point, datetime]]:
        """Return which of these points there are, each with when it was written."""
        keys = Keys(exact=[(one,) for one in points])
        rows = self._database.read("Points", WRITTEN, keys)
        return {row[0]: (point_of(row), row[-1]) for row in rows}


def put_points(batch: Batch, listing: Listing) -> None:
    """Add new points, which clash if they are there, and overwrite those that changed.

    A change clashes if its point is otherwise by now than it was judged by.
    """
    if listing.new:
        rows = [(*point_values(point), commit_time()) for point in listing.new]
        batch.insert_rows("Points", WRITTEN, rows)
    if listing.changed:
        ended = [(point.id, since, commit_time()) for point, since in listing.changed]
        batch.insert_rows("PointChanges", ("PointId", "Since", "ChangedAt"), ended)
        rows = [(*point_values(point), commit_time()) for point, _ in listing.changed]
        batch.put_rows("Points", WRITTEN, rows)

"""The list of points as files change it."""

from collections.abc import Mapping, Sequence

from erejestracja.domain.ids import PointId
from erejestracja.domain.imports import Listing
from erejestracja.domain.point import Point
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time
from erejestracja.storage.spanner.points import POINT, point_of, point_values


class SpannerDirectory:
    """Port Directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self, points: Sequence[PointId]) -> Mapping[PointId, Point]:
        """Return which of these points there are."""
        rows = self._database.read("Points", POINT, Keys(exact=[(one,) for one in points]))
        return {point.id: point for point in map(point_of, rows)}


def put_points(batch: Batch, listing: Listing) -> None:
    """Add new points, which clash if they are there, and overwrite those that changed."""
    columns = (*POINT, "UpdatedAt")
    if listing.new:
        rows = [(*point_values(point), commit_time()) for point in listing.new]
        batch.insert_rows("Points", columns, rows)
    if listing.changed:
        rows = [(*point_values(point), commit_time()) for point in listing.changed]
        batch.put_rows("Points", columns, rows)

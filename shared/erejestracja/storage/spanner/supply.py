"""A point's terms of supply: a row for each change of them, whose number says no to a second."""

from erejestracja.domain.ids import PointId
from erejestracja.domain.supply import Supply
from erejestracja.storage.spanner.database import Database, commit_time, prefix
from erejestracja.storage.spanner.vials import SpannerVials

TERMS = ("Number", "WeeklyLimit")


class SpannerSupplies:
    """Port Supplies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def supply(self, point: PointId) -> Supply:
        """Return a point's terms as they stand, and its lots."""
        rows = self._database.read("SupplyChanges", TERMS, prefix(point), limit=1)
        number, limit = rows[0] if rows else (-1, None)
        lots = SpannerVials(self._database).lots(point)
        return Supply(point, limit, number, tuple(lots))

    def change(self, supply: Supply, actor: str) -> None:
        """Store terms under their number. Raises Clash where it is taken."""
        self._database.commit(
            lambda batch: batch.insert(
                "SupplyChanges",
                PointId=supply.point,
                Number=supply.number,
                WeeklyLimit=supply.weekly_limit,
                Actor=actor,
                ChangedAt=commit_time(),
            )
        )

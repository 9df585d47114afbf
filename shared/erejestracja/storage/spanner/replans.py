"""What was planned for when deliveries changed, and which points look at what has fallen, when."""

from dataclasses import replace
from datetime import date

from erejestracja.domain.cover import ONE_DAY
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PointId
from erejestracja.domain.supply import Replan
from erejestracja.storage.spanner.closures import FALLS, SpannerHits
from erejestracja.storage.spanner.database import Batch, Database, Keys, key, prefix
from erejestracja.storage.spanner.fallen import REPLAN, replan_of
from erejestracja.storage.spanner.supply import stand_on_terms


class SpannerReplans(SpannerHits):
    """Ports Replans, Hits and UnheardHits, of doses that do not come."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, FALLS)

    def all(self, point: PointId) -> list[Replan]:
        """Return a point's, the last first."""
        rows = self._database.read("Replans", REPLAN, prefix(point))
        return [replan_of(row) for row in rows]

    def due(self, today: date, limit: int) -> list[PointId]:
        """Return points at which what has fallen is to be looked at, the longest due first."""
        rows = self._database.read(
            "FallenPlaces",
            ("PointId",),
            Keys(below=(today + ONE_DAY,)),
            index="FallenPlacesDue",
            limit=limit,
        )
        return [PointId(point) for (point,) in rows]

    def looked(self, footing: Footing, again: date | None) -> None:
        """Note that nothing comes back, until a day, or that nothing has fallen any more."""

        def fill(batch: Batch) -> None:
            stand_on_terms(batch, replace(footing, supply=None))
            if again is None:
                batch.delete("FallenPlaces", key(footing.point))
            else:
                batch.put("FallenPlaces", PointId=footing.point, DueOn=again)

        self._database.commit(fill)

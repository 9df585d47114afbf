"""Supply: what a point has to give, and how much it gives in a week at most."""

from dataclasses import dataclass

from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.vials import Lot

MOST_A_WEEK = 100_000


@dataclass(frozen=True, slots=True)
class Supply:
    """A point's terms of supply and its lots.

    `weekly_limit` is how many doses the point gives from Monday to Sunday at most (domain 4.1),
    None where nothing was said. Terms are versions: `number` is that of the last change, -1 before
    the first.
    """

    point: PointId
    weekly_limit: int | None = None
    number: int = -1
    lots: tuple[Lot, ...] = ()

    def doses_per_vial(self, vaccine: VaccineCode) -> int | None:
        """Return how the vaccine comes to this point: as its latest lot does, of those with doses.

        Lots that are used up tell only where there is no other; None where there never was one.
        """
        lots = [lot for lot in self.lots if lot.vaccine == vaccine]
        latest = max(lots, key=lambda lot: (lot.balance > 0, lot.expires_on), default=None)
        return latest.doses_per_vial if latest else None

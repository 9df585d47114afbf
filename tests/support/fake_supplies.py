"""Terms of supply in memory: versions whose number says no to a second."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from erejestracja.domain.ids import PointId
from erejestracja.domain.supply import Supply
from erejestracja.domain.vials import Lot
from erejestracja.ports import Clash


@dataclass
class FakeSupplies:
    """Port Supplies; `before_commit` is called before each commit, as another caller would be."""

    terms: dict[PointId, list[Supply]] = field(default_factory=dict)
    lots: list[Lot] = field(default_factory=list)
    before_commit: Callable[[], None] = lambda: None

    def supply(self, point: PointId) -> Supply:
        newest = self.terms.get(point, [Supply(point)])[-1]
        return replace(newest, lots=tuple(lot for lot in self.lots if lot.point == point))

    def change(self, supply: Supply, actor: str) -> None:
        assert actor
        self.before_commit()
        versions = self.terms.setdefault(supply.point, [])
        if supply.number in [one.number for one in versions]:
            raise Clash("Table SupplyChanges: Row already exists")
        versions.append(supply)

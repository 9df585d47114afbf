"""Terms of supply and deliveries in memory: versions whose number says no to a second."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PointId
from erejestracja.domain.supply import Delivery, DeliveryId, Replan, Supply, SupplyChange
from erejestracja.domain.vials import Lot
from erejestracja.ports import Clash


@dataclass
class FakeSupplies:
    """Port Supplies; `before_commit` is called before each commit, as another caller would be."""

    changes: dict[PointId, list[SupplyChange]] = field(default_factory=dict)
    deliveries: dict[tuple[PointId, DeliveryId], Delivery] = field(default_factory=dict)
    replans: dict[tuple[PointId, int], Replan] = field(default_factory=dict)
    due_on: dict[PointId, date] = field(default_factory=dict)
    lots: list[Lot] = field(default_factory=list)
    before_commit: Callable[[], None] = lambda: None
    wake: Callable[[], None] = lambda: None

    def supply(self, point: PointId) -> Supply:
        made = self.changes.get(point)
        newest = made[-1].terms if made else Supply(point)
        return replace(
            newest,
            lots=tuple(lot for lot in self.lots if lot.point == point),
            deliveries=tuple(one for (at, _), one in self.deliveries.items() if at == point),
        )

    def supplies(self, points: Sequence[PointId]) -> dict[PointId, Supply]:
        return {point: self.supply(point) for point in points}

    def change(self, change: SupplyChange) -> None:
        self.before_commit()
        self.take(change)
        self.wake()
        if change.terms.point in self.due_on:
            self.look_again(change.terms.point)

    def take(self, change: SupplyChange) -> None:
        """Write a change, or clash."""
        assert change.actor
        terms = change.terms
        self.check(terms.point, terms.number - 1)
        self.changes.setdefault(terms.point, []).append(change)
        if change.replan:
            self.replans[terms.point, change.replan.number] = change.replan
        self.deliveries |= {(terms.point, one.id): one for one in change.deliveries}

    def check(self, point: PointId, number: int) -> None:
        """Clash where terms have changed since a number."""
        made = self.changes.get(point)
        if (made[-1].terms.number if made else -1) != number:
            raise Clash("Table SupplyChanges: Row already exists")

    def stand_on(self, footing: Footing) -> None:
        """Do to terms what a commit does that stands on them."""
        self.check(footing.point, footing.terms)
        if footing.supply:
            self.take(footing.supply)
            if footing.supply.deliveries:
                self.wake()

    def look_again(self, point: PointId) -> None:
        self.due_on[point] = date.min

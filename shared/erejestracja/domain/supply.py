"""Supply: what a point has to give, what is to come, and how much it gives in a week at most."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import NewType

from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.vials import Lot

MOST_A_WEEK = 100_000
DeliveryId = NewType("DeliveryId", str)


class DeliveryStatus(StrEnum):
    """Whether a delivery is only told of, sure to come, or never will."""

    ANNOUNCED = "announced"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Doses that are to come on a local day; `arrived` of them are in the ledger of vials."""

    id: DeliveryId
    vaccine: VaccineCode
    doses: int
    expected_on: date
    status: DeliveryStatus
    arrived: int = 0

    def covers_from(self, today: date) -> bool:
        """Tell whether places may be published for it.

        What did not come on its day counts no more, until it is confirmed for another.
        """
        return self.status is DeliveryStatus.CONFIRMED and self.expected_on >= today

    @property
    def version(self) -> str:
        """Return what is another as soon as anything of the delivery has changed."""
        return f"{self.status.value}-{self.doses}-{self.arrived}-{self.expected_on}"

    @property
    def left(self) -> int:
        """Return how many doses are still to come."""
        return max(0, self.doses - self.arrived)


@dataclass(frozen=True, slots=True)
class Supply:
    """A point's terms of supply, its lots and deliveries.

    `weekly_limit` is how many doses the point gives from Monday to Sunday at most (domain 4.1),
    None where nothing was said. Of `controlled` vaccines no more places are published than doses
    are in stock or confirmed. Terms are versions: `number` is that of the last change, -1 before
    the first; deliveries and edits that live on them count as changes.
    """

    point: PointId
    weekly_limit: int | None = None
    number: int = -1
    controlled: frozenset[VaccineCode] = frozenset()
    lots: tuple[Lot, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    def doses_per_vial(self, vaccine: VaccineCode) -> int | None:
        """Return how the vaccine comes to this point: as its latest lot does, of those with doses.

        Lots that are used up tell only where there is no other; None where there never was one.
        """
        lots = [lot for lot in self.lots if lot.vaccine == vaccine]
        latest = max(lots, key=lambda lot: (lot.balance > 0, lot.expires_on), default=None)
        return latest.doses_per_vial if latest else None


def arriving(supply: Supply, vaccine: VaccineCode, doses: int) -> tuple[Delivery, ...]:
    """Return the confirmed deliveries that doses in hand are of, those due first before others.

    So doses that have come are not counted as still to come, be it said of which delivery or not.
    """
    found = []
    for one in sorted(supply.deliveries, key=lambda one: (one.expected_on, one.id)):
        if one.vaccine == vaccine and one.status is DeliveryStatus.CONFIRMED and one.left:
            came = min(doses, one.left)
            doses -= came
            if came:
                found.append(replace(one, arrived=one.arrived + came))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Shortage:
    """How many places of a local day no dose is there for.

    Of several vaccines that would do, `vaccine` is the one the point would rather give.
    """

    day: date
    vaccine: VaccineCode
    missing: int


class Override(StrEnum):
    """Why more places are published than are covered."""

    DELIVERY_PROMISED = "deliveryPromised"
    TRANSFER_PROMISED = "transferPromised"
    INSTRUCTED = "instructed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Replan:
    """A change of a delivery that was planned for: what it was, what became of visits, and why.

    `number` is that of the change of supply. `undone`, it is so no longer.
    """

    number: int
    before: Delivery
    after: Delivery
    strategy: Strategy
    reason: ClosureReason | None
    actor: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class SupplyChange:
    """Terms as they are to be, under the next number; by whom; and what was changed with them.

    `override` is why `missing` places are published all the same. `replan` is what was planned for
    with it, or is undone by it.
    """

    terms: Supply
    actor: str
    deliveries: tuple[Delivery, ...] = ()
    override: Override | None = None
    missing: int = 0
    replan: Replan | None = None

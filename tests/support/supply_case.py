"""A point under supply control: series, lots, deliveries, and upkeep's horizon, all in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from erejestracja.domain.events import Event
from erejestracja.domain.footing import Covered
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Point
from erejestracja.domain.series import Series, SeriesId
from erejestracja.domain.session import Session
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.supply import Delivery, DeliveryId, DeliveryStatus, Override
from erejestracja.domain.timetable import Edit, Reach
from erejestracja.domain.vials import Lot
from erejestracja.ports import Clash
from erejestracja.services import replanning, schedule, supply, upkeep
from erejestracja.services.replanning import Replanning, Wanted
from erejestracja.services.schedule import Board
from erejestracja.services.settling import settle
from erejestracja.services.supply import Rearranged, Terms
from tests.support.builders import DAY, PFIZER, POINT, a_series
from tests.support.desk import SetClock
from tests.support.fake_schedules import FakeSchedules
from tests.support.fake_supplies import FakeSupplies
from tests.support.schedule_case import ADMIN, Case

# Thirty-two places on each weekday from `DAY`, a Monday, on.
A_DAY = 32
NEXT_YEAR = date(2027, 6, 30)


def rearranged(board: Board, point: Point, delivery: DeliveryId, **changes: Any) -> Delivery:
    """Change a delivery, as somebody does who has just looked at it."""
    found = board.supplies.supply(point.id).deliveries
    seen = next((one.version for one in found if one.id == delivery), "")
    wanted = Rearranged(**{"version": seen, **changes})
    return supply.rearranged(board, ADMIN, point, delivery, wanted)


@dataclass
class FakeHorizons:
    """Port Horizons over the fake schedules; `CoveredTo` as the real rows have it."""

    schedules: FakeSchedules
    looked: dict[SeriesId, date]

    def behind(self, until: date, limit: int) -> list[Reach]:
        series = self.schedules.plans.series.values()
        late = [r for r in series if self.looked.get(r.series.id, r.until or date.min) < until]
        return late[:limit]

    def controlled(self, points: Iterable[PointId]) -> set[PointId]:
        supplies = self.schedules.supplies
        return {one for one in points if supplies.supply(one).controlled}

    def publish(
        self,
        series: Series,
        sessions: Sequence[Session],
        until: date,
        events: Sequence[Event],
        covered: Covered | None,
    ) -> None:
        assert bool(events) == bool(sessions)
        self.schedules.before_commit("horizon")
        if series.number in self.schedules.plans.ended:
            raise Clash("Table SeriesEnded: Row already exists")
        if covered:
            self.schedules.supplies.stand_on(covered.footing)
        elif self.controlled([series.point]):
            raise Clash("Table SupplyControls: Row already exists")
        tables = self.schedules.store.tables
        tables.sessions |= {session.key: session for session in sessions}
        self.schedules.plans.made_by |= dict.fromkeys((s.key for s in sessions), series.id)
        self.schedules.plans.series[series.id] = Reach(series, until)
        self.looked[series.id] = covered.looked_to if covered else until


@dataclass
class SupplyCase(Case):
    """A point of which Pfizer is under control; `supplies_of` another store's, where there is."""

    supplies_of: FakeSupplies | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.supplies_of:
            self.schedules.supplies = self.supplies = self.supplies_of
            self.board = replace(self.board, supplies=self.supplies)
        self.horizons = FakeHorizons(self.schedules, {})
        self.supplies.wake = self.horizons.looked.clear
        self.control(PFIZER)

    def control(self, *codes: Any) -> None:
        etag = str(self.supplies.supply(POINT).number)
        terms = Terms(None, frozenset(codes))
        supply.termed(self.board, ADMIN, self.point, terms, etag)

    def lot(self, doses: int, expires_on: date = NEXT_YEAR) -> None:
        code = f"LOT{len(self.supplies.lots)}"
        self.supplies.lots.append(Lot(POINT, code, PFIZER, expires_on, 6, doses, 1))

    def delivery(
        self, doses: int, day: int = 0, status: DeliveryStatus = DeliveryStatus.CONFIRMED
    ) -> DeliveryId:
        """Note a delivery some days after `DAY`."""
        name = DeliveryId(f"delivery-{len(self.supplies.deliveries)}")
        one = Delivery(name, PFIZER, doses, DAY + timedelta(days=day), status)
        supply.announced(self.board, ADMIN, self.point, one)
        return name

    def rearrange(self, delivery: DeliveryId, **changes: Any) -> Delivery:
        return rearranged(self.board, self.point, delivery, **changes)

    def plan_anew(
        self,
        delivery: DeliveryId,
        strategy: Strategy = Strategy.REACCOMMODATE,
        reason: ClosureReason | None = ClosureReason.NO_DELIVERY,
        **changes: Any,
    ) -> Replanning:
        """Return what a change of a delivery would do, as somebody who has just looked at it."""
        seen = {"version": self.supplies.deliveries[POINT, delivery].version}
        wanted = Wanted(Rearranged(**seen | changes), strategy, reason)
        return replanning.planned(self.board, ADMIN, self.point, delivery, wanted)

    def replan(
        self, delivery: DeliveryId, override: Override | None = None, **facts: Any
    ) -> Replanning:
        found = self.plan_anew(delivery, **facts)
        replanning.carry_out(self.board, found, override)
        return found

    def take_back_replan(self, number: int) -> None:
        known = self.schedules.replans()
        found = replanning.taken_back(self.board, ADMIN, self.point, known, number)
        replanning.carry_out(self.board, found)

    def bring_back(self) -> int:
        """Let upkeep look at what has fallen."""
        return replanning.bring_back(self.board, self.schedules.replans())

    def make(
        self, series: str = "series-1", override: Override | None = None, **changes: Any
    ) -> Edit:
        """Make a series of a week, or of other days."""
        as_covered = changes.pop("as_covered", False)
        facts = {"number": 0, "valid_to": DAY + timedelta(days=6), **changes}
        new = a_series(id=SeriesId(series), **facts)
        found = schedule.made(self.board, ADMIN, self.point, new, as_covered=as_covered)
        edit = schedule.begin(self.board, found, override)
        settle(self.board, edit)
        return edit

    def extend(self, later: int = 0) -> int:
        """Let upkeep extend horizons, some days later."""
        assert isinstance(self.board.clock, SetClock)
        self.board.clock.at += timedelta(days=later)
        return upkeep.extend_horizons(self.horizons, self.board)

    def by_day(self) -> dict[date, int]:
        """Return the places that stand, by day."""
        found: dict[date, int] = {}
        gone = self.schedules.plans.withdrawn_by
        for key, one in self.store.tables.sessions.items():
            if key in gone:
                continue
            found[one.key.day] = found.get(one.key.day, 0) + one.slots * one.places
        return found

    def missing(self) -> dict[date, int]:
        """Return the places without a dose, by day."""
        known = self.supplies.supply(POINT)
        return {s.day: s.missing for s in supply.uncovered(self.board, self.point, known)}

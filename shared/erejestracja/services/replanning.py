"""Planning anew when a delivery changes: what falls, what becomes of visits, what comes back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.closures import Hit
from erejestracja.domain.cover import ONE_DAY, missing, published, risen
from erejestracja.domain.errors import InvalidRequest, NotCovered, NotFound, VersionMismatch
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Point
from erejestracja.domain.replan import (
    DayFall,
    Key,
    Measured,
    OfferedSeats,
    days_of,
    fallen_of,
    offered,
)
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.supply import (
    Delivery,
    DeliveryId,
    Override,
    Replan,
    Shortage,
    Supply,
    SupplyChange,
)
from erejestracja.domain.timetable import Reach, as_edited
from erejestracja.domain.visit import Visit
from erejestracja.ports import Clash, Gone
from erejestracja.services.closing import Hits, unreachable
from erejestracja.services.cover import needed_today
from erejestracja.services.editing import Change, impacts_of, settled
from erejestracja.services.schedule import Board, Impact
from erejestracja.services.seats import beyond, people_of
from erejestracja.services.supply import Rearranged, as_wanted, delivery_of

POINTS_A_RUN = 100


class Replans(Hits, Protocol):
    """What was planned for when deliveries changed, whom that hit, and where something fell."""

    def all(self, point: PointId) -> Sequence[Replan]:
        """Return a point's, the last first."""
        ...

    def due(self, today: date, limit: int) -> Sequence[PointId]:
        """Return points at which what has fallen is to be looked at."""
        ...

    def looked(self, footing: Footing, again: date | None) -> None:
        """Note that nothing comes back, until a day, or that nothing has fallen any more.

        Raises Clash where terms of supply changed since.
        """
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a delivery is to be, what becomes of visits that no dose is there for then, and why."""

    delivery: Rearranged
    strategy: Strategy
    reason: ClosureReason | None = None


@dataclass(frozen=True, slots=True)
class Replanning:
    """A plan anew: what falls day by day, and the visits that no dose is there for.

    `left` is what is without a dose even so, and was not before.
    """

    deliveries: tuple[Delivery, ...]
    strategy: Strategy
    reason: ClosureReason | None
    days: tuple[DayFall, ...]
    visits: tuple[Visit, ...]
    impacts: tuple[Impact, ...]
    footing: Footing
    left: tuple[Shortage, ...]

    @property
    def number(self) -> int:
        """Return the number of the change of supply."""
        return self.footing.terms + 1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan anew is: whose visits it has hit, and who of them takes no messages."""

    replan: Replan
    settled: bool
    hits: tuple[Hit, ...]
    unreachable: tuple[Hit, ...]


def planned(
    board: Board, actor: Actor, point: Point, delivery: DeliveryId, wanted: Wanted
) -> Replanning:
    """Return what a change of a delivery would do to what is published.

    All that is without a dose falls, also what was so before. Raises NotFound, VersionMismatch,
    InvalidRequest.
    """
    supply = board.supplies.supply(point.id)
    was = delivery_of(supply, delivery)
    if wanted.delivery.version != was.version:
        raise VersionMismatch
    after = as_wanted(was, wanted.delivery, board.today())
    number = supply.number + 1
    replan = Replan(number, was, after, wanted.strategy, wanted.reason, actor.subject)
    change = _change(supply, actor, (after,), replan)
    series = board.schedules.series(point)
    return _anew(board, actor, point, series, _Asked(supply, change, keeps=False))


def taken_back(
    board: Board, actor: Actor, point: Point, replans: Replans, number: int
) -> Replanning:
    """Return what undoing one would do: the delivery is as it was, and so is what doses are for.

    Visits that still look for a place get their exact time back where it is free; cancelled ones
    stay cancelled, for their people were told. Raises NotFound; VersionMismatch where it is undone
    or the delivery was changed since; InvalidRequest where its day is past by now.
    """
    supply = board.supplies.supply(point.id)
    replan = named(replans, point.id, number)
    now, then = delivery_of(supply, replan.after.id), replan.before
    if replan.undone or replace(now, arrived=0) != replace(replan.after, arrived=0):
        raise VersionMismatch
    back = Rearranged(now.version, then.status, then.doses, then.expected_on)
    after = as_wanted(now, back, board.today())
    change = _change(supply, actor, (after,), replace(replan, undone=True))
    series = board.schedules.series(point)
    return _anew(board, actor, point, series, _Asked(supply, change, keeps=True))


def named(replans: Replans, point: PointId, number: int) -> Replan:
    """Return what was planned for under a number. Raises NotFound."""
    for one in replans.all(point):
        if one.number == number:
            return one
    raise NotFound


def carry_out(board: Board, found: Replanning, override: Override | None = None) -> bool:
    """Commit a plan anew as one, then let sessions follow; False where upkeep has to complete that.

    Raises NotCovered where something is without a dose even so, unless there is a reason for it;
    InvalidRequest where visits go without one; VersionMismatch where something changed meanwhile.
    """
    if found.left and override is None:
        raise NotCovered(found.left)
    if found.visits and found.reason is None and found.strategy is not Strategy.KEEP:
        raise InvalidRequest({"reason": "is needed where visits lose their place"})
    change = found.footing.supply
    if change and found.left:
        without = sum(one.missing for one in found.left)
        change = replace(change, override=override, missing=without)
    edits = [(one.edit, one.ends) for one in found.impacts]
    try:
        board.schedules.begin(edits, replace(found.footing, supply=change))
    except (Clash, Gone):
        raise VersionMismatch from None
    left = [edit for edit, _ in edits if not settled(board, edit)]
    return not left


def progress(replans: Replans, point: Point, number: int) -> Progress:
    """Return how far one is. Raises NotFound."""
    replan = named(replans, point.id, number)
    found = replans.hits(point.id, number)
    silent = unreachable(replans, found)
    return Progress(replan, replans.is_settled(point.id), tuple(found), silent)


def bring_back(board: Board, replans: Replans) -> int:
    """Publish again what had fallen, as far as there are doses by now; return how many places.

    Each change of supply has its point looked at within minutes, and so does each new day.
    """
    today = board.today()
    points = replans.due(today, POINTS_A_RUN)
    return sum(_brought_back(board, replans, point) for point in points)


def _brought_back(board: Board, replans: Replans, named: PointId) -> int:
    point = board.schedules.point(named)
    if point is None:
        return 0
    supply = board.supplies.supply(named)
    actor = Actor("upkeep", frozenset({Role.ADMIN}), points=frozenset({named}))
    series = board.schedules.series(point)
    found = _anew(board, actor, point, series, _Asked(supply, _change(supply, actor), keeps=True))
    again = sum(day.again for day in found.days)
    has_fallen = any(reach.series.fallen for reach in series)
    try:
        # More doses take nothing down; and it is not for upkeep to do that.
        if again and not any(day.free for day in found.days):
            carry_out(board, found)
            return again
        replans.looked(found.footing, board.today() + ONE_DAY if has_fallen else None)
    except (Clash, NotCovered, VersionMismatch):
        # Somebody changed the point's plans meanwhile: the next run looks again.
        pass
    return 0


@dataclass(frozen=True, slots=True)
class _Asked:
    """Terms as they stand, how they are to be, and whether all that is published may stay."""

    before: Supply
    change: SupplyChange
    keeps: bool


def _change(
    supply: Supply, actor: Actor, deliveries: Sequence[Delivery] = (), replan: Replan | None = None
) -> SupplyChange:
    changed = {one.id: one for one in deliveries}
    after = replace(
        supply,
        number=supply.number + 1,
        deliveries=tuple(changed.get(one.id, one) for one in supply.deliveries),
    )
    return SupplyChange(after, actor.subject, tuple(deliveries), replan=replan)


def _anew(
    board: Board, actor: Actor, point: Point, series: Sequence[Reach], asked: _Asked
) -> Replanning:
    today, after = board.today(), asked.change.terms
    needed = needed_today(board.schedules, series, point, today)
    lacking = missing(asked.before, published(series, today) + needed, today)
    people = people_of(board, point, series, after)
    replan = asked.change.replan
    strategy = replan.strategy if replan and not asked.keeps else Strategy.KEEP
    # Sessions of today stay as they are: what they are without is for a closure.
    allowed = missing(after, needed, today) | Counter(lacking if asked.keeps else ())
    by = Measured(after, today, needed, allowed)
    offers = offered(people.seats, by, keeps=strategy is Strategy.KEEP)
    visits = beyond(board, offers, people.visits)
    impacts, footing = _impacts(board, actor, (series, offers, strategy), asked.change)
    edited = as_edited(series, [one.edit for one in impacts])
    then = missing(after, published(edited, today) + needed, today)
    booked = Counter(key for key, some in visits.items() for _ in some)
    hit = [visit for some in visits.values() for visit in some]
    return Replanning(
        deliveries=asked.change.deliveries,
        strategy=strategy,
        reason=replan.reason if replan else None,
        days=tuple(days_of(offers, booked)),
        visits=tuple(sorted(hit, key=lambda visit: (visit.starts_at, visit.id))),
        impacts=impacts,
        footing=footing,
        left=tuple(risen(lacking, then)),
    )


def _impacts(
    board: Board,
    actor: Actor,
    plan: tuple[Sequence[Reach], Mapping[Key, OfferedSeats], Strategy],
    change: SupplyChange,
) -> tuple[tuple[Impact, ...], Footing]:
    series, offers, strategy = plan
    today, number = board.today(), change.terms.number
    fates = Strategy.REACCOMMODATE if strategy is Strategy.KEEP else strategy
    before = {r.series.id: [f for f in r.series.fallen if f.day > today] for r in series}
    fallen = fallen_of(offers.values(), before, number, fates)
    point = change.terms.point
    closures = board.schedules.closures(point)
    footing = Footing(point, closures.number, terms=number - 1, supply=change)
    changes: list[Change] = []
    for reach in series:
        was, now = reach.series, fallen[reach.series.id]
        if list(now) != before[was.id]:
            today_s = (one for one in was.fallen if one.day == today)
            changes.append((reach, replace(was, fallen=(*today_s, *now))))
    return tuple(impacts_of(board, actor, changes, closures, footing)), footing

"""Changing the slots of many days at once, in all series of a point, and undoing that as one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.adjustments import (
    Adjusted,
    Adjustment,
    AdjustmentId,
    Selection,
    with_adjustment,
)
from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    NotFound,
    VersionMismatch,
)
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import VisitId, derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.series import Series, is_cut_too_often, sessions_of
from erejestracja.domain.supply import Override
from erejestracja.domain.timetable import Reach, keeping_their_time, places_in
from erejestracja.domain.varied import last_word
from erejestracja.domain.visit import Visit
from erejestracja.services.editing import carried_out, impacts_of
from erejestracja.services.schedule import Board, Impact

LONGEST = timedelta(days=366)
# Of one series, those that were undone too: each is asked about each slot of its days.
MOST_KEPT = 100
ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """Which slots are to be what; the same `key` is the same request."""

    which: Selection
    what: Adjusted
    key: str


@dataclass(frozen=True, slots=True)
class Adjusting:
    """A change of many slots, and what it does to each series; without impacts it is there."""

    adjustment: Adjustment
    impacts: tuple[Impact, ...]
    footing: Footing

    def places(self) -> tuple[int, int, int]:
        """Return how many places come, go and stay."""
        plans = [one.plan for one in self.impacts]
        return (
            sum(places_in(plan.creates) for plan in plans),
            sum(places_in(plan.withdraws) for plan in plans),
            sum(places_in(plan.keeps) for plan in plans),
        )

    def visits(self) -> list[Visit]:
        """Return the visits whose sessions are made anew, soonest first."""
        found = [visit for one in self.impacts for visit in one.visits]
        return sorted(found, key=lambda visit: (visit.starts_at, visit.id))

    def staying(self) -> frozenset[VisitId]:
        """Return which of them keep their time."""
        found = (keeping_their_time(one.plan, one.visits) for one in self.impacts)
        return frozenset[VisitId]().union(*found)


def asked_for(board: Board, actor: Actor, point: Point, asked: Asked) -> Adjusting:
    """Return what changing the slots would do.

    Raises InvalidRequest; IdempotencyConflict where the key was used for something else.
    """
    series = board.schedules.series(point)
    words = (last_word(one.series.varied, one.series.adjusted) for one in series)
    adjustment = Adjustment(
        AdjustmentId(derived_id("adjustment", point.id, asked.key, length=ID_LENGTH)),
        max(words, default=0) + 1,
        asked.which,
        asked.what,
    )
    known = next((one for _, one in _of(series, adjustment.id)), None)
    if known:
        if known != replace(adjustment, nr=known.nr, undone=known.undone):
            raise IdempotencyConflict
        return Adjusting(known, (), Footing(point.id, -1))
    _check(board, asked)
    there = [one for one in series if _has_some(one.series, asked.which)]
    if not there:
        raise InvalidRequest({"which": "are no slots of the point"})
    return _adjusting(board, actor, point, there, adjustment)


def undone(board: Board, actor: Actor, point: Point, adjustment: AdjustmentId) -> Adjusting:
    """Return what undoing it would do. Raises NotFound, VersionMismatch once it is undone."""
    found = _of(board.schedules.series(point), adjustment)
    if not found or found[0][1].which.to <= board.today():
        raise NotFound
    there = [reach for reach, one in found if not one.undone]
    if not there:
        raise VersionMismatch
    return _adjusting(board, actor, point, there, replace(found[0][1], undone=True))


def carry_out(board: Board, adjusting: Adjusting, override: Override | None = None) -> bool:
    """Commit it as one, then let sessions follow; False where upkeep has to complete that."""
    if not adjusting.impacts:
        return True
    return carried_out(board, adjusting.impacts, adjusting.footing, override)[1]


def _of(series: Sequence[Reach], named: AdjustmentId) -> list[tuple[Reach, Adjustment]]:
    return [(reach, one) for reach in series for one in reach.series.adjusted if one.id == named]


def _check(board: Board, asked: Asked) -> None:
    which, what = asked.which, asked.what
    wrong = {
        "from": which.from_ <= board.today(),
        "to": not which.from_ <= which.to <= which.from_ + LONGEST,
        "hourTo": which.closes is not None and which.closes <= which.opens,
        "weekdays": not which.weekdays,
        "what": not what.says_something(),
    }
    said = {
        "from": "is not after today",
        "to": "is before from, or more than a year after",
        "hourTo": "is not after hourFrom",
        "weekdays": "are none",
        "what": "is to be changed is not said",
    }
    if any(wrong.values()):
        raise InvalidRequest({name: said[name] for name, is_wrong in wrong.items() if is_wrong})


def _has_some(series: Series, which: Selection) -> bool:
    """Tell whether a series has such slots by its rule, whatever else has been said of them."""
    if which.series not in (None, series.id) or which.vaccine not in (None, *series.vaccines):
        return False
    ruled = replace(series, varied=(), adjusted=(), closed=(), fallen=())
    return any(
        which.has_hour(session.start_of(index))
        for day in calendar.days(which.from_, which.to)
        if which.has_day(day)
        for session in sessions_of(ruled, day)
        for index in range(session.slots)
    )


def _adjusting(
    board: Board, actor: Actor, point: Point, there: Sequence[Reach], adjustment: Adjustment
) -> Adjusting:
    closures = board.schedules.closures(point.id)
    footing = Footing(point.id, closures.number)
    changes = [(reach, _with(board, reach.series, adjustment)) for reach in there]
    impacts = impacts_of(board, actor, changes, closures, footing)
    return Adjusting(adjustment, tuple(impacts), footing)


def _with(board: Board, series: Series, adjustment: Adjustment) -> Series:
    """Return a series with one change of many slots. Raises InvalidRequest where it is too many."""
    after = replace(series, adjusted=with_adjustment(series.adjusted, adjustment, board.today()))
    if len(after.adjusted) > MOST_KEPT:
        raise InvalidRequest({"which": f"have been changed {MOST_KEPT} times"})
    if is_cut_too_often(after, adjustment.which.from_, adjustment.which.to):
        raise InvalidRequest({"which": "cut a day into too many parts"})
    return after

"""Whatever comes, is changed, edited and undone, killed or not: no place without a dose."""

from contextlib import nullcontext, suppress
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from erejestracja.domain.cover import published
from erejestracja.domain.errors import InvalidRequest, NotCovered, NotFound, VersionMismatch
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.supply import DeliveryStatus, Override
from erejestracja.domain.vials import WasteReason
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services import vials
from erejestracja.services.settling import settle_open
from erejestracja.services.vials import Product
from tests.support.builders import DAY, PFIZER, POINT
from tests.support.clinic_case import ClinicCase
from tests.support.schedule_case import ADMIN
from tests.support.supply_case import SupplyCase

DOSES = st.integers(1, 200)
DAYS = st.integers(-3, 10)
REASONS = st.sampled_from([None, None, None, Override.OTHER])
STEPS = st.one_of(
    st.tuples(st.just("announce"), DOSES, DAYS, st.sampled_from(DeliveryStatus)),
    st.tuples(
        st.just("rearrange"),
        st.integers(0, 5),
        st.fixed_dictionaries(
            {"override": REASONS},
            optional={"doses": DOSES, "status": st.sampled_from(DeliveryStatus)},
        ),
    ),
    st.tuples(st.just("arrive"), DOSES),
    st.tuples(st.just("waste"), st.integers(1, 5)),
    st.tuples(st.just("make"), st.integers(1, 3), st.booleans(), REASONS),
    st.tuples(
        st.just("change"),
        st.fixed_dictionaries(
            {},
            optional={
                "places": st.integers(1, 3),
                "step": st.sampled_from([15, 30, 60]),
                "weekdays": st.frozensets(st.integers(1, 7), min_size=1),
            },
        ),
    ),
    st.tuples(st.just("end")),
    st.tuples(st.just("undo"), st.integers(0, 3)),
    st.tuples(st.just("close"), st.integers(0, 5)),
    st.tuples(st.just("reopen")),
    st.tuples(st.just("extend"), st.integers(0, 2)),
    st.tuples(st.just("book"), st.integers(0, 4), st.integers(0, 31)),
    st.tuples(
        st.just("replan"),
        st.integers(0, 5),
        st.fixed_dictionaries(
            {"override": REASONS, "strategy": st.sampled_from(Strategy)},
            optional={
                "doses": st.integers(1, 100),
                "status": st.sampled_from(DeliveryStatus),
                "expected_on": DAYS.map(lambda n: DAY + timedelta(days=n)),
            },
        ),
    ),
    st.tuples(st.just("take_back"), st.integers(0, 2)),
    st.tuples(st.just("bring_back")),
)


class Both:
    """A point's schedule and its ledger over one supply."""

    def __init__(self) -> None:
        self.clinic = ClinicCase()
        self.clinic.store.tables.lots.clear()
        self.plans = SupplyCase(supplies_of=self.clinic.supplies)
        self.wasted = 0
        self.came = 0
        self.late = 0
        self.booked: list[Visit] = []

    def do(self, number: int, step: tuple[Any, ...]) -> None:
        what, *facts = step
        getattr(self, what)(number, *facts)
        self.plans.supplies.lots = list(self.clinic.store.tables.lots.values())

    def announce(self, _: int, doses: int, day: int, status: DeliveryStatus) -> None:
        self.plans.delivery(doses, day, status)

    def rearrange(self, _: int, nth: int, changes: dict[str, Any]) -> None:
        known = [one.id for one in self.plans.supplies.deliveries.values()]
        if known:
            self.plans.rearrange(known[nth % len(known)], **changes)

    def arrive(self, number: int, doses: int) -> None:
        move = vials.Move(ADMIN, POINT, f"LOT{number}", doses, f"came {number}")
        vials.deliver(self.clinic.clinic, move, Product(PFIZER, date(2027, 3, 31), 6))
        self.came += doses

    def waste(self, number: int, doses: int) -> None:
        for lot in list(self.clinic.store.tables.lots.values())[:1]:
            move = vials.Move(ADMIN, POINT, lot.code, doses, f"waste {number}")
            vials.waste(self.clinic.clinic, move, WasteReason.BROKEN)
            self.wasted += doses

    def make(self, number: int, places: int, waits: bool, reason: Override | None) -> None:
        ends = None if waits else DAY + timedelta(days=2)
        self.plans.make(f"series-{number}", reason, places=places, valid_to=ends, as_covered=waits)

    def change(self, _: int, changes: dict[str, Any]) -> None:
        if len(self.plans.schedules.plans.series) == 1:
            self.plans.change(**changes)

    def end(self, _: int) -> None:
        if len(self.plans.schedules.plans.series) == 1:
            self.plans.done(self.plans.plan(None))

    def undo(self, _: int, back: int) -> None:
        edits = sorted(self.plans.schedules.plans.edits, reverse=True)
        if edits:
            self.plans.undo(self.plans.schedules.plans.edits[edits[back % len(edits)]])

    def close(self, _: int, day: int) -> None:
        self.plans.close("08:00", "12:00", day=day)

    def reopen(self, _: int) -> None:
        made = self.plans.schedules.plans.closures.all
        if made:
            self.plans.reopen(made[-1].closed.number)

    def book(self, number: int, day: int, index: int) -> None:
        """Book a slot, or a later one, if there is any that is free."""
        if DAY + timedelta(days=day) > self.plans.board.today():
            with suppress(StopIteration, ZeroDivisionError):
                self.booked.append(self.plans.visit(f"person-{number}", day, index))

    def replan(self, _: int, nth: int, facts: dict[str, Any]) -> None:
        known = [one.id for one in self.plans.supplies.deliveries.values()]
        if known:
            self.plans.replan(known[nth % len(known)], **facts)

    def take_back(self, _: int, back: int) -> None:
        known = self.plans.schedules.replans().all(POINT)
        if known:
            self.plans.take_back_replan(known[back % len(known)].number)

    def bring_back(self, _: int) -> None:
        self.plans.bring_back()

    def extend(self, _: int, days: int) -> None:
        """Let days pass, on which deliveries may not have come, and then extend horizons."""
        before = sum(self.plans.missing().values())
        self.plans.board.clock.at += timedelta(days=days)  # type: ignore[attr-defined]
        self.late += max(0, sum(self.plans.missing().values()) - before)
        self.plans.extend()


def is_whole(case: SupplyCase, visit: Visit) -> bool:
    """Check that a visit has its own time and a place that says the same of it.

    Tell whether somebody comes to it though its session is withdrawn.
    """
    now = case.now(visit)
    claim = case.store.tables.places[now.place]
    told = [one for one in case.store.tables.notices.values() if one.visit == visit.id]
    assert (now.starts_at, claim.id) == (visit.starts_at, visit.id)
    assert (now.status is VisitStatus.BOOKED) == (claim.kind == "visit")
    assert len(told) == (now.status is VisitStatus.CANCELLED)
    is_booked = now.status is VisitStatus.BOOKED
    return is_booked and now.place.slot.session in case.schedules.plans.withdrawn_by


def run(both: Both, steps: list[tuple[tuple[Any, ...], int, bool]]) -> None:
    """Do each step, killed or not, and check that no place is without a dose."""
    case = both.plans
    for number, (step, commits, is_killed) in enumerate(steps):
        killed = case.schedules.killed_after(commits) if is_killed else nullcontext()
        with killed, suppress(InvalidRequest, NotCovered, NotFound, VersionMismatch):
            both.do(number, step)
        reasons = [one for one in case.supplies.changes[POINT] if one.override]
        excused = sum(one.missing for one in reasons) + both.wasted + both.late
        assert sum(case.missing().values()) <= excused
    settle_open(case.board)
    today, series = case.board.today(), case.schedules.series(case.point)
    ahead = {day: n for day, n in case.by_day().items() if day > today}
    fallen = [one for reach in series for one in reach.series.fallen if one.day > today]
    places = sum(one.places() for one in fallen)
    assert sum(ahead.values()) + places == published(series, today).total()
    left_behind = [one for one in both.booked if is_whole(case, one)]
    assert len([one for one in left_behind if one.place.slot.session.day > today]) <= places
    assert sum(lot.balance for lot in case.supplies.lots) == both.came - both.wasted


def leave(both: Both) -> None:
    """Let everybody give their place up, and check that nothing withdrawn can be booked then."""
    for visit in both.booked:
        both.plans.cancel(visit)
    assert both.plans.free_where_withdrawn() == 0


def planned() -> Both:
    """Return a week of thirty-two places a day, and two deliveries that suffice for it."""
    both = Both()
    both.plans.delivery(100)
    both.plans.delivery(60, 3)
    both.plans.make("week", places=2, step=30)
    return both


SOME = st.lists(st.tuples(STEPS, st.integers(0, 6), st.booleans()), max_size=12)


@settings(max_examples=150)
@given(st.booleans(), SOME)
def test_no_place_is_without_a_dose_but_by_a_reason_or_a_loss(
    is_planned: bool, steps: list[tuple[tuple[Any, ...], int, bool]]
) -> None:
    both = planned() if is_planned else Both()
    run(both, steps)
    leave(both)


FEWER = st.tuples(
    st.just("replan"),
    st.integers(0, 1),
    st.fixed_dictionaries(
        {"strategy": st.sampled_from([Strategy.REACCOMMODATE, Strategy.CANCEL])},
        optional={
            "doses": st.integers(1, 60),
            "status": st.sampled_from([DeliveryStatus.CONFIRMED, DeliveryStatus.CANCELLED]),
        },
    ),
)
PLANS = st.one_of(
    FEWER,
    FEWER,
    st.tuples(st.just("take_back"), st.integers(0, 2)),
    st.tuples(st.just("bring_back")),
    st.tuples(st.just("announce"), st.integers(1, 60), DAYS, st.just(DeliveryStatus.CONFIRMED)),
    st.tuples(st.just("change"), st.fixed_dictionaries({"places": st.integers(1, 2)})),
)
BOOKED = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 15)), min_size=20, max_size=60)


@settings(max_examples=100)
@given(BOOKED, st.lists(st.tuples(PLANS, st.integers(0, 9), st.booleans()), max_size=6))
def test_who_has_a_dose_has_a_place_and_nobody_else(
    slots: list[tuple[int, int]], steps: list[tuple[tuple[Any, ...], int, bool]]
) -> None:
    both = planned()
    for number, (day, index) in enumerate(slots):
        both.book(100 + number, day, index)
    run(both, steps)
    booked = sum(both.plans.status(one) is VisitStatus.BOOKED for one in both.booked)
    today, deliveries = both.plans.board.today(), both.plans.supplies.deliveries.values()
    assert booked <= sum(one.doses for one in deliveries if one.covers_from(today))
    leave(both)

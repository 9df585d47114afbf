"""Whatever is edited in whatever order, killed or not: the sessions are those of the rules."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from erejestracja.domain.adjustments import EVERY_DAY, Adjusted, Selection
from erejestracja.domain.closures import closure_of
from erejestracja.domain.errors import InvalidRequest, NotFound, VersionMismatch
from erejestracja.domain.series import SeriesId
from erejestracja.domain.session import OFFERED
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services.settling import settle_open
from tests.support.builders import DAY, MODERNA, PFIZER
from tests.support.schedule_case import Case

ROOMS = ("Gabinet 1", "Gabinet 2")
# Series of the point that overlap, each in a room of its own until edited.
SERIES = dict(zip((SeriesId("one"), SeriesId("two")), ROOMS, strict=True))

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "weekdays": st.frozensets(st.integers(1, 7), min_size=1),
        "step": st.sampled_from([15, 30, 60]),
        "places": st.integers(1, 3),
        "on_holidays": st.booleans(),
        "dose": st.integers(0, 2),
        "also": st.sampled_from([(), (MODERNA,)]),
        "born_from": st.sampled_from([None, date(2015, 1, 1)]),
        "visibility": st.sampled_from(OFFERED),
        "release_hours": st.none() | st.integers(1, 72),
        "room": st.none() | st.sampled_from(ROOMS),
    },
)
# Of one of the series an edit, the end (None), the undoing of the last edit, a closure of the point
# or a room, or the undoing of the last; and after how many commits it is killed, the visit that was
# booked last is cancelled, or one more is booked.
UNDO, REOPEN, TAKE_BACK, SUBSTITUTE = "undo", "reopen", "take back", "substitute"
UNADJUST, FILE = "unadjust", "file"
KILL, LEAVE, BOOK = "kill", "leave", "book"
REFUSED = (VersionMismatch, InvalidRequest, NotFound)
GIVEN = st.sampled_from([PFIZER, MODERNA])
OTHERS = st.tuples(st.integers(0, 2), st.integers(0, 6), GIVEN, GIVEN, st.just(SUBSTITUTE))
HOURS = st.tuples(
    st.integers(0, 7),
    st.integers(7, 15),
    st.integers(1, 8),
    st.none() | st.sampled_from([*ROOMS, "gabinet 1"]),
    st.sampled_from(Strategy),
)
SLOTS = st.tuples(
    st.integers(0, 4), st.none() | st.integers(0, 3), st.none() | st.sampled_from(OFFERED)
)
MANY = st.tuples(
    st.builds(
        lambda first, days, weekdays, opens, hours: Selection(
            DAY + timedelta(days=first),
            DAY + timedelta(days=first + days),
            weekdays,
            time(opens),
            time(opens + hours) if hours else None,
        ),
        st.integers(0, 5),
        st.integers(0, 20),
        st.just(EVERY_DAY) | st.frozensets(st.integers(1, 7), min_size=1),
        st.integers(0, 15),
        st.integers(0, 8),
    ),
    st.builds(
        Adjusted,
        places=st.none() | st.integers(1, 3),
        visibility=st.none() | st.sampled_from(OFFERED),
        release_hours=st.none() | st.integers(1, 72),
        blocked=st.none() | st.booleans(),
    ),
)
# A file that says otherwise of the first of the series that stand, and perhaps of the next.
FILES = st.tuples(st.just(FILE), st.lists(CHANGES, min_size=1, max_size=2).map(tuple))
STEPS = st.tuples(
    st.sampled_from(sorted(SERIES)),
    CHANGES
    | st.none()
    | st.sampled_from([UNDO, REOPEN, TAKE_BACK, UNADJUST])
    | HOURS
    | SLOTS
    | OTHERS
    | MANY
    | FILES,
    st.integers(0, 6),
    st.sampled_from([None, KILL, LEAVE, BOOK]),
)


def beside(
    case: Case, what: str | None, commits: int, booked: list[Visit]
) -> AbstractContextManager[object]:
    """Have the process killed, a visit cancelled or booked, before the next commit but so many."""
    if what == KILL:
        return case.schedules.killed_after(commits)
    return meanwhile(case, what, commits, booked) if what else nullcontext()


@contextmanager
def meanwhile(case: Case, what: str, commits: int, booked: list[Visit]) -> Iterator[None]:
    """Have the visit that was booked last cancelled, or another booked, after so many commits."""
    made: list[str] = []

    def happen(commit: str) -> None:
        if len(made) == commits and what == LEAVE and booked:
            case.cancel(booked[-1])
        elif len(made) == commits and what == BOOK and case.has_room():
            booked.append(case.visit(f"late-{len(booked)}"))
        made.append(commit)

    case.schedules.before_commit = happen
    try:
        yield
    finally:
        case.schedules.before_commit = lambda _: None


def do(case: Case, number: int, step: Any) -> None:
    """Do what a step says."""
    if isinstance(step, str):
        take_back(case, step)
    elif isinstance(step, tuple):
        on_a_day(case, number, step)
    elif not [r for r in case.schedules.series(case.point) if r.series.id == case.on]:
        case.on = SeriesId(f"again-{number}")
        case.made(id=case.on, room=ROOMS[number % 2])
    elif step is None:
        case.done(case.plan(None))
    else:
        case.change(**step)


def take_back(case: Case, what: str) -> None:
    """Undo the last edit, closure or other vaccine, if there is one."""
    plans = case.schedules.plans
    made = [one.closed.number for one in plans.closures.all if not one.undone]
    if what == UNDO:
        case.undo(plans.edits[max(plans.edits)])
    elif what == REOPEN and made:
        case.reopen(max(made))
    elif what == TAKE_BACK and case.on in plans.series:
        case.take_back()
    elif what == UNADJUST and case.on in plans.series:
        case.unadjust()


def on_a_day(case: Case, number: int, step: Any) -> None:
    """Take in a file, change many slots, close, give another vaccine, or change one slot."""
    if step[0] == FILE:
        stands = [one.series for one in case.schedules.series(case.point)]
        case.take_in(*(replace(of, **new) for of, new in zip(stands, step[1], strict=False)))
    elif isinstance(step[-1], Adjusted):
        case.adjust(step[0], step[1], f"key-{number}")
    elif step[-1] == SUBSTITUTE:
        day, days, from_, to, _ = step
        case.substitute(day, from_, to, f"key-{number}", days)
    elif isinstance(step[-1], Strategy):
        day, begins, length, room, strategy = step
        begin, end = f"{begins:02}:07", f"{begins + length:02}:00"
        case.close(begin, end, day=day, room=room, strategy=strategy)
    elif hours := case.slots():
        nth, places, visibility = step
        case.vary(case.slot(hours[nth * 5 % len(hours)]), places, visibility)


def run(steps: list[tuple[SeriesId, Any, int, str | None]]) -> None:
    """Do each step, and check sessions, visits, and that nothing withdrawn can be booked."""
    case, now = Case(), {named: named for named in SERIES}
    for named, room in SERIES.items():
        case.made(id=named, room=room)
    booked: list[Visit] = []
    for number, (named, step, commits, what) in enumerate(steps):
        case.on = now[named]
        if case.has_room():
            booked.append(case.visit(f"person-{number}", index=number))
        with beside(case, what, commits, booked), suppress(*REFUSED):
            do(case, number, step)
        now[named] = case.on
    settle_open(case.board)
    assert case.is_open_as_ruled()
    assert case.free_where_withdrawn() == 0
    for visit in booked:
        is_whole(case, visit)
        case.cancel(visit)
    assert case.free_where_withdrawn() == 0


@settings(max_examples=120)
@given(st.lists(STEPS, max_size=7))
def test_sessions_are_as_from_scratch_and_no_visit_vanishes(
    steps: list[tuple[SeriesId, Any, int, str | None]],
) -> None:
    run(steps)


@settings(max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(SERIES)),
            FILES | FILES | FILES | CHANGES | HOURS | st.sampled_from([None, UNDO, REOPEN]),
            st.integers(0, 6),
            st.sampled_from([None, KILL, LEAVE, BOOK]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_files_between_edits_of_desks_and_closures_leave_sessions_as_from_scratch(
    steps: list[tuple[SeriesId, Any, int, str | None]],
) -> None:
    run(steps)


MORNINGS = st.tuples(
    st.just(0),
    st.integers(7, 9),
    st.integers(1, 4),
    st.none() | st.sampled_from(ROOMS),
    st.just(Strategy.KEEP) | st.sampled_from(Strategy),
)


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(SERIES)),
            MORNINGS | MORNINGS | CHANGES | st.sampled_from([UNDO, REOPEN]),
            st.integers(0, 6),
            st.sampled_from([None, KILL, LEAVE, BOOK]),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_no_place_in_hours_that_are_shut_is_free_whoever_gives_it_up(
    steps: list[tuple[SeriesId, Any, int, str | None]],
) -> None:
    run(steps)


def is_whole(case: Case, visit: Visit) -> None:
    """Check that a visit has its own time, and a place that says the same of it.

    Who left has none.
    """
    now = case.store.tables.visits[visit.id][0]
    if visit.id in case.left:
        return
    claim = case.store.tables.places[now.place]
    live = now.place.slot.session not in case.schedules.plans.withdrawn_by
    shut = [one.closed for one in case.schedules.plans.closures.all]
    kept = any(one.strategy is Strategy.KEEP for one in shut if closure_of(visit, [one]))
    assert now.starts_at == visit.starts_at
    if claim.kind == "visit" and live:
        assert now.vaccine in case.store.tables.sessions[now.place.slot.session].vaccines
    assert claim.id == visit.id
    assert (now.status is VisitStatus.BOOKED) == (claim.kind == "visit")
    assert live == (claim.kind == "visit") or kept
    if now.status is VisitStatus.CANCELLED:
        assert any(one.strategy is Strategy.CANCEL for one in shut if closure_of(visit, [one]))
        told = [n for n in case.store.tables.notices.values() if n.visit == visit.id]
        assert len(told) == 1


def test_an_edit_that_says_nothing_new_keeps_every_session() -> None:
    case = Case()
    case.made()
    plan = case.plan(replace(case.reach().series)).plan
    assert (plan.creates, plan.withdraws) == ((), ())

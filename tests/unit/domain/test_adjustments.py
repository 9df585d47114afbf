"""Many slots that are otherwise than their rule, by one entry of it."""

from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.adjustments import (
    Adjusted,
    Adjustment,
    AdjustmentId,
    Selection,
    brought_back,
    with_adjustment,
)
from erejestracja.domain.session import OFFERED, Visibility
from erejestracja.domain.varied import Varied, last_word, vary
from tests.support.builders import AT_EIGHT, DAY, PFIZER, a_session

SESSION = a_session(slots=8)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
WHICH = st.builds(
    Selection,
    DAYS,
    DAYS,
    st.frozensets(st.integers(1, 7)),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.none() | st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    st.none() | st.just(PFIZER),
    st.none() | st.just("series-1"),
)
WHAT = st.builds(
    Adjusted,
    st.none() | st.integers(1, 50),
    st.none() | st.sampled_from(OFFERED),
    st.none() | st.integers(1, 336),
    st.none() | st.booleans(),
)


def one(nr: int = 1, **what: object) -> Adjustment:
    """Return a change of all slots of the week of `DAY`."""
    which = Selection(DAY, DAY + timedelta(days=6))
    return Adjustment(AdjustmentId(f"a-{nr}"), nr, which, Adjusted(**what))  # type: ignore[arg-type]


@given(WHICH, WHAT, st.integers(1, 9), st.booleans())
def test_it_is_read_as_it_was_written(
    which: Selection, what: Adjusted, nr: int, undone: bool
) -> None:
    adjustment = Adjustment(AdjustmentId("a"), nr, which, what, undone)
    assert Adjustment.of(adjustment.document()) == adjustment


def test_a_selection_has_the_days_and_hours_named() -> None:
    which = Selection(DAY, DAY + timedelta(days=7), frozenset({1}), time(9), time(10))
    days = [
        DAY + timedelta(days=n) for n in range(-7, 15) if which.has_day(DAY + timedelta(days=n))
    ]
    assert days == [DAY, DAY + timedelta(days=7)]
    hours = [n for n in range(8) if which.has_hour(AT_EIGHT + timedelta(minutes=30 * n))]
    assert hours == [2, 3]
    assert replace(which, closes=None).has_hour(AT_EIGHT + timedelta(hours=9))


def test_the_later_word_wins_whoever_said_it() -> None:
    many, again = one(1, places=3), one(3, places=4)
    first, last = Varied(AT_EIGHT, 7, since=1), Varied(AT_EIGHT, 7, since=3)
    assert [part.places for part in vary(SESSION, [first], [many])] == [7, 3]
    assert [part.places for part in vary(SESSION, [first], [many, again])] == [4]
    assert [part.places for part in vary(SESSION, [last], [many, again])] == [7, 4]
    undone = replace(again, undone=True)
    assert [part.places for part in vary(SESSION, [first], [many, undone])] == [7, 3]
    assert last_word([last], [many]) == 3
    assert last_word([], []) == 0


def test_a_blocked_slot_is_published_for_nobody_and_unblocked_as_it_was() -> None:
    internal, block = one(1, visibility=Visibility.INTERNAL), one(2, blocked=True)
    [blocked] = vary(SESSION, [], [internal, block], 24)
    assert (blocked.visibility, blocked.release_hours) == (Visibility.BLOCKED, None)
    [opened] = vary(SESSION, [], [internal, block, one(3, blocked=False)], 24)
    assert (opened.visibility, opened.release_hours) == (Visibility.INTERNAL, 24)


def test_one_slot_of_blocked_ones_is_opened_by_saying_for_whom() -> None:
    opened = Varied(AT_EIGHT, None, Visibility.EXTERNAL, since=2)
    parts = vary(SESSION, [opened], [one(2, blocked=True)])
    assert [(part.slots, part.visibility) for part in parts] == [
        (1, Visibility.EXTERNAL),
        (7, Visibility.BLOCKED),
    ]


def test_hours_of_release_are_for_internal_slots() -> None:
    [shown] = vary(SESSION, [], [one(1, release_hours=12)])
    assert shown.release_hours is None
    [hidden] = vary(SESSION, [], [one(1, release_hours=12, visibility=Visibility.INTERNAL)], 48)
    assert hidden.release_hours == 12


def test_what_is_over_is_forgotten_and_one_that_is_known_takes_its_own_place() -> None:
    first, second = one(1, places=2), one(2, blocked=True)
    assert with_adjustment([first], second, DAY + timedelta(days=6)) == (first, second)
    assert with_adjustment([first], second, DAY + timedelta(days=7)) == (second,)
    undone = replace(first, undone=True)
    assert with_adjustment([first, second], undone, DAY) == (undone, second)


def test_of_an_edit_that_is_undone_what_it_brought_is_kept_as_undone() -> None:
    first, second = one(1, places=2), one(2, blocked=True)
    assert brought_back([first], [first, second]) == (first, replace(second, undone=True))
    assert brought_back([first], [replace(first, undone=True)]) == (first,)


def test_that_slots_are_not_blocked_is_something_said_too() -> None:
    assert not Adjusted().says_something()
    assert Adjusted(blocked=False).says_something()

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.call import CallId
from erejestracja.domain.callback import (
    AGAIN,
    BEFORE_VISIT,
    FROM_HOUR,
    HEAD_STARTS,
    LEASE,
    MOST_ATTEMPTS,
    TO_HOUR,
    Callback,
    Result,
    Status,
    head_start,
    next_hour,
    next_morning,
    turn_of,
)
from tests.support.builders import NOW
from tests.support.callbacks_contract import a_callback

CALL = CallId("call")
MOST_HEAD_START = HEAD_STARTS[0][1]
START = datetime(2026, 1, 1, tzinfo=UTC)
# Over two years, and so over four changes of the clock.
INSTANTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda after: START + after * timedelta(minutes=1))
BIRTHS = st.none() | st.dates(date(1900, 1, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("born", "hours"),
    [
        (date(1946, 12, 1), 4),
        (date(1946, 12, 2), 3),
        (date(1956, 12, 1), 3),
        (date(1966, 12, 1), 2),
        (date(1966, 12, 2), 0),
        (None, 0),
    ],
)
def test_who_is_older_counts_as_waiting_longer(born: date | None, hours: int) -> None:
    assert head_start(born, date(2026, 12, 1)) == timedelta(hours=hours)


def test_whose_visit_is_near_comes_before_who_is_old() -> None:
    tomorrow = turn_of(NOW, date(2000, 1, 1), NOW + timedelta(days=1))
    assert tomorrow < turn_of(NOW, date(1930, 1, 1), None) < turn_of(NOW, date(2000, 1, 1), None)


def test_a_visit_far_off_hurries_nobody() -> None:
    assert turn_of(NOW, None, NOW + timedelta(days=30)) == NOW


@given(INSTANTS, INSTANTS, BIRTHS, BIRTHS)
def test_nobody_waits_for_ever(
    one: datetime, other: datetime, born: date | None, born_other: date | None
) -> None:
    """Whoever asks more than the greatest head start later, without a visit, comes later."""
    earlier, later = sorted((one, other))
    if later - earlier > MOST_HEAD_START:
        assert turn_of(earlier, born, None) < turn_of(later, born_other, None)


@given(INSTANTS, BIRTHS, st.none() | INSTANTS)
def test_a_turn_is_no_later_than_asking_nor_than_three_days_before_the_visit(
    asked: datetime, born: date | None, visit: datetime | None
) -> None:
    turn = turn_of(asked, born, visit)
    assert turn <= asked
    if visit is not None:
        assert turn <= visit - BEFORE_VISIT


@given(INSTANTS)
def test_nobody_is_rung_up_at_night(at: datetime) -> None:
    found = next_hour(at)
    assert found >= at
    assert FROM_HOUR <= calendar.local(found).time() < TO_HOUR
    assert found - at <= timedelta(hours=13)
    assert next_hour(found) == found


@given(INSTANTS)
def test_the_next_morning_is_the_next_local_day_s(at: datetime) -> None:
    morning = calendar.local(next_morning(at))
    assert morning.time() == FROM_HOUR
    assert morning.date() == calendar.local_day(at) + timedelta(days=1)


def attempt(one: Callback, result: Result, at: datetime) -> Callback:
    return one.taken("agent", CALL, at).tried(result, at)


@given(st.lists(st.sampled_from([*AGAIN, Result.REACHED]), min_size=MOST_ATTEMPTS), INSTANTS)
def test_attempts_are_bounded_and_always_end(results: list[Result], at: datetime) -> None:
    one = a_callback()
    for result in results:
        if one.status is Status.ENDED:
            break
        assert one.is_free(at)
        one = attempt(one, result, at)
        at = one.due_at or at
    assert one.status is Status.ENDED
    assert one.attempts <= MOST_ATTEMPTS
    assert one.result in (Result.REACHED, Result.NOT_REACHED)
    assert one.number is None


def test_who_did_not_answer_is_tried_the_same_day_and_the_next() -> None:
    first = attempt(a_callback(), Result.NO_ANSWER, NOW)
    assert first.due_at == NOW + timedelta(hours=2)
    assert not first.is_free(NOW)
    second = attempt(first, Result.BUSY, first.due_at)
    assert second.due_at is not None
    assert calendar.local_day(second.due_at) == calendar.local_day(NOW) + timedelta(days=1)


@pytest.mark.parametrize("result", [Result.REFUSED, Result.WRONG_NUMBER, Result.REACHED])
def test_some_answers_are_the_last(result: Result) -> None:
    assert attempt(a_callback(), result, NOW).result is result


def test_a_lease_lapses_without_a_sign_of_life() -> None:
    mine = a_callback().taken("agent", CALL, NOW)
    assert mine.is_with(CALL)
    assert not mine.is_with(CallId("another"))
    assert not mine.needs_sign(NOW + LEASE / 3)
    assert mine.needs_sign(NOW + LEASE * 2 / 3)
    assert not mine.is_free(NOW + LEASE - timedelta(seconds=1))
    assert mine.is_free(NOW + LEASE)
    assert not mine.alive(NOW + LEASE / 2).is_free(NOW + LEASE)
    free = mine.let_go()
    assert (free.status, free.agent, free.call) == (Status.WAITING, None, None)
    assert not free.needs_sign(NOW)
    assert free.hurried(NOW).turn == NOW

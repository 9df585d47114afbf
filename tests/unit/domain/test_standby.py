"""An entry of a standby list: what keeps it from being called, and for how long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from erejestracja.domain.ids import ProgrammeId
from erejestracja.domain.standby import MOST_MISSES, CallOutcome, Standing, standby_id
from tests.support.builders import COVID, NOW, PFIZER
from tests.support.clinic_case import ANNA, JAN
from tests.support.standby_contract import a_standby

MINUTE = timedelta(minutes=1)
CALLED = a_standby().called("desk", NOW)


def test_who_waits_may_be_called_and_who_is_called_may_not_for_ten_minutes() -> None:
    assert a_standby().may_be_called(NOW)
    assert not a_standby().is_called
    assert CALLED.is_called
    assert not CALLED.may_be_called(NOW + 9 * MINUTE)
    assert CALLED.may_be_called(NOW + 10 * MINUTE)
    assert CALLED.number == 2


def test_a_call_is_one_desks_until_its_minutes_are_over() -> None:
    assert CALLED.is_called_by("desk", NOW)
    assert not CALLED.is_called_by("other", NOW)
    assert not CALLED.is_called_by("desk", NOW + 10 * MINUTE)
    assert not CALLED.answered(CallOutcome.COMING, NOW).is_called_by("desk", NOW)


@pytest.mark.parametrize(
    ("outcome", "minutes"), [(CallOutcome.COMING, 90), (CallOutcome.NOT_REACHED, 30)]
)
def test_an_answer_keeps_from_calling_for_a_while(outcome: CallOutcome, minutes: int) -> None:
    answered = CALLED.answered(outcome, NOW)
    assert answered.standing == Standing(outcome.value)
    assert not answered.may_be_called(NOW + (minutes - 1) * MINUTE)
    assert answered.may_be_called(NOW + minutes * MINUTE)
    assert answered.since == a_standby().since


@pytest.mark.parametrize(
    ("at", "tomorrow"),
    [
        (datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2026, 12, 1, 23, tzinfo=UTC)),
        # 23:30 in Poland is tomorrow's half an hour before
        (datetime(2026, 12, 1, 22, 30, tzinfo=UTC), datetime(2026, 12, 1, 23, tzinfo=UTC)),
        # the days before the clocks change, and the days on which they do
        (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 27, 23, tzinfo=UTC)),
        (datetime(2027, 3, 28, 12, tzinfo=UTC), datetime(2027, 3, 28, 22, tzinfo=UTC)),
        (datetime(2026, 10, 25, 12, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
    ],
)
def test_who_declines_keeps_their_turn_for_the_next_local_day(
    at: datetime, tomorrow: datetime
) -> None:
    declined = CALLED.answered(CallOutcome.DECLINED, at)
    assert declined.rests_until == tomorrow


def test_calls_missed_one_after_the_other_are_counted() -> None:
    entry = a_standby()
    for _ in range(MOST_MISSES):
        assert not entry.unreachable
        entry = entry.called("desk", NOW).answered(CallOutcome.NOT_REACHED, NOW)
    assert entry.unreachable
    assert entry.answered(CallOutcome.DECLINED, NOW).misses == 0


def test_another_wish_leaves_how_long_they_waited() -> None:
    changed = CALLED.wishing((), a_standby().until + timedelta(days=1), None)
    assert (changed.since, changed.standing, changed.number) == (NOW, Standing.CALLED, 3)
    assert changed.vaccines == ()


def test_the_last_day_is_a_day_of_waiting() -> None:
    entry = a_standby()
    assert not entry.has_ended(entry.until)
    assert entry.has_ended(entry.until + timedelta(days=1))


def test_an_entry_has_the_same_opaque_name_whenever_they_wait() -> None:
    assert a_standby(since=NOW, vaccines=(PFIZER,)).id == standby_id(JAN, COVID)
    others = {standby_id(ANNA, COVID), standby_id(JAN, ProgrammeId("influenza"))}
    assert standby_id(JAN, COVID) not in others
    assert JAN not in standby_id(JAN, COVID)


def test_who_leaves_is_a_step_of_its_own() -> None:
    assert CALLED.left() == replace(CALLED, standing=Standing.LEFT, number=3)

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given

from erejestracja.domain import calendar
from erejestracja.domain.ids import PointId
from erejestracja.domain.series import (
    MOST_BREAKS,
    SESSIONS_A_DAY,
    Series,
    expand,
    from_rule,
    sessions_of,
)
from tests.support.builders import DAY, a_series
from tests.support.strategies import WINTER, booking_days, series

SPRING = (date(2026, 3, 29), date(2027, 3, 28))
AUTUMN = (date(2026, 10, 25), date(2027, 10, 31))
EVERY_DAY = frozenset(range(1, 8))


def test_a_day_without_breaks_is_one_session() -> None:
    (session,) = sessions_of(a_series(places=3), DAY)
    assert session.starts_at == datetime(2026, 12, 7, 7, tzinfo=UTC)
    assert (session.slots, session.step, session.places) == (32, 15, 3)
    assert str(session.key) == "aaaaaaaaaa-20261207-16"


def test_the_last_slot_ends_before_closing() -> None:
    (session,) = sessions_of(a_series(opens=time(8), closes=time(9, 5), step=20), DAY)
    assert session.slots == 3


def test_a_break_makes_two_sessions() -> None:
    morning, afternoon = sessions_of(a_series(breaks=((time(12), time(12, 30)),)), DAY)
    assert morning.start_of(morning.slots) == datetime(2026, 12, 7, 11, tzinfo=UTC)
    assert afternoon.starts_at == datetime(2026, 12, 7, 11, 30, tzinfo=UTC)
    assert (morning.key.nr, afternoon.key.nr) == (16, 17)


def test_a_stretch_too_short_for_a_slot_is_none() -> None:
    shut = a_series(opens=time(8), closes=time(9), breaks=((time(8, 10), time(9)),))
    assert sessions_of(shut, DAY) == []


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 12, 4), False),
        (date(2026, 12, 7), True),
        (date(2026, 12, 12), False),
        (date(2026, 12, 18), True),
        (date(2026, 12, 21), False),
    ],
)
def test_a_series_holds_on_its_weekdays_while_it_is_valid(day: date, is_open: bool) -> None:
    rule = a_series(valid_from=DAY, valid_to=date(2026, 12, 18))
    assert rule.is_open_on(day) is is_open
    assert bool(sessions_of(rule, day)) is is_open


def test_a_series_without_end_goes_on() -> None:
    assert a_series(valid_to=None).is_open_on(date(2031, 1, 7))


def test_points_are_closed_on_holidays_unless_they_say_otherwise() -> None:
    christmas = date(2026, 12, 25)
    assert sessions_of(a_series(), christmas) == []
    assert sessions_of(a_series(on_holidays=True), christmas)


@pytest.mark.parametrize("day", [*SPRING, *AUTUMN])
def test_the_hour_the_clock_changes_has_no_slots(day: date) -> None:
    night = a_series(
        weekdays=EVERY_DAY, opens=time(0), closes=time(6), on_holidays=True, valid_from=day
    )
    before, after = sessions_of(night, day)
    assert (before.slots, after.slots) == (8, 12)
    assert calendar.local(before.start_of(before.slots) - timedelta(minutes=1)).hour == 1
    assert calendar.local(after.starts_at).time() == time(3)


@pytest.mark.parametrize("day", [*SPRING, *AUTUMN])
def test_a_shift_that_begins_or_ends_in_the_changed_hour_loses_only_that(day: date) -> None:
    facts: dict[str, Any] = {"weekdays": EVERY_DAY, "on_holidays": True, "valid_from": day}
    (late,) = sessions_of(a_series(opens=time(2, 30), closes=time(4), **facts), day)
    assert (calendar.local(late.starts_at).time(), late.slots) == (time(3), 4)
    (early,) = sessions_of(a_series(opens=time(1), closes=time(2, 30), **facts), day)
    assert early.slots == 4
    assert sessions_of(a_series(opens=time(2), closes=time(3), **facts), day) == []
    (evening,) = sessions_of(a_series(opens=time(0), closes=time(1), **facts), day)
    assert evening.slots == 4


@pytest.mark.parametrize("day", [*SPRING, *AUTUMN])
def test_a_working_day_is_as_long_as_ever_when_the_clock_changes(day: date) -> None:
    (session,) = sessions_of(a_series(weekdays=EVERY_DAY, on_holidays=True, valid_from=day), day)
    assert calendar.local(session.starts_at).time() == time(8)
    assert session.slots == 32


def test_a_range_of_days_has_both_its_ends() -> None:
    found = [session.key.day for session in expand(a_series(), DAY, DAY + timedelta(days=7))]
    assert found == [DAY + timedelta(days=days) for days in (0, 1, 2, 3, 4, 7)]


@given(series(), booking_days)
def test_generating_again_gives_the_same_sessions(rule: Series, day: date) -> None:
    again = from_rule(
        json.loads(json.dumps(rule.rule())),
        point=rule.point,
        powiat=rule.powiat,
        series=rule.id,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
    )
    assert again == rule
    assert sessions_of(again, day) == sessions_of(rule, day)


@given(series(), booking_days)
def test_slots_lie_within_local_opening_hours_and_outside_breaks(rule: Series, day: date) -> None:
    for session in sessions_of(rule, day):
        for index in range(session.slots):
            starts = calendar.local(session.start_of(index))
            ends = calendar.local(session.start_of(index + 1) - timedelta(microseconds=1))
            assert starts.date() == ends.date() == day
            assert starts.utcoffset() == ends.utcoffset()
            assert rule.opens <= starts.time() <= ends.time() < rule.closes
            assert not any(
                begin < ends.time() and starts.time() < end for begin, end in rule.breaks
            )


@given(series(), booking_days)
def test_no_session_spans_a_clock_change(rule: Series, day: date) -> None:
    for session in sessions_of(rule, day):
        first, last = session.starts_at, session.start_of(session.slots)
        offset = calendar.local(first).utcoffset()
        assert calendar.local(last - timedelta(microseconds=1)).utcoffset() == offset


@given(series(), series(), booking_days)
def test_two_series_of_a_point_never_collide(one: Series, other: Series, day: date) -> None:
    keys = [
        {session.key for session in sessions_of(rule, day)}
        for rule in (one, other)
        if one.number != other.number
    ]
    assert not keys or not keys[0] & keys[1]


def test_the_busiest_rule_stays_within_its_numbers() -> None:
    breaks = tuple((time(hour, 30), time(hour, 45)) for hour in range(3, 3 + MOST_BREAKS))
    rule = a_series(
        weekdays=EVERY_DAY,
        opens=time(0),
        closes=time(23, 59),
        breaks=breaks,
        valid_from=AUTUMN[0],
        on_holidays=True,
    )
    numbers = [session.key.nr for session in sessions_of(rule, AUTUMN[0])]
    assert numbers == list(range(SESSIONS_A_DAY, 2 * SESSIONS_A_DAY))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"opens": time(16), "closes": time(8)}, "hours"),
        ({"opens": time(8), "closes": time(8)}, "hours"),
        ({"opens": time(8, 0, 30)}, "hours"),
        ({"weekdays": frozenset()}, "weekdays"),
        ({"weekdays": frozenset({0})}, "weekdays"),
        ({"weekdays": frozenset({8})}, "weekdays"),
        ({"step": 0}, "step"),
        ({"places": 0}, "places"),
        ({"dose": -1}, "dose"),
        ({"number": -1}, "number"),
        ({"valid_to": DAY - timedelta(days=1)}, "validity"),
        ({"breaks": ((time(7), time(9)),)}, "breaks"),
        ({"breaks": ((time(12), time(12)),)}, "breaks"),
        ({"breaks": ((time(13), time(14)), (time(12), time(13)))}, "breaks"),
        ({"breaks": ((time(12), time(14)), (time(13), time(15)))}, "breaks"),
        ({"breaks": tuple((time(9, m), time(9, m + 1)) for m in range(15))}, "number of breaks"),
    ],
)
def test_what_no_point_could_mean_is_refused(changes: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=f"impossible .*{name}"):
        a_series(**changes)


@pytest.mark.parametrize("room", ["", " Gabinet 2", "x" * 33])
def test_a_room_is_named_as_it_is_kept(room: str) -> None:
    with pytest.raises(ValueError, match="impossible room"):
        a_series(room=room)


def test_what_is_wrong_is_named_all_at_once() -> None:
    with pytest.raises(ValueError, match="impossible step, places"):
        a_series(step=0, places=-1)


def test_a_rule_from_elsewhere_that_lacks_a_field_is_refused() -> None:
    with pytest.raises(KeyError):
        from_rule(
            {},
            point=PointId("a"),
            powiat="0663",
            series=a_series().id,
            valid_from=DAY,
            valid_to=None,
        )


def test_the_properties_meet_both_clock_changes() -> None:
    assert WINTER[0] < AUTUMN[0] < SPRING[1] < WINTER[1]

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.calendar import AmbiguousTime, NoSuchTime
from tests.support.builders import NOW
from tests.support.strategies import days, instants, minutes_of_day

SPRING = (date(2026, 3, 29), date(2027, 3, 28))
AUTUMN = (date(2026, 10, 25), date(2027, 10, 31))


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2026, 12, 7), time(8), datetime(2026, 12, 7, 7, tzinfo=UTC)),
        (date(2026, 7, 7), time(8), datetime(2026, 7, 7, 6, tzinfo=UTC)),
        (SPRING[0], time(1, 59), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (SPRING[0], time(3), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (AUTUMN[0], time(1, 59), datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        (AUTUMN[0], time(3), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_local_time_is_one_instant(day: date, at: time, expected: datetime) -> None:
    assert calendar.instant(day, at) == expected
    assert calendar.instant(day, at, fold=1) == expected


@pytest.mark.parametrize("day", SPRING)
@pytest.mark.parametrize("at", [time(2), time(2, 30), time(2, 59)])
@pytest.mark.parametrize("fold", [None, 0, 1])
def test_a_time_the_clock_skips_is_refused_whatever_is_meant(
    day: date, at: time, fold: int | None
) -> None:
    with pytest.raises(NoSuchTime):
        calendar.instant(day, at, fold=fold)


@pytest.mark.parametrize("day", AUTUMN)
@pytest.mark.parametrize("at", [time(2), time(2, 30), time(2, 59)])
def test_a_time_shown_twice_is_refused_unless_told_which(day: date, at: time) -> None:
    with pytest.raises(AmbiguousTime):
        calendar.instant(day, at)
    earlier, later = (calendar.instant(day, at, fold=fold) for fold in (0, 1))
    assert later - earlier == timedelta(hours=1)


@pytest.mark.parametrize("day", [*SPRING, *AUTUMN])
def test_the_changed_hours_are_from_two_to_three(day: date) -> None:
    hours = calendar.changed_hours(day)
    assert hours == (time(2), time(3))
    assert not any(hour.fold for hour in hours)


@given(days)
def test_no_other_day_changes_its_clock(day: date) -> None:
    last_sunday = day.isoweekday() == 7 and (day + timedelta(days=7)).month != day.month
    expected = last_sunday and day.month in {3, 10}
    assert (calendar.changed_hours(day) is not None) == expected


def test_days_last_23_and_25_hours_when_the_clock_changes() -> None:
    lengths = [
        calendar.start_of_day(day + timedelta(days=1)) - calendar.start_of_day(day)
        for day in (SPRING[0], AUTUMN[0], date(2026, 12, 7))
    ]
    assert lengths == [timedelta(hours=23), timedelta(hours=25), timedelta(hours=24)]


def test_the_day_begins_at_midnight_in_poland_not_in_greenwich() -> None:
    assert calendar.local_day(datetime(2026, 12, 6, 22, 59, tzinfo=UTC)) == date(2026, 12, 6)
    assert calendar.local_day(datetime(2026, 12, 6, 23, 0, tzinfo=UTC)) == date(2026, 12, 7)
    assert calendar.local_day(datetime(2026, 7, 6, 22, 0, tzinfo=UTC)) == date(2026, 7, 7)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        calendar.local_day(NOW.replace(tzinfo=None))


def test_a_local_time_with_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        calendar.instant(date(2026, 12, 7), time(8, tzinfo=UTC))


@given(instants)
def test_an_instant_survives_the_way_to_the_wall_clock_and_back(at: datetime) -> None:
    wall = calendar.local(at)
    again = calendar.instant(wall.date(), wall.time().replace(fold=0), fold=wall.fold)
    assert again == at


@given(days, minutes_of_day)
def test_a_local_time_survives_the_way_to_an_instant_and_back(day: date, at: time) -> None:
    changed = calendar.changed_hours(day)
    if changed and changed[0] <= at < changed[1]:
        with pytest.raises((NoSuchTime, AmbiguousTime)):
            calendar.instant(day, at)
    else:
        wall = calendar.local(calendar.instant(day, at))
        assert (wall.date(), wall.time()) == (day, at)


@given(days)
def test_every_instant_of_a_day_is_of_that_day(day: date) -> None:
    begins, ends = calendar.start_of_day(day), calendar.start_of_day(day + timedelta(days=1))
    assert calendar.local_day(begins) == day
    assert calendar.local_day(ends - timedelta(microseconds=1)) == day


def test_holidays_are_those_of_a_well_kept_list() -> None:
    """A change of law reaches us as a newer library that disagrees.

    The list knows one day that was off once only, 12 November 2018, so it begins after that.
    """
    from holidays.countries.poland import Poland

    years = range(2019, 2100)
    assert {year: sorted(calendar.public_holidays(year)) for year in years} == {
        year: sorted(Poland(years=year)) for year in years
    }


@pytest.mark.parametrize(
    ("day", "is_off"),
    [
        (date(2026, 4, 5), True),
        (date(2026, 4, 6), True),
        (date(2026, 5, 24), True),
        (date(2026, 6, 4), True),
        (date(2024, 12, 24), False),
        (date(2025, 12, 24), True),
        (date(2026, 5, 2), False),
        (date(2026, 5, 10), False),
    ],
)
def test_days_off_by_law(day: date, is_off: bool) -> None:
    assert calendar.is_public_holiday(day) is is_off


@given(st.sampled_from([(2021, 4, 4), (2022, 4, 17), (2026, 4, 5)]))
def test_easter_is_where_the_reference_has_it(easter: tuple[int, int, int]) -> None:
    assert date(*easter) in calendar.public_holidays(easter[0])


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_a_week_is_from_monday_to_the_sunday_six_days_later(day: date) -> None:
    monday, sunday = calendar.monday_of(day), calendar.sunday_of(day)
    assert (monday.isoweekday(), sunday.isoweekday()) == (1, 7)
    assert monday <= day <= sunday
    assert sunday - monday == timedelta(days=6)

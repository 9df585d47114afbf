from dataclasses import replace
from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.closures import Closed
from erejestracja.domain.series import Series, expand
from erejestracja.domain.session import Session
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.timetable import (
    SLACK,
    Edit,
    places_a_week,
    places_an_hour,
    places_in,
    plan_of,
    shut_over,
)
from tests.support import strategies
from tests.support.builders import AT_EIGHT, DAY, a_series, a_session

TODAY = DAY - timedelta(days=1)
UNTIL = DAY + timedelta(days=20)


def an_edit(before: Series | None, after: Series | None, until: date = UNTIL) -> Edit:
    series = after or before or a_series()
    return Edit(series.point, series.id, series.number, "admin", before, after, until)


def shapes(sessions: object) -> set[Session]:
    assert isinstance(sessions, list | tuple)
    return {replace(s, key=replace(s.key, nr=0)) for s in sessions}


def test_a_new_series_creates_what_its_rule_means() -> None:
    plan = plan_of(an_edit(None, a_series()), [], TODAY)
    assert list(plan.creates) == list(expand(a_series(), DAY, UNTIL))
    assert (plan.withdraws, plan.keeps) == ((), ())


def test_a_series_that_ends_withdraws_all_ahead_and_leaves_today() -> None:
    standing = list(expand(a_series(), DAY, UNTIL))
    plan = plan_of(an_edit(a_series(), None), standing, DAY)
    assert list(plan.withdraws) == [s for s in standing if s.key.day > DAY]


def test_days_of_equal_shape_are_kept_under_their_old_number() -> None:
    standing = list(expand(a_series(), DAY, UNTIL))
    fewer = a_series(number=2, weekdays=frozenset({1, 6}))
    plan = plan_of(an_edit(a_series(), fewer), standing, TODAY)
    assert {s.key.day.isoweekday() for s in plan.keeps} == {1}
    assert {s.key.nr // 16 for s in plan.keeps} == {1}
    assert {s.key.day.isoweekday() for s in plan.creates} == {6}
    assert {s.key.day.isoweekday() for s in plan.withdraws} == {2, 3, 4, 5}


def test_another_room_keeps_every_session_and_says_where_it_is_from_tomorrow_on() -> None:
    standing = list(expand(a_series(room="Gabinet 1"), TODAY - timedelta(days=3), UNTIL))
    today = standing[1].key.day
    moved = a_series(number=2, room="Gabinet 2")
    plan = plan_of(an_edit(a_series(room="Gabinet 1"), moved), standing, today)
    assert (plan.creates, plan.withdraws) == ((), ())
    assert list(plan.relocates) == [
        replace(s, room="Gabinet 2") for s in standing if s.key.day > today
    ]


def test_the_closures_that_decide_are_those_of_the_room_as_it_is_to_be_but_for_today() -> None:
    one, two = (
        Closed(n, AT_EIGHT, AT_EIGHT + timedelta(hours=1), Strategy.CANCEL, f"Gabinet {n}")
        for n in (1, 2)
    )
    every = replace(one, number=3, room=None)
    edit = an_edit(a_series(), a_series(room="Gabinet 2", closed=(one, two, every)))
    session = a_session(room="Gabinet 1")
    assert shut_over(edit, session, TODAY) == (two, every)
    assert shut_over(edit, session, DAY) == (one, every)
    assert shut_over(an_edit(a_series(), None), session, TODAY) == ()


def test_a_horizon_that_moved_on_meanwhile_loses_what_no_longer_fits_and_keeps_what_does() -> None:
    later = UNTIL + timedelta(days=1)
    beyond = list(expand(a_series(weekdays=frozenset(range(1, 8))), later, later))
    longer = a_series(number=2, weekdays=frozenset(range(1, 8)), closes=time(17))
    assert plan_of(an_edit(a_series(), longer), beyond, TODAY).withdraws == tuple(beyond)
    own = list(expand(longer, later, later))
    assert plan_of(an_edit(a_series(), longer), own, TODAY).keeps == tuple(own)
    assert later <= UNTIL + SLACK


@given(strategies.series(), strategies.series(), st.integers(0, 30))
def test_what_is_kept_and_created_is_what_the_rule_means_from_scratch(
    before: Series, after: Series, days: int
) -> None:
    first = before.valid_from
    until = first + timedelta(days=days)
    today = first - timedelta(days=1)
    standing = list(expand(before, first, until))
    plan = plan_of(an_edit(before, after, until), standing, today)
    assert set(plan.keeps) | set(plan.withdraws) == set(standing)
    assert shapes(plan.keeps + plan.creates) == shapes(list(expand(after, first, until)))


@given(strategies.series())
def test_planning_again_after_an_edit_changes_nothing(series: Series) -> None:
    until = series.valid_from + timedelta(days=30)
    today = series.valid_from - timedelta(days=1)
    plan = plan_of(an_edit(None, series, until), [], today)
    again = plan_of(an_edit(None, series, until), plan.creates, today)
    assert (again.creates, again.withdraws, set(again.keeps)) == ((), (), set(plan.creates))


def test_places_are_counted_by_hour_and_by_week() -> None:
    series = a_series(places=2, breaks=((time(12), time(13)),), valid_to=DAY)
    assert places_an_hour(series) == 8
    assert places_a_week(series) == 5 * 7 * 8
    assert places_in([a_session(), a_session(slots=1)]) == 10

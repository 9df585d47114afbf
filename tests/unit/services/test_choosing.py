from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Location, Point
from erejestracja.domain.session import SessionState
from erejestracja.services.choosing import DAYS, POINTS, beside, choose, key_of, start_of
from erejestracja.services.search import Search
from tests.support.builders import (
    DAY,
    MODERNA,
    NOW,
    PFIZER,
    a_place,
    a_point,
    a_session,
    a_state,
    a_visit,
)
from tests.support.desk import SetClock
from tests.support.fake_read_model import FakeMarket
from tests.support.free_slots import POINTS as SOME_POINTS
from tests.support.free_slots import some_states

HERE = Location(51.0, 22.0)
KM = 1 / 111.195
TODAY = calendar.local_day(NOW)
ANYTHING = Criteria()
AROUND = Criteria(Area(near=HERE, radius_km=25))


def a_point_at(km: float, nr: int = 0) -> Point:
    return a_point(id=PointId(f"p{int(km)}x{nr}"), location=Location(HERE.lat + km * KM, HERE.lon))


def on(point: Point, day: date, **changes: Any) -> SessionState:
    return a_state(a_session(point.id, day, starts_at=calendar.instant(day, time(8)), **changes))


def a_search(points: Sequence[Point], states: Sequence[SessionState]) -> Search:
    return Search(FakeMarket(points, states), SetClock())


def test_the_two_weeks_begin_with_the_first_day_that_has_anything() -> None:
    near = a_point_at(3)
    found = choose(a_search([near], [on(near, DAY)]), [AROUND], TODAY, None)
    assert [one.day for one in found.days] == [DAY + timedelta(n) for n in range(DAYS)]
    assert found.day == DAY
    assert found.free == found.days[0].free > 0


def test_a_day_that_was_picked_is_shown_if_something_is_free_on_it() -> None:
    near, later = a_point_at(3), DAY + timedelta(days=3)
    search = a_search([near], [on(near, DAY), on(near, later)])
    assert choose(search, [AROUND], TODAY, later).day == later
    assert choose(search, [AROUND], TODAY, DAY + timedelta(days=1)).day == DAY


def test_a_day_beyond_the_two_weeks_begins_others() -> None:
    near, far_off = a_point_at(3), DAY + timedelta(days=30)
    search = a_search([near], [on(near, DAY), on(near, far_off)])
    found = choose(search, [AROUND], TODAY, far_off)
    assert found.days[0].day == found.day == far_off


def test_points_of_the_day_come_nearest_first_and_tell_how_far_they_are() -> None:
    near, far = a_point_at(3), a_point_at(9)
    found = choose(a_search([far, near], [on(far, DAY), on(near, DAY)]), [AROUND], TODAY, None)
    assert [one.point.id for one in found.points] == [near.id, far.id]
    assert [round(one.distance_km or 0) for one in found.points] == [3, 9]


def test_where_no_place_is_named_points_come_by_name() -> None:
    one, other = a_point_at(3), replace(a_point_at(9), name="A")
    found = choose(a_search([one, other], [on(one, DAY), on(other, DAY)]), [ANYTHING], TODAY, None)
    assert [there.point.name for there in found.points] == ["A", one.name]
    assert {there.distance_km for there in found.points} == {None}


def test_a_page_has_so_many_points_and_tells_of_others() -> None:
    points = [a_point_at(1 + nr / 100, nr) for nr in range(POINTS + 2)]
    found = choose(a_search(points, [on(p, DAY) for p in points]), [AROUND], TODAY, None)
    assert (len(found.points), found.more) == (POINTS, 2)


def test_nothing_is_free_and_the_page_says_so() -> None:
    found = choose(a_search([a_point_at(3)], []), [AROUND], TODAY, None)
    assert (found.best, found.day, found.points, found.free) == ([], None, [], 0)


def test_what_is_farther_than_was_asked_is_said_to_be() -> None:
    far = a_point_at(40)
    found = choose(a_search([far], [on(far, DAY)]), [AROUND], TODAY, None)
    assert found.widened_to_km == 50
    assert found.day is None
    assert found.best


def test_of_two_wishes_the_nearer_ring_counts_for_the_best() -> None:
    near, far = a_point_at(3), a_point_at(40)
    states = [on(near, DAY + timedelta(1), vaccine=PFIZER), on(far, DAY, vaccine=MODERNA)]
    wishes = [replace(AROUND, vaccines=frozenset({code})) for code in (PFIZER, MODERNA)]
    found = choose(a_search([near, far], states), wishes, TODAY, None)
    assert {one.state.session.key.point for one in found.best} == {near.id}
    assert found.widened_to_km is None


def test_a_wish_that_ends_before_the_two_weeks_brings_nothing() -> None:
    near = a_point_at(3)
    wishes = [replace(AROUND, to=TODAY), replace(AROUND, from_=DAY)]
    search = a_search([near], [on(near, DAY)])
    assert choose(search, wishes, TODAY, None).day == DAY


def test_each_start_of_a_vaccine_stands_once_at_a_point() -> None:
    near = a_point_at(3)
    twins = [on(near, DAY, nr=16), on(near, DAY, nr=32)]
    found = choose(a_search([near], twins), [AROUND], TODAY, None)
    starts = [start_of(slot) for slot in found.points[0].slots]
    assert starts == sorted(set(starts))


@given(st.integers(0, 10**6), st.integers(0, 15))
def test_whatever_is_shown_is_free_and_of_the_day(seed: int, number: int) -> None:
    states = some_states(seed, number)
    found = choose(a_search(SOME_POINTS, states), [ANYTHING], TODAY, None)
    by_key = {state.session.key: state for state in states}
    assert found.best == sorted(found.best, key=start_of)
    for there in found.points:
        assert there.slots
        for slot in there.slots:
            state = by_key[key_of(slot).session]
            assert state.free(slot.index)
            assert calendar.local_day(start_of(slot)) == found.day
            assert state.session.key.point == there.point.id


def test_beside_a_visit_are_the_nearest_times_of_its_point_and_day() -> None:
    here, there = a_point_at(3), a_point_at(4)
    session = on(here, DAY)
    search = a_search([here, there], [session, on(there, DAY), on(here, DAY + timedelta(days=1))])
    visit = a_visit(a_place(session.session, 1), starts_at=session.session.start_of(1))
    found = beside(search, [ANYTHING], visit)
    assert [one.index for one in found] == [1, 0, 2, 3]
    assert {one.state.session.key for one in found} == {session.session.key}


def test_beside_a_visit_is_nothing_outside_of_what_is_wished_for() -> None:
    here = a_point_at(3)
    session = on(here, DAY)
    visit = a_visit(a_place(session.session, 1), starts_at=session.session.start_of(1))
    later = replace(ANYTHING, from_=DAY + timedelta(days=1))
    assert beside(a_search([here], [session]), [later], visit) == []

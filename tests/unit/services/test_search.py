from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.counts import DayCount
from erejestracja.domain.criteria import Area, Candidate, Criteria
from erejestracja.domain.ids import PointId, SlotKey
from erejestracja.domain.point import Location, Point
from erejestracja.domain.session import SessionState
from erejestracja.services.search import PROPOSALS, Cursor, Search
from tests.support.builders import DAY, MODERNA, NOW, PFIZER, a_point, a_session, a_state
from tests.support.desk import SetClock
from tests.support.fake_read_model import FakeMarket
from tests.support.free_slots import POINTS, by_hand, criteria, some_states

HERE = Location(51.0, 22.0)
KM = 1 / 111.195


def a_point_at(km: float, nr: int = 0) -> Point:
    """Return a point so far north of HERE, in a powiat and (from 100 km) voivodeship of its own."""
    powiat = f"{6 + 2 * (km >= 100):02}{int(km) % 100:02}"
    return a_point(
        id=PointId(f"p{int(km)}x{nr}"),
        location=Location(HERE.lat + km * KM, HERE.lon),
        powiat=powiat,
        gmina=f"{powiat}011",
    )


def free_at(point: Point, days_later: int = 0) -> SessionState:
    day = DAY + timedelta(days=days_later)
    return a_state(a_session(point.id, day, powiat=point.powiat))


def a_search(points: Sequence[Point], states: Sequence[SessionState]) -> Search:
    return Search(FakeMarket(points, states), SetClock())


def where(found: Sequence[Candidate]) -> set[PointId]:
    return {one.state.session.key.point for one in found}


AROUND = Criteria(Area(near=HERE))


class TestProposals:
    def test_the_soonest_of_the_nearest_ring_that_has_any_are_proposed(self) -> None:
        near, later, far = a_point_at(3), a_point_at(8), a_point_at(20)
        states = [free_at(near, 1), free_at(later, 2), free_at(far)]
        proposal = a_search([near, later, far], states).propose(AROUND)
        assert [SlotKey(c.state.session.key, c.index).index for c in proposal.slots] == [
            0,
            1,
            2,
            3,
            0,
        ]
        assert where(proposal.slots) == {near.id, later.id}
        assert proposal.widened_to_km is None

    def test_whoever_is_sent_farther_than_the_first_ring_is_told(self) -> None:
        near, far = a_point_at(3), a_point_at(40)
        proposal = a_search([near, far], [free_at(far)]).propose(AROUND)
        assert where(proposal.slots) == {far.id}
        assert proposal.widened_to_km == 50

    def test_a_radius_is_kept_to_while_there_is_any_within(self) -> None:
        near, far = a_point_at(12), a_point_at(60)
        asked = Criteria(Area(near=HERE, radius_km=30))
        search = a_search([near, far], [free_at(near, 3), free_at(far)])
        assert where(search.propose(asked).slots) == {near.id}
        assert search.propose(asked).widened_to_km is None

    def test_a_radius_is_widened_with_a_word_when_nothing_is_within(self) -> None:
        far = a_point_at(60)
        asked = Criteria(Area(near=HERE, radius_km=30))
        assert a_search([far], [free_at(far)]).propose(asked).widened_to_km == 100

    def test_the_whole_country_is_looked_through_before_nothing_is_proposed(self) -> None:
        far = a_point_at(400)
        search = a_search([far], [free_at(far)])
        assert search.propose(AROUND).widened_to_km == 1000
        nothing = search.propose(replace(AROUND, vaccines=frozenset({MODERNA})))
        assert (nothing.slots, nothing.widened_to_km) == ([], None)

    def test_an_area_without_any_is_left_for_what_is_around_its_middle(self) -> None:
        home, next_door = a_point_at(0), a_point_at(9)
        asked = Criteria(Area(teryt=home.powiat))
        search = a_search([home, next_door], [free_at(next_door)])
        assert search.propose(asked).widened_to_km == 10
        assert where(search.propose(asked).slots) == {next_door.id}

    def test_an_area_with_any_is_not_left(self) -> None:
        home, next_door = a_point_at(0), a_point_at(9)
        asked = Criteria(Area(teryt=home.powiat, near=next_door.location))
        search = a_search([home, next_door], [free_at(home, 5), free_at(next_door)])
        assert where(search.propose(asked).slots) == {home.id}
        assert search.propose(asked).widened_to_km is None

    def test_a_powiat_without_points_is_served_from_its_voivodeship(self) -> None:
        point = a_point_at(5)
        search = a_search([point], [free_at(point)])
        assert where(search.propose(Criteria(Area(teryt="0699"))).slots) == {point.id}
        assert search.propose(Criteria(Area(teryt="9999"))).slots == []

    def test_never_more_than_five_are_proposed(self) -> None:
        points = [a_point_at(1, nr) for nr in range(4)]
        proposal = a_search(points, [free_at(point) for point in points]).propose(AROUND)
        assert len(proposal.slots) == PROPOSALS


class TestPages:
    def test_slots_come_by_start_then_distance(self) -> None:
        near, far = a_point_at(1), a_point_at(9)
        search = a_search([near, far], [free_at(near), free_at(far)])
        found = search.slots(AROUND, 3)
        assert [(c.index, round(c.distance_km or 0)) for c in found] == [(0, 1), (0, 9), (1, 1)]

    @given(st.integers(0, 1000), criteria, st.integers(1, 5))
    def test_pages_one_after_the_other_are_the_whole(
        self, seed: int, wish: Criteria, size: int
    ) -> None:
        states = some_states(seed, 8)
        search = a_search(POINTS, states)
        pages: list[Candidate] = []
        cursor = None
        while page := search.slots(wish, size, cursor):
            pages += page
            cursor = Cursor.at(page[-1])
        found = [(c.state.session.key, c.index) for c in pages]
        assert found == [(key, index) for *_, key, index in by_hand(states, wish, NOW)]

    def test_a_page_goes_on_where_the_last_ended_whatever_was_taken_meanwhile(self) -> None:
        point = a_point_at(1)
        market = FakeMarket([point], [free_at(point)])
        search = Search(market, SetClock())
        cursor = Cursor.at(search.slots(AROUND, 2)[-1])
        taken = replace(free_at(point), taken=0b1111, version=2)
        market.learn([taken])
        assert [one.index for one in search.slots(AROUND, 9, cursor)] == [2, 3]


class TestCountsAndPoints:
    def test_counts_are_of_the_area_asked_for(self) -> None:
        home, next_door = a_point_at(0), a_point_at(9)
        search = a_search([home, next_door], [free_at(home), free_at(next_door)])
        assert search.counts(Criteria(Area(teryt=home.powiat))).days == [DayCount(DAY, 8, 1)]
        assert search.counts(Criteria()).days == [DayCount(DAY, 16, 2)]

    def test_only_the_powiaty_in_reach_are_asked_for(self) -> None:
        home, far = a_point_at(0), a_point_at(90)
        market = FakeMarket([home, far], [])
        Search(market, SetClock()).slots(Criteria(Area(near=HERE, radius_km=30)), 5)
        assert market.asked == [home.powiat]

    def test_points_come_by_distance_or_else_by_id(self) -> None:
        near, far = a_point_at(9), a_point_at(30)
        search = a_search([far, near], [])
        assert [p.id for p, _ in search.points(AROUND)] == [near.id, far.id]
        assert [p.id for p, _ in search.points(Criteria())] == sorted([near.id, far.id])

    def test_points_are_chosen_by_what_they_have(self) -> None:
        point = a_point(vaccines=frozenset({PFIZER}))
        search = a_search([point], [])
        assert search.points(Criteria(vaccines=frozenset({PFIZER}))) == [(point, None)]
        assert search.points(Criteria(vaccines=frozenset({MODERNA}))) == []
        assert search.point(point.id) == point
        assert search.point(PointId("none")) is None

    def test_answers_are_as_of_the_read_model(self) -> None:
        before = NOW - timedelta(seconds=7)
        assert Search(FakeMarket([], [], before), SetClock()).as_of() == before

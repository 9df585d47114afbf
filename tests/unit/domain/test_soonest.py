from datetime import date, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Candidate, Criteria
from erejestracja.domain.ids import PointId
from erejestracja.domain.session import SessionState, Visibility
from erejestracja.domain.soonest import in_order
from tests.support.builders import NOW, a_session, a_state
from tests.support.fake_read_model import FakeMarket
from tests.support.free_slots import POINTS, Rank, afters, by_hand, criteria, states


def rank(candidate: Candidate) -> Rank:
    session, index = candidate.state.session, candidate.index
    fit = len(session.vaccines)
    return session.start_of(index), candidate.distance_km or 0.0, fit, session.key, index


def found(
    some: list[SessionState], wish: Criteria, after: datetime, random: Random | None = None
) -> list[Candidate]:
    market = FakeMarket(POINTS, some)
    reach = market.points().reach(wish)
    lot = random.random if random else None
    return list(in_order(market.areas(reach.nearest), reach, wish, after, lot))


@given(states, criteria, afters)
def test_the_order_is_that_of_sorting_all_slots(
    some: list[SessionState], wish: Criteria, after: datetime
) -> None:
    expected = by_hand(some, wish, after)
    event(f"{min(len(expected), 10)} slots or more")
    assert [rank(one) for one in found(some, wish, after)] == expected


@given(states, criteria, afters, st.randoms(use_true_random=False))
def test_a_lot_decides_only_between_equals(
    some: list[SessionState], wish: Criteria, after: datetime, random: Random
) -> None:
    drawn = [rank(one) for one in found(some, wish, after, random)]
    assert [one[:3] for one in drawn] == [one[:3] for one in by_hand(some, wish, after)]
    assert sorted(drawn) == by_hand(some, wish, after)


@given(states, criteria, afters)
def test_what_is_offered_is_what_the_point_would_rather_give_of_what_will_do(
    some: list[SessionState], wish: Criteria, after: datetime
) -> None:
    for one in found(some, wish, after):
        vaccines = one.state.session.vaccines
        will_do = [code for code in vaccines if not wish.vaccines or code in wish.vaccines]
        assert one.offers == will_do[0]
        assert (one.vaccine is None) == (len(vaccines) == 1 or not wish.vaccines)


def test_callers_of_the_same_minute_are_sent_to_different_places() -> None:
    some = [a_state(a_session(point.id, powiat=point.powiat)) for point in POINTS]
    first = {
        found(some, Criteria(), NOW, Random(seed))[0].state.session.key.point for seed in range(60)
    }
    assert first == {point.id for point in POINTS}


def test_a_changed_place_shows_at_once_in_what_was_asked_before() -> None:
    market = FakeMarket(POINTS, [a_state(a_session(PointId("aaaa"), powiat="0660"))])
    reach = market.points().reach(Criteria())

    def first() -> int:
        soonest = next(in_order(market.areas(reach.nearest), reach, Criteria(), NOW))
        return soonest.index

    assert first() == 0
    market.learn([a_state(a_session(PointId("aaaa"), powiat="0660"), taken=0b11, version=2)])
    assert first() == 1


@pytest.mark.parametrize("day", [date(2026, 10, 26), date(2027, 3, 29)])
def test_an_internal_slot_shows_from_the_instant_it_is_open_to_all(day: date) -> None:
    starts_at = calendar.instant(day, time(8))
    session = a_session(
        POINTS[0].id,
        day,
        powiat=POINTS[0].powiat,
        starts_at=starts_at,
        visibility=Visibility.INTERNAL,
        release_hours=48,
    )
    for index, opens in enumerate(session.start_of(n) - timedelta(hours=48) for n in range(4)):
        just_before = opens - timedelta(microseconds=1)
        assert [one.index for one in found([a_state(session)], Criteria(), opens)] == list(
            range(index + 1)
        )
        shown = found([a_state(session)], Criteria(), just_before)
        assert [one.index for one in shown] == list(range(index))
        assert len(found([a_state(session)], Criteria(internal=True), just_before)) == 4


def test_a_page_does_not_open_what_is_not_open_yet() -> None:
    session = a_session(
        POINTS[0].id, powiat=POINTS[0].powiat, visibility=Visibility.INTERNAL, release_hours=24
    )
    market = FakeMarket(POINTS, [a_state(session)])
    reach = market.points().reach(Criteria())
    areas = market.areas(reach.nearest)
    assert not list(in_order(areas, reach, Criteria(), NOW, after=session.start_of(1)))


def test_any_number_of_kinds_may_be_asked_for() -> None:
    some = [
        a_state(a_session(PointId("aaaa"), powiat="0660", dose=dose, nr=dose))
        for dose in range(1, 10)
    ]
    market = FakeMarket(POINTS, some)
    for wish in [Criteria(dose=dose) for dose in range(1, 10)] * 2:
        reach = market.points().reach(wish)
        soonest = next(in_order(market.areas(reach.nearest), reach, wish, NOW))
        assert soonest.state.session.dose == wish.dose

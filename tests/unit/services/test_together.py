from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.actor import Role
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.ids import PatientId, PointId, SlotKey
from erejestracja.domain.session import Session
from erejestracja.services.choosing import key_of, start_of
from erejestracja.services.desk import Desk
from erejestracja.services.together import NEIGHBOURS, Pair, Share, hold_each, pairs
from tests.support.builders import (
    AT_EIGHT,
    DAY,
    MODERNA,
    NOW,
    PFIZER,
    POINT,
    a_point,
    a_session,
    an_actor,
)
from tests.support.desk import a_desk
from tests.support.fake_store import FakeStore, a_store

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
AGENT = an_actor(Role.AGENT, subject="agent", points=frozenset())
FIRST, OTHER = Criteria(vaccines=frozenset({PFIZER})), Criteria(vaccines=frozenset({MODERNA}))
ELSEWHERE = PointId("elsewhere")


def desk_of(*sessions: Session) -> Desk:
    points = [a_point(), a_point(id=ELSEWHERE)]
    return a_desk(FakeStore(), sessions, points)


def test_one_slot_is_for_both_where_it_has_two_places() -> None:
    [pair, *_] = pairs(desk_of(a_session()), [FIRST], [FIRST], 3)
    assert key_of(pair.first) == key_of(pair.second)


def test_a_slot_of_one_place_is_paired_with_its_neighbour() -> None:
    [pair, *_] = pairs(desk_of(a_session(places=1)), [FIRST], [FIRST], 3)
    assert start_of(pair.second) - start_of(pair.first) == timedelta(minutes=15)


def test_each_person_s_slot_is_of_what_they_may_have_themselves() -> None:
    later = a_session(nr=17, vaccine=MODERNA, starts_at=AT_EIGHT + timedelta(minutes=30))
    [pair, *_] = pairs(desk_of(a_session(), later), [FIRST], [OTHER], 1)
    assert (pair.first.state.session.vaccine, pair.second.state.session.vaccine) == (
        PFIZER,
        MODERNA,
    )
    assert start_of(pair.second) - start_of(pair.first) <= NEIGHBOURS


@pytest.mark.parametrize(
    "other",
    [
        a_session(ELSEWHERE, vaccine=MODERNA),
        a_session(nr=17, vaccine=MODERNA, starts_at=AT_EIGHT + timedelta(hours=3)),
        a_session(day=DAY + timedelta(days=1), vaccine=MODERNA),
    ],
)
def test_another_place_hour_or_day_is_not_together(other: Session) -> None:
    assert not pairs(desk_of(a_session(), other), [FIRST], [OTHER], 3)


def test_a_day_the_second_person_may_not_have_is_not_offered() -> None:
    desk = desk_of(a_session(), a_session(vaccine=MODERNA, nr=17))
    later = replace(OTHER, from_=DAY + timedelta(days=1))
    assert not pairs(desk, [FIRST], [later], 3)
    assert not pairs(desk, [FIRST], [replace(OTHER, to=DAY - timedelta(days=1))], 3)


def sessions() -> st.SearchStrategy[list[Session]]:
    """Sessions of either vaccine at either point about the same hours of two days."""
    one = st.builds(
        lambda point, day, late, vaccine, places: a_session(
            point,
            DAY + timedelta(days=day),
            vaccine=vaccine,
            places=places,
            starts_at=AT_EIGHT + timedelta(days=day, minutes=10 * late),
        ),
        st.sampled_from([POINT, ELSEWHERE]),
        st.integers(0, 1),
        st.integers(0, 12),
        st.sampled_from([PFIZER, MODERNA]),
        st.integers(1, 2),
    )
    return st.lists(one, max_size=6).map(
        lambda found: [replace(s, key=replace(s.key, nr=nr)) for nr, s in enumerate(found)]
    )


@given(sessions(), st.integers(1, 5))
def test_pairs_are_always_of_one_place_near_in_time_and_by_the_first_s_start(
    found: Sequence[Session], limit: int
) -> None:
    desk = desk_of(*found)
    together = pairs(desk, [FIRST], [FIRST, OTHER], limit)
    assert len(together) <= limit
    assert [start_of(p.first) for p in together] == sorted(start_of(p.first) for p in together)
    for pair in together:
        assert_together(pair)


def assert_together(pair: Pair) -> None:
    one, other = pair.first.state.session, pair.second.state.session
    assert (one.key.point, one.key.day) == (other.key.point, other.key.day)
    assert abs(start_of(pair.first) - start_of(pair.second)) <= NEIGHBOURS
    if key_of(pair.first) == key_of(pair.second):
        assert one.places > 1


def both_of(session: Session) -> list[Share]:
    return [Share(patient, SlotKey(session.key, 0)) for patient in (ANNA, JAN)]


def test_both_have_a_place_of_their_own() -> None:
    store = a_store(ANNA, JAN)
    desk = a_desk(store, store.tables.sessions.values(), [a_point()])
    first, second = hold_each(desk, AGENT, both_of(a_session()))
    assert first is not None
    assert second is not None
    assert first.hold.place != second.hold.place
    assert [hold.patient for hold in store.holds()] == [ANNA, JAN]


def test_who_has_a_place_keeps_it_though_the_other_has_none() -> None:
    session = a_session(places=1)
    store = a_store(ANNA, JAN)
    store.tables.sessions[session.key] = session
    desk = a_desk(store, [session], [a_point()])
    first, second = hold_each(desk, AGENT, both_of(session))
    assert first is not None
    assert second is None
    assert [hold.patient for hold in store.holds()] == [ANNA]


def test_who_may_not_have_it_gets_none() -> None:
    store = a_store(ANNA)
    desk = a_desk(store, store.tables.sessions.values(), [a_point()])
    first, second = hold_each(desk, AGENT, both_of(a_session()))
    assert first is not None
    assert second is None
    assert first.hold.expires_at > NOW

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.ids import PlaceKey, SlotKey
from erejestracja.domain.session import Session, SessionState, Visibility
from tests.support.builders import a_session, a_state
from tests.support.strategies import sessions


def test_slots_start_a_step_apart() -> None:
    assert a_session().start_of(3) == datetime(2026, 12, 7, 7, 45, tzinfo=UTC)


def test_a_slot_belongs_to_a_session_by_its_key_and_number() -> None:
    session = a_session()
    assert session.has(SlotKey(session.key, 0))
    assert session.has(SlotKey(session.key, 3))
    assert not session.has(SlotKey(session.key, 4))
    assert not session.has(SlotKey(session.key, -1))
    assert not session.has(SlotKey(a_session(nr=17).key, 0))


def test_a_taken_place_is_missing_from_its_slot_alone() -> None:
    session = a_session()
    state = a_state(session, taken=session.bit(1, 0) | session.bit(2, 0) | session.bit(2, 1))
    assert [state.free(index) for index in range(4)] == [2, 1, 0, 2]
    assert state.free_places(1) == [1]
    assert state.free_places(2) == []
    assert state.free_in_all() == 5


def test_a_place_beside_is_none_that_anybody_sees_free_or_taken() -> None:
    session = a_session()
    places = [PlaceKey(SlotKey(session.key, 3), place) for place in range(session.places)]
    beside = [session.beside(place) for place in places]
    assert {place.slot for place in beside} == {places[0].slot}
    assert not {*beside} & {*places}
    assert [session.is_own(place) for place in (*places, *beside)] == [True, True, False, False]
    assert [session.bit(3, place.place) for place in beside] == [0, 0]


@pytest.mark.parametrize("day", [date(2026, 10, 25), date(2026, 10, 26), date(2027, 3, 28)])
@pytest.mark.parametrize("hours", [1, 24, 48])
def test_an_internal_slot_is_open_to_all_so_many_elapsed_hours_before_and_not_sooner(
    day: date, hours: int
) -> None:
    starts_at = calendar.instant(day, time(8))
    session = a_session(
        day=day, starts_at=starts_at, visibility=Visibility.INTERNAL, release_hours=hours
    )
    for index in range(session.slots):
        start = session.start_of(index)
        opens = start - timedelta(hours=hours)
        assert session.visibility_at(start, opens) is Visibility.EXTERNAL
        before = opens - timedelta(microseconds=1)
        assert session.visibility_at(start, before) is Visibility.INTERNAL


def test_a_session_without_such_a_rule_stays_as_it_is() -> None:
    for shown in Visibility:
        session = a_session(visibility=shown)
        assert session.visibility_at(session.starts_at, session.starts_at) is shown


@given(sessions(), st.data())
def test_the_mask_says_what_a_list_of_places_would_say(
    session: Session, data: st.DataObject
) -> None:
    everything = [
        PlaceKey(SlotKey(session.key, index), place)
        for index in range(session.slots)
        for place in range(session.places)
    ]
    taken = data.draw(st.frozensets(st.sampled_from(everything)))
    mask = sum(session.bit(key.slot.index, key.place) for key in taken)
    state = SessionState(session, mask, 1)
    assert state.free_in_all() == len(everything) - len(taken)
    for index in range(session.slots):
        free = [k.place for k in everything if k.slot.index == index and k not in taken]
        assert state.free_places(index) == free
        assert state.free(index) == len(free)

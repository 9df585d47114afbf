from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import (
    HoldExpired,
    NotAllowed,
    NotEligible,
    NotFound,
    Reason,
    SlotTaken,
)
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.domain.session import SessionState
from erejestracja.services import holds
from erejestracja.services.desk import person_in_question
from erejestracja.services.holds import Asker
from tests.support.builders import (
    MODERNA,
    NOW,
    POINT,
    a_point,
    a_session,
    an_actor,
)
from tests.support.desk import WatchedDesk, a_desk
from tests.support.fake_store import FakeStore, a_store

PEOPLE = [PatientId(letter * 26) for letter in "abcdefghij"]
SLOT = SlotKey(a_session().key, 0)


@pytest.fixture
def store() -> FakeStore:
    return a_store(*PEOPLE)


@pytest.fixture
def desk(store: FakeStore) -> WatchedDesk:
    return a_desk(store, store.tables.sessions.values(), [a_point()])


def asker(patient: PatientId = PEOPLE[0], key: str | None = None, *roles: Role) -> Asker:
    changes: dict[str, Any] = {} if roles else {"patient": patient}
    return Asker(an_actor(*roles, **changes), patient, key)


def test_a_held_slot_is_kept_for_ten_minutes_and_told(desk: WatchedDesk, store: FakeStore) -> None:
    kept = holds.hold_slot(desk, asker(), SLOT)
    assert kept.hold.expires_at == NOW + timedelta(minutes=10)
    assert [event.type for event in desk.publisher.told] == ["hold.placed"]
    assert [event.id for event in desk.publisher.told] == list(store.tables.outbox)


def test_a_slot_serves_as_many_as_it_has_places_and_no_more(desk: WatchedDesk) -> None:
    for patient in PEOPLE[:2]:
        holds.hold_slot(desk, asker(patient), SLOT)
    with pytest.raises(SlotTaken) as taken:
        holds.hold_slot(desk, asker(PEOPLE[2]), SLOT)
    others = taken.value.alternatives
    assert [candidate.index for candidate in others] == [1, 2, 3]


def test_a_hold_that_ran_out_is_taken_over_by_the_next_caller(
    desk: WatchedDesk, store: FakeStore
) -> None:
    for patient in PEOPLE[:2]:
        holds.hold_slot(desk, asker(patient), SLOT)
    desk.clock.at += timedelta(minutes=10)
    kept = holds.hold_slot(desk, asker(PEOPLE[2]), SLOT)
    assert kept.hold.patient == PEOPLE[2]
    assert len(store.holds()) == 2
    assert [e.type for e in desk.publisher.told][-2:] == ["hold.placed", "hold.expired"]


def test_the_same_key_holds_once(desk: WatchedDesk, store: FakeStore) -> None:
    first = holds.hold_slot(desk, asker(key="k"), SLOT)
    assert holds.hold_slot(desk, asker(key="k"), SLOT) == first
    assert len(store.holds()) == 1


def test_the_same_key_of_another_person_is_another_hold(
    desk: WatchedDesk, store: FakeStore
) -> None:
    holds.hold_slot(desk, asker(PEOPLE[0], "k"), SLOT)
    holds.hold_slot(desk, asker(PEOPLE[1], "k"), SLOT)
    assert len(store.holds()) == 2


def test_a_slot_that_does_not_exist_is_not_found(desk: WatchedDesk) -> None:
    with pytest.raises(NotFound):
        holds.hold_slot(desk, asker(), SlotKey(a_session().key, 4))


def test_a_slot_that_has_begun_is_not_held(desk: WatchedDesk) -> None:
    desk.clock.at = a_session().start_of(1)
    with pytest.raises(SlotTaken) as taken:
        holds.hold_slot(desk, asker(), SlotKey(a_session().key, 1))
    assert [candidate.index for candidate in taken.value.alternatives] == [2, 3]


def test_without_a_referral_nothing_is_held(desk: WatchedDesk, store: FakeStore) -> None:
    stranger = PatientId("s" * 26)
    with pytest.raises(NotEligible) as no:
        holds.hold_slot(desk, asker(stranger), SLOT)
    assert no.value.reason is Reason.NO_REFERRAL
    with pytest.raises(NotEligible):
        holds.hold_best(desk, asker(stranger), Criteria())
    assert store.holds() == []


def test_a_vaccine_the_person_cannot_have_is_named_as_the_reason(desk: WatchedDesk) -> None:
    with pytest.raises(NotEligible) as no:
        holds.hold_best(desk, asker(), Criteria(dose=2))
    assert no.value.reason is Reason.VACCINE_MISMATCH


def test_the_best_is_the_soonest(desk: WatchedDesk) -> None:
    kept = holds.hold_best(desk, asker(), Criteria())
    assert kept.hold.place.slot == SLOT


def test_many_callers_get_all_places_and_no_place_twice(
    desk: WatchedDesk, store: FakeStore
) -> None:
    kept = [holds.hold_best(desk, asker(patient), Criteria()) for patient in PEOPLE[:8]]
    assert len({one.hold.place for one in kept}) == 8
    with pytest.raises(SlotTaken) as taken:
        holds.hold_best(desk, asker(PEOPLE[8]), Criteria())
    assert taken.value.alternatives == ()
    assert len(store.holds()) == 8


def test_a_stale_read_model_is_taught_and_the_search_goes_on(
    desk: WatchedDesk, store: FakeStore
) -> None:
    for patient in PEOPLE[:6]:
        holds.hold_best(desk, asker(patient), Criteria())
    behind = a_desk(store, store.tables.sessions.values(), [a_point()])
    kept = holds.hold_best(behind, asker(PEOPLE[6]), Criteria())
    assert kept.hold.place.slot.index == 3


def test_who_finds_nothing_hears_what_there_is_beyond(desk: WatchedDesk) -> None:
    with pytest.raises(SlotTaken) as taken:
        holds.hold_best(desk, asker(), Criteria(from_=NOW.date(), to=NOW.date()))
    assert [candidate.index for candidate in taken.value.alternatives] == [0, 1, 2, 3]


def test_alternatives_are_free_in_spanner_not_only_in_the_read_model(
    desk: WatchedDesk, store: FakeStore
) -> None:
    for patient in PEOPLE[:8]:
        holds.hold_best(desk, asker(patient), Criteria())
    behind = a_desk(store, store.tables.sessions.values(), [a_point()])
    with pytest.raises(SlotTaken) as taken:
        holds.hold_slot(behind, asker(PEOPLE[8]), SLOT)
    assert taken.value.alternatives == ()


def test_a_hold_is_extended_up_to_half_an_hour(desk: WatchedDesk) -> None:
    kept = holds.hold_slot(desk, asker(), SLOT)
    text = desk.tokens.seal(kept.hold)
    ends: list[timedelta | None] = []
    for _ in range(4):
        desk.clock.at += timedelta(minutes=9)
        try:
            ends.append(holds.extend(desk, PEOPLE[0], text).hold.expires_at - NOW)
        except HoldExpired:
            ends.append(None)
    assert ends == [timedelta(minutes=19), timedelta(minutes=28), timedelta(minutes=30), None]


def test_another_persons_hold_does_not_exist(desk: WatchedDesk) -> None:
    text = desk.tokens.seal(holds.hold_slot(desk, asker(), SLOT).hold)
    with pytest.raises(NotFound):
        holds.extend(desk, PEOPLE[1], text)
    with pytest.raises(NotFound):
        holds.release(desk, asker(PEOPLE[1]).actor, PEOPLE[1], text)


def test_a_released_hold_frees_its_place_once(desk: WatchedDesk, store: FakeStore) -> None:
    text = desk.tokens.seal(holds.hold_slot(desk, asker(), SLOT).hold)
    for _ in range(2):
        holds.release(desk, asker().actor, PEOPLE[0], text)
    assert store.tables.places == {}
    assert [e.type for e in desk.publisher.told] == ["hold.placed", "hold.released"]


def test_staff_hold_at_their_own_point_only(desk: WatchedDesk) -> None:
    registrar = Asker(an_actor(Role.REGISTRAR), PEOPLE[0], None)
    assert holds.hold_slot(desk, registrar, SLOT).hold.patient == PEOPLE[0]
    stranger = Asker(an_actor(Role.REGISTRAR, points=frozenset({"other"})), PEOPLE[1], None)
    with pytest.raises(NotAllowed):
        holds.hold_slot(desk, stranger, SLOT)


def test_whom_a_caller_may_act_for(desk: WatchedDesk) -> None:
    patient = an_actor(patient=PEOPLE[0])
    assert person_in_question(desk, patient, None) == PEOPLE[0]
    assert person_in_question(desk, patient, PEOPLE[0]) == PEOPLE[0]
    assert person_in_question(desk, an_actor(Role.AGENT), PEOPLE[1]) == PEOPLE[1]
    for actor, named in (
        (patient, PEOPLE[1]),
        (an_actor(Role.AGENT), None),
        (an_actor(Role.COORDINATOR), PEOPLE[1]),
    ):
        with pytest.raises(NotAllowed):
            person_in_question(desk, actor, named)


def test_the_read_model_learns_that_a_lost_slot_is_full(
    desk: WatchedDesk, store: FakeStore
) -> None:
    for patient in PEOPLE[:2]:
        holds.hold_slot(desk, asker(patient), SLOT)
    behind = a_desk(store, store.tables.sessions.values(), [a_point()])
    with pytest.raises(SlotTaken):
        holds.hold_slot(behind, asker(PEOPLE[2]), SLOT)
    learned = behind.read_model.state(a_session().key)
    assert isinstance(learned, SessionState)
    assert learned.taken == 0b11


def test_criteria_choose_point_and_vaccine(desk: WatchedDesk) -> None:
    with pytest.raises(SlotTaken):
        holds.hold_best(desk, asker(), Criteria(vaccines=frozenset({MODERNA})))
    kept = holds.hold_best(desk, asker(), Criteria())
    assert kept.session.key.point == POINT

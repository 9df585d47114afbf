from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import (
    InvalidRequest,
    NotAllowed,
    NotFound,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.domain.representation import (
    FullName,
    Representation,
    RepresentationKind,
    Source,
    Step,
)
from erejestracja.domain.visit import CancelReason
from erejestracja.ports import Clash
from erejestracja.services import booking, record, representing
from erejestracja.services.booking import BookVisit
from erejestracja.services.desk import acts_for
from erejestracja.services.places import Wanted
from tests.support.builders import (
    NOW,
    a_person,
    a_point,
    a_referral,
    a_representation,
    a_session,
    an_actor,
)
from tests.support.desk import WatchedDesk, a_desk
from tests.support.fake_representations import FakeRepresentations
from tests.support.fake_store import FakeStore, a_store

ANNA, TOMASZ, OLA = (PatientId(letter * 26) for letter in "ato")
TOMASZ_S_NAME = FullName("Tomasz", "Pomocny")
FIRST = SlotKey(a_session().key, 0)


@pytest.fixture
def store() -> FakeStore:
    return a_store(ANNA, OLA)


@pytest.fixture
def desk(store: FakeStore) -> WatchedDesk:
    return a_desk(store, store.tables.sessions.values(), [a_point()])


def named(desk: WatchedDesk) -> None:
    representing.name_proxy(desk, ANNA, TOMASZ, TOMASZ_S_NAME)


def accepted(desk: WatchedDesk) -> None:
    named(desk)
    representing.accept(desk, TOMASZ, ANNA, TOMASZ_S_NAME)


def may_act(desk: WatchedDesk) -> bool:
    return acts_for(desk, an_actor(patient=TOMASZ), ANNA)


class TestAProxy:
    def test_acts_once_they_have_accepted(self, desk: WatchedDesk) -> None:
        named(desk)
        assert not may_act(desk)
        assert representing.represented_by(desk, TOMASZ) == []
        representing.accept(desk, TOMASZ, ANNA, TOMASZ_S_NAME)
        assert may_act(desk)
        [one] = representing.represented_by(desk, TOMASZ)
        assert (one.patient, str(one.patient_name)) == (ANNA, "Anna Przykładowa")

    @pytest.mark.parametrize("who", [ANNA, TOMASZ])
    def test_ends_when_either_wants_it(self, desk: WatchedDesk, who: PatientId) -> None:
        accepted(desk)
        for _ in range(2):
            representing.end(desk, who, TOMASZ, ANNA)
        assert not may_act(desk)
        assert representing.representatives_of(desk, ANNA) == []

    def test_may_be_named_again_after_that(self, desk: WatchedDesk) -> None:
        accepted(desk)
        representing.end(desk, ANNA, TOMASZ, ANNA)
        accepted(desk)
        assert may_act(desk)

    def test_who_is_one_already_stays_one(self, desk: WatchedDesk) -> None:
        accepted(desk)
        named(desk)
        assert may_act(desk)

    def test_a_stranger_whose_number_was_typed_learns_nothing(self, desk: WatchedDesk) -> None:
        named(desk)
        other = FullName("Jan", "Pomocny")
        assert representing.asked_of(desk, TOMASZ, other) == []
        with pytest.raises(NotFound):
            representing.accept(desk, TOMASZ, ANNA, other)
        assert not may_act(desk)

    def test_who_was_not_asked_accepts_nothing(self, desk: WatchedDesk) -> None:
        with pytest.raises(NotFound):
            representing.accept(desk, TOMASZ, ANNA, TOMASZ_S_NAME)

    def test_nobody_else_ends_it(self, desk: WatchedDesk) -> None:
        accepted(desk)
        with pytest.raises(NotFound):
            representing.end(desk, OLA, TOMASZ, ANNA)
        with pytest.raises(NotFound):
            representing.end(desk, ANNA, OLA, ANNA)
        assert may_act(desk)

    def test_nobody_names_themselves(self, desk: WatchedDesk) -> None:
        with pytest.raises(InvalidRequest):
            representing.name_proxy(desk, ANNA, ANNA, TOMASZ_S_NAME)

    @pytest.mark.parametrize("born", [None, date(2010, 1, 1)])
    def test_is_named_by_a_grown_up_whom_we_know(
        self, desk: WatchedDesk, store: FakeStore, born: date | None
    ) -> None:
        del store.people[ANNA]
        if born:
            store.people[ANNA] = a_person(ANNA, birth_date=born)
        with pytest.raises(NotAllowed):
            named(desk)

    def test_of_an_acceptance_and_a_withdrawal_at_once_one_is_told_to_look_again(
        self, store: FakeStore
    ) -> None:
        class Late(FakeRepresentations):
            def store(self, representation: Representation, step: Step) -> None:
                if step is Step.ENDED:
                    raise Clash("Table RepresentationSteps: Row already exists")
                super().store(representation, step)

        desk = a_desk(store, [a_session()], [a_point()], representations=Late())
        named(desk)
        with pytest.raises(VersionMismatch):
            representing.end(desk, ANNA, TOMASZ, ANNA)


class TestAParent:
    def parent(self, **changes: object) -> Representation:
        facts = {
            "kind": RepresentationKind.PARENT,
            "source": Source.NATIONAL_RECORD,
            "born": date(2009, 1, 1),
        }
        return a_representation(TOMASZ, OLA, **{**facts, **changes})

    def test_stays_one_whatever_either_wants(self, store: FakeStore) -> None:
        known = FakeRepresentations(self.parent())
        desk = a_desk(store, [a_session()], [a_point()], representations=known)
        for who in (TOMASZ, OLA):
            with pytest.raises(NotAllowed):
                representing.end(desk, who, TOMASZ, OLA)
        assert acts_for(desk, an_actor(patient=TOMASZ), OLA)

    def test_is_none_any_more_once_the_child_is_of_age(self, store: FakeStore) -> None:
        known = FakeRepresentations(self.parent())
        desk = a_desk(store, [a_session()], [a_point()], representations=known)
        desk.clock.at = NOW + timedelta(days=31)
        assert not acts_for(desk, an_actor(patient=TOMASZ), OLA)
        assert representing.represented_by(desk, TOMASZ) == []


def for_anna(desk: WatchedDesk, **contact: str) -> BookVisit:
    asked = BookVisit(
        an_actor(patient=TOMASZ), ANNA, a_referral(ANNA).id, Wanted(slot=FIRST), None, contact
    )
    booking.book(desk, asked)
    return asked


class TestWhoActsForAnother:
    def test_books_sees_and_cancels(self, desk: WatchedDesk, store: FakeStore) -> None:
        accepted(desk)
        for_anna(desk)
        [visit] = store.visits(ANNA)
        actor = an_actor(patient=TOMASZ)
        assert booking.visit_of(desk, actor, visit.id) == visit
        booking.cancel(desk, actor, visit, CancelReason.ILLNESS)
        assert not store.visits(ANNA)[0].status.is_active

    def test_gives_a_number_for_this_visit_and_leaves_the_record_as_it_is(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        accepted(desk)
        for_anna(desk, phone="+48600000009")
        [(visit, _)] = store.tables.visits.values()
        assert visit.phone == "+48600000009"
        assert store.tables.changes[visit.id, 1].contact == {}

    def test_sees_nothing_once_it_has_ended(self, desk: WatchedDesk, store: FakeStore) -> None:
        accepted(desk)
        for_anna(desk)
        representing.end(desk, ANNA, TOMASZ, ANNA)
        [visit] = store.visits(ANNA)
        with pytest.raises(NotFound):
            booking.visit_of(desk, an_actor(patient=TOMASZ), visit.id)

    def test_is_named_to_the_person_whose_record_it_was(self, desk: WatchedDesk) -> None:
        accepted(desk)
        for actor in (an_actor(patient=TOMASZ), an_actor(patient=ANNA), an_actor(Role.AGENT)):
            record.record_of(desk, actor, ANNA, "request")
        looks = record.accesses(desk, ANNA)
        assert [(one.role, one.name) for one in looks] == [
            ("agent", None),
            ("patient", None),
            ("proxy", TOMASZ_S_NAME),
        ]


class AnyTurnOfEvents(RuleBasedStateMachine):
    """Whatever three people do, only who was named and accepted acts, and only until it ended."""

    people = st.sampled_from([ANNA, TOMASZ, OLA])

    def __init__(self) -> None:
        super().__init__()
        store = a_store(ANNA, TOMASZ, OLA)
        self.desk = a_desk(store, [a_session()], [a_point()])
        self.asked: set[tuple[PatientId, PatientId]] = set()
        self.given: set[tuple[PatientId, PatientId]] = set()

    @rule(patient=people, other=people)
    def name(self, patient: PatientId, other: PatientId) -> None:
        self._later()
        if patient == other:
            return
        representing.name_proxy(self.desk, patient, other, TOMASZ_S_NAME)
        if (other, patient) not in self.given:
            self.asked.add((other, patient))

    @rule(other=people, patient=people)
    def accept(self, other: PatientId, patient: PatientId) -> None:
        self._later()
        try:
            representing.accept(self.desk, other, patient, TOMASZ_S_NAME)
        except NotFound:
            assert (other, patient) not in self.asked
        else:
            self.asked.remove((other, patient))
            self.given.add((other, patient))

    @rule(who=people, other=people, patient=people)
    def end(self, who: PatientId, other: PatientId, patient: PatientId) -> None:
        self._later()
        try:
            representing.end(self.desk, who, other, patient)
        except NotFound:
            return
        self.asked.discard((other, patient))
        self.given.discard((other, patient))

    @invariant()
    def only_who_was_given_the_right_acts(self) -> None:
        for one in (ANNA, TOMASZ, OLA):
            for another in {ANNA, TOMASZ, OLA} - {one}:
                acts = acts_for(self.desk, an_actor(patient=one), another)
                assert acts == ((one, another) in self.given)

    def _later(self) -> None:
        self.desk.clock.at += timedelta(seconds=1)


TestAnyTurnOfEvents = AnyTurnOfEvents.TestCase
TestAnyTurnOfEvents.settings = settings(max_examples=50, stateful_step_count=25, deadline=None)

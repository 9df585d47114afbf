from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    IdempotencyConflict,
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    Reason,
    SlotTaken,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, ReferralId, SlotKey, VisitId
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.visit import CancelReason, Visit, VisitChange, VisitStatus
from erejestracja.services import booking, holds
from erejestracja.services.booking import Booked, BookVisit
from erejestracja.services.holds import Asker
from erejestracja.services.places import Wanted
from tests.support.bookings_contract import a_change
from tests.support.builders import NOW, a_person, a_point, a_referral, a_session, an_actor
from tests.support.desk import WatchedDesk, a_desk
from tests.support.fake_store import FakeStore, a_store

ANNA, JAN, OLA = (PatientId(letter * 26) for letter in "ajo")
FIRST = SlotKey(a_session().key, 0)
SECOND = SlotKey(a_session().key, 1)


@pytest.fixture
def store() -> FakeStore:
    return a_store(ANNA, JAN, OLA)


@pytest.fixture
def desk(store: FakeStore) -> WatchedDesk:
    return a_desk(store, store.tables.sessions.values(), [a_point()])


def request(patient: PatientId = ANNA, **changes: Any) -> BookVisit:
    facts: dict[str, Any] = {
        "actor": an_actor(patient=patient),
        "patient": patient,
        "referral": a_referral(patient).id,
        "wanted": Wanted(slot=FIRST),
        "key": None,
    }
    return BookVisit(**(facts | changes))


def held(desk: WatchedDesk, patient: PatientId = ANNA, slot: SlotKey = FIRST) -> Wanted:
    kept = holds.hold_slot(desk, Asker(an_actor(patient=patient), patient, None), slot)
    return Wanted(hold=desk.tokens.seal(kept.hold))


def booked(desk: WatchedDesk, patient: PatientId = ANNA, slot: SlotKey = FIRST) -> Visit:
    return booking.book(desk, request(patient, wanted=held(desk, patient, slot))).visit


class TestBooking:
    def test_a_held_place_becomes_a_visit_and_a_text_message_is_asked_for(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        visit = booked(desk)
        assert (visit.status, visit.dose, visit.minutes) == (VisitStatus.BOOKED, 1, 15)
        assert store.holds() == []
        types = [event.type for event in desk.publisher.told]
        assert types == ["hold.placed", "visit.booked", "sms.requested"]
        (notice,) = store.tables.notices.values()
        assert notice.facts["point"] == a_point().name

    def test_nobody_is_named_in_an_event(self, desk: WatchedDesk) -> None:
        booked(desk)
        person = a_person()
        for event in desk.publisher.told:
            text = str(event.data)
            assert person.family_name not in text
            assert str(person.phone) not in text

    def test_a_slot_is_booked_without_holding_it_first(self, desk: WatchedDesk) -> None:
        result = booking.book(desk, request())
        assert result.created
        assert result.visit.place.slot == FIRST

    def test_the_same_key_books_once_and_answers_the_same(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        wanted = held(desk)
        first = booking.book(desk, request(wanted=wanted, key="k"))
        again = booking.book(desk, request(wanted=wanted, key="k"))
        assert (first.created, again.created) == (True, False)
        assert again.visit.id == first.visit.id
        assert len(store.tables.visits) == 1

    def test_a_repeat_without_a_key_is_known_by_its_hold(self, desk: WatchedDesk) -> None:
        wanted = held(desk)
        first = booking.book(desk, request(wanted=wanted))
        desk.clock.at += timedelta(hours=1)
        again = booking.book(desk, request(wanted=wanted))
        assert again == Booked(first.visit, created=False)

    def test_the_same_key_for_another_request_is_a_conflict(self, desk: WatchedDesk) -> None:
        booking.book(desk, request(key="k"))
        with pytest.raises(IdempotencyConflict):
            booking.book(desk, request(key="k", wanted=Wanted(slot=SECOND)))

    def test_a_second_visit_for_the_dose_is_refused_and_names_the_first(
        self, desk: WatchedDesk
    ) -> None:
        first = booked(desk)
        with pytest.raises(AlreadyBooked) as no:
            booking.book(desk, request(wanted=held(desk, slot=SECOND)))
        assert no.value.visit == first.id

    def test_the_last_place_goes_to_one_and_the_other_hears_what_is_left(
        self, desk: WatchedDesk
    ) -> None:
        booking.book(desk, request(ANNA))
        booking.book(desk, request(JAN))
        with pytest.raises(SlotTaken) as taken:
            booking.book(desk, request(OLA))
        assert [c.index for c in taken.value.alternatives] == [1, 2, 3]

    def test_a_hold_that_ran_out_is_not_booked(self, desk: WatchedDesk) -> None:
        wanted = held(desk)
        desk.clock.at += timedelta(minutes=10)
        with pytest.raises(HoldExpired):
            booking.book(desk, request(wanted=wanted))

    def test_an_extended_hold_is_booked_by_its_first_id(self, desk: WatchedDesk) -> None:
        wanted = held(desk)
        desk.clock.at += timedelta(minutes=8)
        holds.extend(desk, ANNA, str(wanted.hold))
        early = booking.book(desk, request(wanted=wanted))
        assert early.created

    def test_an_extended_hold_is_booked_after_its_first_end(self, desk: WatchedDesk) -> None:
        wanted = held(desk)
        desk.clock.at += timedelta(minutes=8)
        holds.extend(desk, ANNA, str(wanted.hold))
        desk.clock.at += timedelta(minutes=5)
        assert booking.book(desk, request(wanted=wanted)).created

    def test_a_released_hold_is_not_booked(self, desk: WatchedDesk) -> None:
        wanted = held(desk)
        holds.release(desk, an_actor(patient=ANNA), ANNA, str(wanted.hold))
        with pytest.raises(HoldExpired):
            booking.book(desk, request(wanted=wanted))

    def test_without_that_referral_nothing_is_booked(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        with pytest.raises(NotEligible) as no:
            booking.book(desk, request(referral=ReferralId("none")))
        assert no.value.reason is Reason.NO_REFERRAL
        assert store.tables.visits == {}

    def test_an_expired_referral_does_not_book(self, desk: WatchedDesk, store: FakeStore) -> None:
        expired = replace(a_referral(ANNA), expires_on=NOW.date() - timedelta(days=1))
        store.all_referrals[ANNA, expired.id] = expired
        with pytest.raises(NotEligible) as no:
            booking.book(desk, request())
        assert no.value.reason is Reason.REFERRAL_EXPIRED

    def test_a_referral_that_was_valid_a_moment_ago_books_nothing_once_it_is_not(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        wanted = held(desk)
        expired = replace(a_referral(ANNA), expires_on=NOW.date() - timedelta(days=1), version=2)
        store.all_referrals[ANNA, expired.id] = expired
        store.a_moment_ago = [a_referral(ANNA)]
        with pytest.raises(NotEligible) as no:
            booking.book(desk, request(wanted=wanted))
        assert no.value.reason is Reason.REFERRAL_EXPIRED
        assert store.tables.visits == {}

    def test_a_referral_changed_a_moment_ago_books_as_it_is_now(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        changed = replace(a_referral(ANNA), version=2)
        store.all_referrals[ANNA, changed.id] = changed
        store.a_moment_ago = [a_referral(ANNA)]
        assert booked(desk).referral == changed.id

    def test_nobody_is_refused_for_what_was_a_moment_ago(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        store.a_moment_ago = []
        assert booked(desk).status is VisitStatus.BOOKED

    def test_a_referral_cancelled_meanwhile_does_not_move_a_visit(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        visit = booked(desk)
        expired = replace(a_referral(ANNA), status=ReferralStatus.CANCELLED, version=2)
        changing = store.move

        def cancel_first(*args: Any, **how: Any) -> Any:
            store.all_referrals[ANNA, expired.id] = expired
            return changing(*args, **how)

        store.move = cancel_first  # type: ignore[method-assign]
        with pytest.raises(NotEligible):
            booking.move(desk, an_actor(patient=ANNA), ANNA, visit, Wanted(slot=SECOND))

    def test_a_slot_of_another_dose_is_refused(self, store: FakeStore) -> None:
        second_doses = a_session(nr=32, dose=2)
        store.tables.sessions[second_doses.key] = second_doses
        other = a_desk(store, store.tables.sessions.values(), [a_point()])
        with pytest.raises(NotEligible) as no:
            booking.book(other, request(wanted=Wanted(slot=SlotKey(second_doses.key, 0))))
        assert no.value.reason is Reason.VACCINE_MISMATCH

    def test_an_unknown_slot_is_not_found(self, desk: WatchedDesk) -> None:
        for wanted in (Wanted(slot=SlotKey(a_session().key, 9)), Wanted()):
            with pytest.raises(NotFound):
                booking.book(desk, request(wanted=wanted))

    def test_contact_is_kept_with_the_booking(self, desk: WatchedDesk, store: FakeStore) -> None:
        booking.book(desk, request(contact={"language": "uk"}))
        (change,) = store.tables.changes.values()
        assert change.contact == {"language": "uk"}

    def test_staff_of_another_point_book_nothing(self, desk: WatchedDesk) -> None:
        stranger = an_actor(Role.REGISTRAR, points=frozenset({"other"}))
        with pytest.raises(NotAllowed):
            booking.book(desk, request(actor=stranger))


class TestMoving:
    def test_a_moved_visit_has_its_new_place_and_the_old_one_is_free(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        visit = booked(desk)
        wanted = held(desk, slot=SECOND)
        moved = booking.move(desk, an_actor(patient=ANNA), ANNA, visit, wanted)
        assert (moved.place.slot, moved.version) == (SECOND, 2)
        assert {key.slot for key in store.tables.places} == {SECOND}
        told = [e for e in desk.publisher.told if e.type == "visit.moved"]
        assert told[0].data["placesChanged"] is True

    def test_moving_to_where_it_is_changes_nothing(self, desk: WatchedDesk) -> None:
        visit = booked(desk)
        actor = an_actor(patient=ANNA)
        assert booking.move(desk, actor, ANNA, visit, Wanted(slot=FIRST)) == visit

    def test_a_full_slot_keeps_the_visit_where_it_is(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        booked(desk, JAN, SECOND)
        booked(desk, OLA, SECOND)
        visit = booked(desk)
        with pytest.raises(SlotTaken):
            booking.move(desk, an_actor(patient=ANNA), ANNA, visit, Wanted(slot=SECOND))
        assert store.tables.visits[visit.id][0].place.slot == FIRST

    def test_a_visit_may_move_though_its_referral_expired(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        visit = booked(desk)
        expired = replace(a_referral(ANNA), expires_on=NOW.date() - timedelta(days=1))
        store.all_referrals[ANNA, expired.id] = expired
        moved = booking.move(desk, an_actor(patient=ANNA), ANNA, visit, Wanted(slot=SECOND))
        assert moved.place.slot == SECOND

    def test_a_visit_changed_meanwhile_is_not_moved(self, desk: WatchedDesk) -> None:
        visit = booked(desk)
        booking.cancel(desk, an_actor(patient=ANNA), visit, CancelReason.PATIENT)
        with pytest.raises(VersionMismatch):
            booking.move(desk, an_actor(patient=ANNA), ANNA, visit, Wanted(slot=SECOND))

    def test_a_repeated_move_answers_with_the_moved_visit(self, desk: WatchedDesk) -> None:
        visit = booked(desk)
        actor = an_actor(patient=ANNA)
        moved = booking.move(desk, actor, ANNA, visit, Wanted(slot=SECOND))
        again = booking.move(desk, actor, ANNA, visit, Wanted(slot=SECOND))
        assert (again.place, again.version) == (moved.place, moved.version)

    def test_a_cancelled_visit_is_not_moved(self, desk: WatchedDesk) -> None:
        visit = replace(booked(desk), status=VisitStatus.CANCELLED)
        with pytest.raises(InvalidRequest):
            booking.move(desk, an_actor(patient=ANNA), ANNA, visit, Wanted(slot=SECOND))

    def test_without_its_referral_a_visit_does_not_move(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        visit = booked(desk)
        store.all_referrals.clear()
        with pytest.raises(NotEligible):
            booking.move(desk, an_actor(patient=ANNA), ANNA, visit, Wanted(slot=SECOND))

    def test_an_orphaned_visit_moves_without_freeing_a_place_it_lost(
        self, desk: WatchedDesk, store: FakeStore
    ) -> None:
        visit = booked(desk)
        orphan = replace(visit, status=VisitStatus.ORPHANED, version=2)
        store.end(orphan, a_change(orphan, VisitChange.ORPHANED), frees=False)
        moved = booking.move(desk, an_actor(patient=ANNA), ANNA, orphan, Wanted(slot=SECOND))
        assert moved.status is VisitStatus.BOOKED
        assert {key.slot for key in store.tables.places} == {FIRST, SECOND}


class TestCancelling:
    def test_a_cancelled_visit_frees_its_place(self, desk: WatchedDesk, store: FakeStore) -> None:
        visit = booked(desk)
        cancelled = booking.cancel(desk, an_actor(patient=ANNA), visit, CancelReason.ILLNESS)
        assert cancelled.status is VisitStatus.CANCELLED
        assert store.tables.places == {}
        assert store.tables.changes[visit.id, 2].detail == {"reason": "illness"}

    def test_cancelling_twice_is_no_matter(self, desk: WatchedDesk, store: FakeStore) -> None:
        visit = booked(desk)
        for _ in range(2):
            booking.cancel(desk, an_actor(patient=ANNA), visit, CancelReason.PATIENT)
        assert store.tables.visits[visit.id][0].version == 2

    def test_a_completed_visit_is_not_cancelled(self, desk: WatchedDesk) -> None:
        visit = replace(booked(desk), status=VisitStatus.COMPLETED)
        with pytest.raises(InvalidRequest):
            booking.cancel(desk, an_actor(patient=ANNA), visit, CancelReason.PATIENT)

    def test_a_cancelled_place_can_be_booked_again(self, desk: WatchedDesk) -> None:
        visit = booked(desk)
        booking.cancel(desk, an_actor(patient=ANNA), visit, CancelReason.PATIENT)
        assert booked(desk, ANNA).id != visit.id


class TestSeeing:
    def test_the_person_sees_their_visit_and_no_other(self, desk: WatchedDesk) -> None:
        visit = booked(desk)
        assert booking.visit_of(desk, an_actor(patient=ANNA), visit.id).id == visit.id
        for actor, which in (
            (an_actor(patient=JAN), visit.id),
            (an_actor(patient=ANNA), VisitId("none")),
        ):
            with pytest.raises(NotFound):
                booking.visit_of(desk, actor, which)

    def test_staff_see_visits_of_their_point(self, desk: WatchedDesk) -> None:
        visit = booked(desk)
        assert booking.visit_of(desk, an_actor(Role.MEDIC), visit.id).id == visit.id
        stranger = an_actor(Role.MEDIC, points=frozenset({"other"}))
        with pytest.raises(NotAllowed):
            booking.visit_of(desk, stranger, visit.id)

    def test_an_older_etag_does_not_match(self, desk: WatchedDesk) -> None:
        visit = booked(desk)
        with pytest.raises(VersionMismatch):
            booking.visit_of(desk, an_actor(patient=ANNA), visit.id, "0")

"""What booking asks of its store: the same sentences for the fake and for Spanner.

A class that inherits gives the fixture `store`: the three ports over a database with `a_session()`
and the people of `PATIENTS` in it, each with `a_referral()`.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.change import Change
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, HoldId, PatientId, PointId, SessionKey, VisitId
from erejestracja.domain.visit import ConsentForm, Visit, VisitChange, VisitStatus
from erejestracja.ports import Clash, Gone
from tests.support.builders import (
    DAY,
    MODERNA,
    a_hold,
    a_place,
    a_referral,
    a_session,
    a_visit,
    an_actor,
)

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
PATIENTS = (ANNA, JAN)


def a_change(visit: Visit, what: VisitChange = VisitChange.BOOKED) -> Change:
    event = Event(EventId(f"{visit.id}.{visit.version}"), "visits", what.value, {"visit": visit.id})
    return Change(what, an_actor(), [event])


def taken(store: Any) -> int:
    return int(store.state(a_session()).taken)


class BookingsContract:
    """Keys, tokens and indexes say no."""

    def test_a_place_can_be_held_once(self, store: Any) -> None:
        store.hold(a_hold(a_place(), ANNA), [])
        with pytest.raises(Clash) as no:
            store.hold(a_hold(a_place(), JAN), [])
        assert no.value.on("Places")
        assert taken(store) == 0b1

    def test_a_hold_is_found_with_the_vaccine_it_is_for_extended_or_not(self, store: Any) -> None:
        hold = a_hold(a_place(), ANNA, vaccine=MODERNA)
        store.hold(hold, [])
        assert store.find_hold(hold.id).vaccine == MODERNA
        store.extend(hold, hold.extended(hold.created_at))
        assert store.find_hold(hold.id).vaccine == MODERNA

    def test_a_place_of_no_session_cannot_be_held(self, store: Any) -> None:
        nowhere = a_session(point=PointId("zzzzzzzzzz"))
        with pytest.raises(Gone):
            store.hold(a_hold(a_place(nowhere), ANNA), [])

    def test_a_released_place_is_free_again_and_released_once(self, store: Any) -> None:
        hold = a_hold(a_place(), ANNA)
        store.hold(hold, [])
        store.release([hold], [])
        assert taken(store) == 0
        store.hold(a_hold(a_place(), JAN), [])
        with pytest.raises(Gone):
            store.release([hold], [])
        assert taken(store) == 0b1

    def test_a_hold_that_ran_out_is_taken_over_once(self, store: Any) -> None:
        old = a_hold(a_place(), ANNA)
        store.hold(old, [])
        new = a_hold(a_place(), JAN)
        store.hold(new, [], instead_of=old)
        assert [claim.id for claim in store.claims(a_place().slot)] == [new.id]
        with pytest.raises(Gone):
            store.hold(replace(new, id=HoldId("other")), [], instead_of=old)

    def test_who_saw_a_hold_run_out_cannot_end_it_once_it_is_extended(self, store: Any) -> None:
        hold = a_hold(a_place(), ANNA)
        store.hold(hold, [])
        extended = hold.extended(hold.created_at + timedelta(minutes=5))
        store.extend(hold, extended)
        with pytest.raises(Gone):
            store.hold(a_hold(a_place(), JAN), [], instead_of=hold)
        assert store.find_hold(hold.id) == extended

    def test_a_hold_becomes_a_visit_once(self, store: Any) -> None:
        hold = a_hold(a_place(), ANNA)
        store.hold(hold, [])
        visit = a_visit(a_place(), ANNA)
        store.book(visit, a_change(visit), "digest", hold=hold)
        again = replace(visit, id=VisitId("other"), dose=2)
        with pytest.raises(Gone):
            store.book(again, a_change(again), "digest", hold=hold)
        found, digest = store.visit(visit.id)
        assert (found.status, found.place, digest) == (VisitStatus.BOOKED, a_place(), "digest")
        assert [claim.kind for claim in store.claims(a_place().slot)] == ["visit"]

    def test_a_visit_keeps_whose_form_is_needed_and_what_was_shown(self, store: Any) -> None:
        visit = a_visit(a_place(), ANNA, born=date(2012, 2, 29))
        store.book(visit, a_change(visit), "digest", hold=None)
        found, _ = store.visit(visit.id)
        assert (found.born, found.consent) == (date(2012, 2, 29), None)
        shown = replace(found, version=2, consent=ConsentForm.PRESENTED)
        store.end(shown, a_change(shown, VisitChange.ARRIVED), frees=False)
        [kept] = store.visits(ANNA)
        assert (kept.born, kept.consent) == (date(2012, 2, 29), ConsentForm.PRESENTED)

    def test_a_confirmed_hold_is_neither_released_nor_taken_over(self, store: Any) -> None:
        hold = a_hold(a_place(), ANNA)
        store.hold(hold, [])
        visit = a_visit(a_place(), ANNA)
        store.book(visit, a_change(visit), "digest", hold=hold)
        with pytest.raises(Gone):
            store.release([hold], [])
        with pytest.raises(Gone):
            store.hold(a_hold(a_place(), JAN), [], instead_of=hold)
        assert [claim.id for claim in store.claims(a_place().slot)] == [visit.id]

    def test_a_person_has_one_standing_visit_for_a_dose(self, store: Any) -> None:
        first = a_visit(a_place(index=0), ANNA)
        store.book(first, a_change(first), "d", hold=None)
        second = a_visit(a_place(index=1), ANNA)
        with pytest.raises(Clash) as no:
            store.book(second, a_change(second), "d", hold=None)
        assert no.value.on("OneActiveVisit")
        assert taken(store) == 0b1
        assert store.active_visit(ANNA, first.programme, 1) == first.id

    def test_the_same_visit_id_is_booked_once(self, store: Any) -> None:
        first = a_visit(a_place(index=0), ANNA)
        store.book(first, a_change(first), "d", hold=None)
        again = replace(a_visit(a_place(index=1), JAN), id=first.id)
        with pytest.raises(Clash):
            store.book(again, a_change(again), "d", hold=None)

    def test_a_visit_is_booked_only_by_the_version_of_a_referral_that_stands(
        self, store: Any
    ) -> None:
        visit, stands = a_visit(a_place(), ANNA), a_referral(ANNA)
        for gone in (replace(stands, version=2), replace(stands, patient=JAN)):
            with pytest.raises(Gone):
                store.book(visit, replace(a_change(visit), allowed_by=gone), "d", hold=None)
        assert taken(store) == 0
        store.book(visit, replace(a_change(visit), allowed_by=stands), "d", hold=None)
        assert store.referrals(ANNA) == [stands]

    def test_a_move_takes_the_new_place_and_frees_the_old_or_does_neither(self, store: Any) -> None:
        visit = a_visit(a_place(index=0), ANNA)
        store.book(visit, a_change(visit), "d", hold=None)
        other = a_visit(a_place(index=1), JAN)
        store.book(other, a_change(other), "d", hold=None)
        blocked = replace(visit, place=other.place, version=2)
        with pytest.raises(Clash):
            store.move(blocked, visit.place, a_change(blocked, VisitChange.MOVED), hold=None)
        assert taken(store) == 0b101
        moved = replace(visit, place=a_place(index=2), version=2)
        store.move(moved, visit.place, a_change(moved, VisitChange.MOVED), hold=None)
        assert taken(store) == 0b10100
        assert store.visit(visit.id)[0].place == moved.place

    def test_two_changes_of_one_version_do_not_both_happen(self, store: Any) -> None:
        visit = a_visit(a_place(index=0), ANNA)
        store.book(visit, a_change(visit), "d", hold=None)
        moved = replace(visit, place=a_place(index=2), version=2)
        store.move(moved, visit.place, a_change(moved, VisitChange.MOVED), hold=None)
        cancelled = replace(visit, status=VisitStatus.CANCELLED, version=2)
        with pytest.raises(Clash):
            store.end(cancelled, a_change(cancelled, VisitChange.CANCELLED), frees=True)
        assert taken(store) == 0b10000

    def test_a_cancelled_visit_frees_its_place_and_the_persons_dose(self, store: Any) -> None:
        visit = a_visit(a_place(index=0), ANNA)
        store.book(visit, a_change(visit), "d", hold=None)
        cancelled = replace(visit, status=VisitStatus.CANCELLED, version=2)
        store.end(cancelled, a_change(cancelled, VisitChange.CANCELLED), frees=True)
        assert taken(store) == 0
        again = replace(a_visit(a_place(index=0), ANNA), id=VisitId("again"))
        store.book(again, a_change(again), "d", hold=None)
        assert {v.status for v in store.visits(ANNA)} == {VisitStatus.CANCELLED, VisitStatus.BOOKED}

    def test_a_commit_time_moves_forward(self, store: Any) -> None:
        first = store.hold(a_hold(a_place(place=0), ANNA), [])
        second = store.hold(a_hold(a_place(place=1), JAN), [])
        assert first < second

    def test_the_session_is_known_with_what_is_taken_of_it(self, store: Any) -> None:
        at = store.hold(a_hold(a_place(index=1, place=1), ANNA), [])
        state = store.state(a_session())
        assert state.free_places(1) == [0]
        assert state.version >= int(at.timestamp() * 1e6)
        assert store.sessions([a_session().key]) == [a_session()]
        assert store.sessions([SessionKey(PointId("none"), DAY, 1)]) == []

"""What holds of every place where standby lists are kept."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PatientId, PointId, ProgrammeId
from erejestracja.domain.standby import Act, CallOutcome, Joins, Origin, Standby, standby_id
from erejestracja.ports import Clash, Gone
from erejestracja.services.standby import StandbyLists
from tests.support.builders import COVID, NOW, PFIZER, POINT
from tests.support.clinic_case import ANNA, JAN, REGISTRAR

OTHER = PointId("bbbbbbbbbb")
NOBODY = PatientId("n" * 26)


def a_standby(patient: PatientId = JAN, **changes: Any) -> Standby:
    """Would come for Comirnaty until Christmas, since `NOW`."""
    facts: dict[str, Any] = {
        "patient": patient,
        "programme": COVID,
        "point": POINT,
        "vaccines": (PFIZER,),
        "until": date(2026, 12, 24),
        "since": NOW,
        "rests_until": NOW,
    }
    return Standby(**(facts | changes))


def an_act(standby: Standby) -> Act:
    event = Event(EventId(f"{standby.id}.{standby.number}"), "standby", "standby.joined", {})
    return Act(REGISTRAR, "request-1", event)


class StandbyContract:
    """Inherit, and give a fixture `lists`; Anna and Jan are registered, with a referral each."""

    def test_an_entry_is_kept_as_it_is(self, lists: StandbyLists) -> None:
        jan, anna = a_standby(), a_standby(ANNA, vaccines=(), until=date(2027, 1, 1), misses=2)
        for one in (jan, anna):
            lists.join(one, an_act(one))
        assert lists.entry(POINT, jan.id) == jan
        assert sorted(lists.of(POINT), key=lambda one: one.patient) == [anna, jan]
        assert lists.standing(JAN, COVID) == (jan, 1)
        called = jan.called("desk", NOW)
        lists.step(called, an_act(called))
        assert lists.entry(POINT, jan.id) == called

    def test_a_person_s_own_entries_are_found_with_who_asked_and_where_to_call(
        self, lists: StandbyLists
    ) -> None:
        own = a_standby(origin=Origin.SELF, phone="+48600000009")
        flu = a_standby(programme=ProgrammeId("influenza"), point=OTHER)
        for one in (own, flu, a_standby(ANNA)):
            lists.join(one, an_act(one))
        found = lists.of_person(JAN)
        assert sorted(found, key=lambda one: one.programme) == [own, flu]
        assert lists.entry(POINT, own.id) == own
        assert lists.of_person(NOBODY) == []

    def test_many_join_in_one_commit_or_none_does(self, lists: StandbyLists) -> None:
        jan, anna = a_standby(), a_standby(ANNA)
        both = Joins([(one, an_act(one)) for one in (jan, anna)], [ANNA, JAN], REGISTRAR, "request")
        lists.join(jan, an_act(jan))
        with pytest.raises(Clash):
            lists.join_all(both)
        assert lists.of(POINT) == [jan]
        later = replace(jan, number=2, vaccines=())
        acts = [(one, an_act(one)) for one in (later, anna)]
        lists.join_all(replace(both, joined=acts))
        assert sorted(lists.of(POINT), key=lambda one: one.patient) == [anna, later]

    def test_there_is_nothing_where_nobody_waits(self, lists: StandbyLists) -> None:
        assert lists.of(POINT) == []
        assert lists.entry(POINT, standby_id(JAN, COVID)) is None
        assert lists.standing(JAN, COVID) == (None, 0)
        jan = a_standby()
        lists.join(jan, an_act(jan))
        assert lists.of(OTHER) == []
        assert lists.entry(OTHER, jan.id) is None

    def test_two_desks_are_not_both_the_next_to_call(self, lists: StandbyLists) -> None:
        jan = a_standby()
        lists.join(jan, an_act(jan))
        first, second = jan.called("desk-1", NOW), jan.called("desk-2", NOW)
        lists.step(first, an_act(first))
        with pytest.raises(Clash):
            lists.step(second, an_act(second))
        assert lists.entry(POINT, jan.id) == first

    def test_who_joins_twice_at_once_is_on_one_list(self, lists: StandbyLists) -> None:
        here, there = a_standby(), a_standby(point=OTHER)
        lists.join(here, an_act(here))
        with pytest.raises(Clash):
            lists.join(there, an_act(there))

    def test_who_left_is_gone_and_their_steps_count_on(self, lists: StandbyLists) -> None:
        jan = a_standby()
        lists.join(jan, an_act(jan))
        left = jan.left()
        lists.leave(left, an_act(left))
        assert lists.of(POINT) == []
        assert lists.standing(JAN, COVID) == (None, 2)
        late = replace(jan.called("desk", NOW), number=3)
        for what in (lists.step, lists.leave):
            with pytest.raises(Gone):
                what(late, an_act(late))

    def test_what_was_decided_before_somebody_came_again_does_not_hold(
        self, lists: StandbyLists
    ) -> None:
        jan = a_standby()
        lists.join(jan, an_act(jan))
        seen = jan.called("desk", NOW)
        left, again = jan.left(), replace(jan, number=3, since=NOW + timedelta(hours=1))
        lists.leave(left, an_act(left))
        lists.join(again, an_act(again))
        with pytest.raises(Clash):
            lists.step(seen, an_act(seen))
        assert lists.entry(POINT, jan.id) == again

    def test_only_registered_people_wait(self, lists: StandbyLists) -> None:
        nobody = a_standby(NOBODY)
        with pytest.raises(Gone):
            lists.join(nobody, an_act(nobody))

    def test_answers_and_another_programme_stand_by_themselves(self, lists: StandbyLists) -> None:
        jan, flu = a_standby(), a_standby(programme=ProgrammeId("influenza"))
        for one in (jan, flu):
            lists.join(one, an_act(one))
        coming = jan.called("desk", NOW).answered(CallOutcome.COMING, NOW)
        lists.step(replace(coming, number=2), an_act(replace(coming, number=2)))
        assert lists.entry(POINT, flu.id) == flu

"""What holds of every place where calls are kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.call import Call, CallId, Outcome, Step
from erejestracja.domain.ids import PatientId
from erejestracja.ports import Clash
from erejestracja.services.calls import Calls
from tests.support.builders import NOW

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)


def a_call(number: int = 1, agent: str = "agent") -> Call:
    return Call(CallId(f"call-{number}"), agent, NOW + timedelta(minutes=number))


class CallsContract:
    """Inherit, and give a fixture `calls`."""

    def test_a_call_is_kept_as_it_is(self, calls: Calls) -> None:
        call = a_call()
        calls.open(call)
        assert calls.get(call.id) == calls.open_of("agent") == call
        named = call.named(ANNA)
        calls.step(named, Step.NAMED)
        confirmed = named.confirmed_by_caller().keeping("a hold")
        calls.step(replace(confirmed, version=3), Step.CONFIRMED)
        assert calls.get(call.id) == replace(confirmed, version=3)

    def test_two_people_are_kept_with_what_is_kept_for_each(self, calls: Calls) -> None:
        call = a_call()
        calls.open(call)
        asked = call.named(ANNA).confirmed_by_caller().with_second()
        calls.step(replace(asked, version=2), Step.SECOND)
        assert calls.get(call.id) == replace(asked, version=2)
        both = asked.named(JAN).confirmed_by_caller().keeping("hers").keeping("his", 1)
        calls.step(replace(both, version=3), Step.KEPT, JAN)
        assert calls.get(call.id) == replace(both, version=3)
        calls.step(replace(both.without_second(), version=4), Step.ALONE)
        found = calls.get(call.id)
        assert found is not None
        assert [one.patient for one in found.people] == [ANNA]

    def test_what_suits_a_caller_is_kept_with_the_call(self, calls: Calls) -> None:
        call = a_call()
        calls.open(call)
        wishing = call.wishing({"postcode": "00-950", "hours": "morning"})
        calls.step(wishing, Step.WISHED)
        assert calls.get(call.id) == wishing

    def test_an_agent_has_one_open_call(self, calls: Calls) -> None:
        calls.open(a_call(1))
        with pytest.raises(Clash):
            calls.open(a_call(2))
        calls.open(a_call(3, "another"))

    def test_two_steps_are_not_both_the_next(self, calls: Calls) -> None:
        call = a_call()
        calls.open(call)
        calls.step(call.named(ANNA), Step.NAMED)
        with pytest.raises(Clash):
            calls.step(call.about_another(), Step.ANOTHER)

    def test_an_ended_call_makes_room_for_the_next(self, calls: Calls) -> None:
        call = a_call()
        calls.open(call)
        calls.step(call.ended(Outcome.INFORMED, NOW), Step.ENDED)
        assert calls.open_of("agent") is None
        assert not calls.unfinished("agent")
        calls.open(a_call(2))

    def test_what_is_unfinished_is_gone_on_with_in_its_order(self, calls: Calls) -> None:
        for number in (1, 2):
            call = a_call(number)
            calls.open(call)
            calls.step(call.ended(Outcome.UNFINISHED, NOW), Step.ENDED)
        first, second = calls.unfinished("agent")
        assert (first.id, second.id) == ("call-1", "call-2")
        calls.step(first.resumed(), Step.RESUMED)
        assert [call.id for call in calls.unfinished("agent")] == ["call-2"]
        with pytest.raises(Clash):
            calls.step(second.resumed(), Step.RESUMED)

    def test_there_is_nothing_where_nothing_was_kept(self, calls: Calls) -> None:
        assert calls.get(CallId("none")) is None
        assert calls.open_of("agent") is None
        assert not calls.unfinished("agent")

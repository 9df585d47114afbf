"""What holds of every place where calls back are kept."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.call import Call, CallbackId, Caller, CallId, Outcome
from erejestracja.domain.callback import LEASE, Callback, Cause, Move, Result, Status
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PatientId
from erejestracja.ports import Clash
from erejestracja.services.callbacks import Callbacks, callback_event
from erejestracja.services.calls import Calls
from tests.support.builders import NOW

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
MINUTE = timedelta(minutes=1)
Waits = Callable[[], Sequence[Event]]
LATER = NOW + timedelta(hours=3)


def a_callback(nth: int = 1, **changes: Any) -> Callback:
    """One of a line that was full, in the turn of its number."""
    at = NOW + nth * MINUTE
    facts: dict[str, Any] = {
        "id": CallbackId(f"callback-{nth}"),
        "cause": Cause.OVERLOAD,
        "asked_at": at,
        "turn": at,
        "number": "+48600000000",
    }
    return Callback(**(facts | changes))


def a_call_of(callback: Callback, agent: str = "agent") -> Call:
    call = CallId(f"{callback.id}-{callback.version}")
    return Call(call, agent, NOW, (Caller(callback.patient),), callback=callback.id)


def taken(callbacks: Callbacks, callback: Callback, agent: str = "agent") -> tuple[Callback, Call]:
    call = a_call_of(callback, agent)
    mine = callback.taken(agent, call.id, NOW)
    callbacks.take(mine, call, ())
    return mine, call


class CallbacksContract:
    """Inherit, and give fixtures `calls`, `callbacks`, and `waits` for what is in the outbox."""

    def test_a_call_back_is_kept_as_it_is(self, callbacks: Callbacks) -> None:
        one = a_callback(patient=ANNA, number=None, cause=Cause.CLOSURE)
        callbacks.ask(one, ())
        assert callbacks.get(one.id) == callbacks.owed_to(ANNA) == one
        assert callbacks.get(CallbackId("none")) is None
        assert callbacks.owed_to(JAN) is None

    def test_the_same_is_asked_once(self, callbacks: Callbacks) -> None:
        callbacks.ask(a_callback(), ())
        with pytest.raises(Clash):
            callbacks.ask(a_callback(), ())

    def test_a_person_is_owed_one_at_a_time(self, callbacks: Callbacks) -> None:
        first = a_callback(1, patient=ANNA)
        callbacks.ask(first, ())
        with pytest.raises(Clash):
            callbacks.ask(a_callback(2, patient=ANNA), ())
        callbacks.ask(a_callback(3, patient=ANNA, status=Status.ENDED, result=Result.NO_NUMBER), ())
        mine, call = taken(callbacks, first)
        callbacks.settle(mine.tried(Result.REACHED, NOW), Result.REACHED, ended(call), ())
        callbacks.ask(a_callback(4, patient=ANNA), ())

    def test_who_waits_comes_by_turn(self, callbacks: Callbacks) -> None:
        for number in (3, 1, 2):
            callbacks.ask(a_callback(number), ())
        found = callbacks.next(NOW, 2)
        assert [one.id for one in found] == ["callback-1", "callback-2"]

    def test_two_agents_do_not_take_the_same(self, callbacks: Callbacks, calls: Calls) -> None:
        one = a_callback()
        callbacks.ask(one, ())
        mine, call = taken(callbacks, one)
        assert calls.open_of("agent") == call
        with pytest.raises(Clash):
            taken(callbacks, one, "other")
        assert calls.open_of("other") is None
        assert callbacks.get(one.id) == mine
        assert not callbacks.next(NOW, 10)

    def test_who_has_a_call_takes_none_beside(self, callbacks: Callbacks) -> None:
        callbacks.ask(a_callback(1), ())
        callbacks.ask(a_callback(2), ())
        taken(callbacks, a_callback(1))
        with pytest.raises(Clash):
            taken(callbacks, a_callback(2))
        assert callbacks.get(CallbackId("callback-2")) == a_callback(2)

    def test_a_lease_that_lapsed_lets_another_take_it(self, callbacks: Callbacks) -> None:
        callbacks.ask(a_callback(), ())
        mine, _ = taken(callbacks, a_callback())
        assert not callbacks.ripe(NOW + LEASE - MINUTE, 10)
        assert callbacks.ripe(NOW + LEASE, 10) == callbacks.next(NOW + LEASE, 10) == [mine]
        again, _ = taken(callbacks, mine, "other")
        assert callbacks.get(mine.id) == again

    def test_a_sign_of_life_keeps_it(self, callbacks: Callbacks) -> None:
        callbacks.ask(a_callback(), ())
        mine, _ = taken(callbacks, a_callback())
        callbacks.move(mine.alive(NOW + 10 * MINUTE), Move.ALIVE)
        assert not callbacks.ripe(NOW + LEASE, 10)
        with pytest.raises(Clash):
            callbacks.move(mine.let_go(), Move.LAPSED)

    def test_who_did_not_answer_comes_again_later(self, callbacks: Callbacks) -> None:
        callbacks.ask(a_callback(), ())
        mine, call = taken(callbacks, a_callback())
        later = mine.tried(Result.NO_ANSWER, NOW)
        callbacks.settle(later, Result.NO_ANSWER, ended(call), ())
        assert not callbacks.next(NOW, 10)
        assert callbacks.next(LATER, 10) == callbacks.ripe(LATER, 10) == [later]
        woken = later.let_go()
        callbacks.move(woken, Move.WOKEN)
        assert callbacks.next(NOW, 10) == [woken]
        assert not callbacks.ripe(LATER, 10)

    def test_an_end_and_its_call_s_are_one(self, callbacks: Callbacks, calls: Calls) -> None:
        callbacks.ask(a_callback(), ())
        mine, call = taken(callbacks, a_callback())
        callbacks.move(mine.let_go(), Move.LAPSED)
        with pytest.raises(Clash):
            callbacks.settle(mine.tried(Result.REACHED, NOW), Result.REACHED, ended(call), ())
        assert calls.open_of("agent") == call

    def test_what_is_told_is_in_the_same_commit(self, callbacks: Callbacks, waits: Waits) -> None:
        one = a_callback()
        event = callback_event(one, Move.ASKED, NOW)
        callbacks.ask(one, [event])
        assert waits() == [event]
        with pytest.raises(Clash):
            callbacks.ask(one, [replace(event, id=EventId("other"))])
        mine, call = taken(callbacks, one)
        tried = mine.tried(Result.BUSY, NOW)
        settled = callback_event(tried, Move.TRIED, NOW, Result.BUSY)
        callbacks.settle(tried, Result.BUSY, ended(call), [settled])
        assert sorted(waits(), key=lambda told: told.id) == [event, settled]

    def test_an_agent_s_attempts_are_told(self, callbacks: Callbacks) -> None:
        assert not callbacks.attempts("agent", 10)
        for number in (1, 2):
            callbacks.ask(a_callback(number), ())
            mine, call = taken(callbacks, a_callback(number))
            callbacks.settle(mine.tried(Result.BUSY, NOW), Result.BUSY, ended(call), ())
        found = callbacks.attempts("agent", 1)
        assert [(one.cause, one.result) for one in found] == [(Cause.OVERLOAD, Result.BUSY)]
        assert len(callbacks.attempts("agent", 10)) == 2
        assert not callbacks.attempts("other", 10)


def ended(call: Call) -> Call:
    return replace(call.ended(Outcome.BUSY, NOW), version=call.version + 1)

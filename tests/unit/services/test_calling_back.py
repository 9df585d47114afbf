from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.call import Call, Caller, CallId, Outcome
from erejestracja.domain.callback import LEASE, Callback, Cause, Move, Result, Status
from erejestracja.domain.errors import NotAllowed, Overloaded, VersionMismatch
from erejestracja.domain.ids import PatientId
from erejestracja.ports import Clash
from erejestracja.services import calling_back, calls
from erejestracja.services.calls import Hotline
from tests.support.builders import NOW, a_person, a_point, a_session, an_actor
from tests.support.callbacks_contract import a_callback
from tests.support.desk import SetClock, a_desk
from tests.support.fake_callbacks import FakeCallbacks
from tests.support.fake_history import FakeHistory
from tests.support.fake_store import FakeStore

ANNA = PatientId("a" * 26)
AGENT = an_actor(Role.AGENT, subject="agent", points=frozenset())
OTHER = an_actor(Role.AGENT, subject="other", points=frozenset())


@pytest.fixture
def callbacks() -> FakeCallbacks:
    return FakeCallbacks()


@pytest.fixture
def hotline(callbacks: FakeCallbacks) -> Hotline:
    return a_hotline(callbacks)


def a_hotline(callbacks: FakeCallbacks) -> Hotline:
    store = FakeStore()
    store.people[ANNA] = a_person(ANNA)
    desk = replace(a_desk(store, [a_session()], [a_point()]), clock=SetClock())
    return Hotline(desk, callbacks.calls, FakeHistory(), callbacks)


def annas(callbacks: FakeCallbacks) -> Callback:
    one = a_callback(patient=ANNA, number=None, cause=Cause.MESSAGE)
    callbacks.ask(one, ())
    return one


def next_of(hotline: Hotline, actor: object = AGENT) -> Call:
    call = calling_back.take_next(hotline, actor, "request")  # type: ignore[arg-type]
    assert call is not None
    return call


def test_an_agent_takes_who_is_next_in_a_call_of_their_own(
    hotline: Hotline, callbacks: FakeCallbacks
) -> None:
    one = annas(callbacks)
    call = next_of(hotline)
    assert (call.callback, call.people, call.agent) == (one.id, (Caller(ANNA),), "agent")
    assert callbacks.rows[one.id].is_with(call.id)
    with pytest.raises(NotAllowed):
        calls.person_in(hotline, AGENT, call.id)


def test_a_call_taken_and_tried_is_told_as_it_is_committed(
    hotline: Hotline, callbacks: FakeCallbacks
) -> None:
    annas(callbacks)
    calling_back.end(hotline, next_of(hotline), Outcome.BUSY)
    told = hotline.desk.publisher.told  # type: ignore[attr-defined]
    assert [event.type for event in told] == ["callback.taken", "callback.tried"]
    assert told == callbacks.outbox
    assert (told[1].data["outcome"], told[1].data["result"]) == ("busy", None)


def test_that_the_person_was_looked_up_is_written_down(
    hotline: Hotline, callbacks: FakeCallbacks
) -> None:
    annas(callbacks)
    next_of(hotline)
    [access] = hotline.desk.records.accesses(ANNA, 10)
    assert (access.actor, access.action) == ("agent", "person.identified")


def test_asked_twice_it_is_the_same_call(hotline: Hotline, callbacks: FakeCallbacks) -> None:
    annas(callbacks)
    callbacks.ask(a_callback(2), ())
    assert next_of(hotline) == next_of(hotline)


def test_nobody_waits(hotline: Hotline) -> None:
    assert calling_back.take_next(hotline, AGENT, "request") is None


@pytest.mark.parametrize("role", [Role.PATIENT, Role.MEDIC, Role.COORDINATOR])
def test_only_agents_call_back(hotline: Hotline, role: Role) -> None:
    nobody = an_actor(role)
    with pytest.raises(NotAllowed):
        calling_back.take_next(hotline, nobody, "request")
    with pytest.raises(NotAllowed):
        calling_back.owe(hotline, nobody, "225000000")


class Behind(FakeCallbacks):
    """Shows the first as free though another agent has it already."""

    stale = 1

    def next(self, now: datetime, limit: int) -> list[Callback]:
        if self.stale:
            self.stale -= 1
            return [a_callback(1)]
        return super().next(now, limit)


def test_who_loses_the_first_takes_another() -> None:
    callbacks = Behind()
    callbacks.ask(a_callback(1), ())
    callbacks.ask(a_callback(2), ())
    callbacks.take(
        a_callback(1).taken("other", CallId("theirs"), NOW),
        Call(CallId("theirs"), "other", NOW),
        (),
    )
    assert next_of(a_hotline(callbacks)).callback == "callback-2"


def test_who_always_loses_is_asked_to_come_again() -> None:
    class Never(FakeCallbacks):
        def take(self, *_: Any, **__: Any) -> NoReturn:
            raise Clash("CallbackSteps")

    callbacks = Never()
    callbacks.ask(a_callback(), ())
    with pytest.raises(Overloaded):
        calling_back.take_next(a_hotline(callbacks), AGENT, "request")


def test_looking_at_the_call_is_a_sign_of_life(hotline: Hotline, callbacks: FakeCallbacks) -> None:
    one = annas(callbacks)
    call = next_of(hotline)
    mine = callbacks.rows[one.id]
    assert calling_back.still_with(hotline, call) == mine
    hotline.desk.clock.at = NOW + LEASE * 2 / 3  # type: ignore[attr-defined]
    alive = calling_back.still_with(hotline, call)
    assert alive is not None
    assert alive.leased_until == NOW + LEASE * 5 / 3
    assert callbacks.steps[one.id, alive.version] is Move.ALIVE


def test_what_another_has_taken_meanwhile_is_no_longer_the_agent_s(
    hotline: Hotline, callbacks: FakeCallbacks
) -> None:
    annas(callbacks)
    call = next_of(hotline)
    hotline.desk.clock.at = NOW + LEASE  # type: ignore[attr-defined]
    theirs = next_of(hotline, OTHER)
    assert calling_back.still_with(hotline, call) is None
    calling_back.end(hotline, call, Outcome.NO_ANSWER)
    assert callbacks.calls.open_of("agent") is None
    assert calling_back.still_with(hotline, theirs) is not None
    [found] = callbacks.rows.values()
    assert found.attempts == 0


def test_a_sign_of_life_that_comes_too_late_is_none() -> None:
    class Late(FakeCallbacks):
        def move(self, *_: Any, **__: Any) -> None:
            raise Clash("CallbackSteps")

    callbacks = Late()
    annas(callbacks)
    hotline = a_hotline(callbacks)
    call = next_of(hotline)
    hotline.desk.clock.at = NOW + LEASE * 2 / 3  # type: ignore[attr-defined]
    assert calling_back.still_with(hotline, call) is None


@pytest.mark.parametrize(
    ("outcome", "result", "status"),
    [
        (Outcome.BOOKED, Result.REACHED, Status.ENDED),
        (Outcome.UNFINISHED, Result.REACHED, Status.ENDED),
        (Outcome.NOT_IDENTIFIED, Result.WRONG_NUMBER, Status.ENDED),
        (Outcome.REFUSED, Result.REFUSED, Status.ENDED),
        (Outcome.BUSY, Result.BUSY, Status.LATER),
    ],
)
def test_an_attempt_ends_with_its_call(
    hotline: Hotline, callbacks: FakeCallbacks, outcome: Outcome, result: Result, status: Status
) -> None:
    one = annas(callbacks)
    ended = calling_back.end(hotline, next_of(hotline), outcome)
    assert (ended.outcome, ended.is_open) == (outcome, False)
    assert callbacks.rows[one.id].status is status
    assert [attempt.result for attempt in callbacks.attempts("agent", 10)] == [result]


def test_an_end_that_another_was_quicker_with_is_refused() -> None:
    class Quicker(FakeCallbacks):
        def settle(self, *_: Any, **__: Any) -> NoReturn:
            raise Clash("CallbackSteps")

    callbacks = Quicker()
    annas(callbacks)
    hotline = a_hotline(callbacks)
    with pytest.raises(VersionMismatch):
        calling_back.end(hotline, next_of(hotline), Outcome.BOOKED)


def test_a_call_that_is_no_call_back_just_ends(hotline: Hotline) -> None:
    call = calls.open_call(hotline, AGENT)
    assert calling_back.still_with(hotline, call) is None
    assert calling_back.end(hotline, call, Outcome.INFORMED).outcome is Outcome.INFORMED


def test_the_number_is_the_person_s_as_it_stands_or_the_one_that_was_left(
    hotline: Hotline, callbacks: FakeCallbacks
) -> None:
    assert calling_back.number_of(hotline, annas(callbacks)) == a_person().phone
    owed = calling_back.owe(hotline, AGENT, "22 500 00 00")
    assert calling_back.number_of(hotline, owed) == "+48225000000"
    nobody = a_callback(patient=PatientId("n" * 26), number=None)
    assert calling_back.number_of(hotline, nobody) is None
    left = replace(nobody, number="+48601000000")
    assert calling_back.number_of(hotline, left) == "+48601000000"
    assert owed.turn - NOW == timedelta()

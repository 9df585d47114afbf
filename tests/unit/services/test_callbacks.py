from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NoReturn

import pytest

from erejestracja.domain.call import CallbackId, CallId
from erejestracja.domain.callback import (
    Callback,
    Cause,
    Move,
    Result,
    Status,
    Unheard,
    next_morning,
)
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.ids import MessageId, PatientId
from erejestracja.ports import Clash
from erejestracja.services.callbacks import Owed, wake
from tests.support.builders import AT_EIGHT, NOW, PATIENT, a_person, a_visit
from tests.support.callbacks_contract import CallbacksContract, Waits, a_callback
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.fake_callbacks import FakeCallbacks, FakeHits
from tests.support.fake_calls import FakeCalls
from tests.support.fake_store import FakeStore
from tests.support.messages import a_message

CALL = CallId("call")
LANDLINE = "+48225000000"


class TestFakeCallbacks(CallbacksContract):
    @pytest.fixture
    def callbacks(self) -> FakeCallbacks:
        return FakeCallbacks()

    @pytest.fixture
    def calls(self, callbacks: FakeCallbacks) -> FakeCalls:
        return callbacks.calls

    @pytest.fixture
    def waits(self, callbacks: FakeCallbacks) -> Waits:
        return lambda: callbacks.outbox


@dataclass
class Line:
    """The list with its people in reach, at an hour that a test sets."""

    people: FakeStore = field(default_factory=FakeStore)
    callbacks: FakeCallbacks = field(default_factory=FakeCallbacks)
    clock: SetClock = field(default_factory=SetClock)
    publisher: RememberingPublisher = field(default_factory=RememberingPublisher)

    @property
    def owed(self) -> Owed:
        return Owed(self.callbacks, self.people, self.publisher, self.clock.now)

    def only(self) -> Callback:
        [found] = self.callbacks.rows.values()
        return found


@pytest.fixture
def line() -> Line:
    line = Line()
    line.people.people[PATIENT] = a_person()
    line.people.tables.visits[a_visit().id] = (a_visit(), "digest")
    return line


def test_who_found_nothing_is_owed_a_call_from_the_next_morning(line: Line) -> None:
    owed = line.owed.after_call(CALL, PATIENT)
    assert (owed.cause, owed.status, owed.due_at) == (
        Cause.NO_SLOT,
        Status.LATER,
        next_morning(NOW),
    )
    assert line.owed.after_call(CALL, PATIENT) == owed == line.only()


def test_that_a_call_is_owed_is_told_once_and_without_the_number(line: Line) -> None:
    for _ in range(2):
        line.owed.after_overload(LANDLINE)
    [told] = line.publisher.told
    assert told == line.callbacks.outbox[0]
    assert (told.type, told.data["cause"], told.data["waitedS"]) == (
        "callback.asked",
        "overload",
        0,
    )
    assert LANDLINE not in str(told)


def test_who_has_no_number_is_told_as_over(line: Line) -> None:
    line.people.people[PATIENT] = replace(a_person(), phone=None)
    line.owed.after_call(CALL, PATIENT)
    [told] = line.publisher.told
    assert (told.data["patient"], told.data["result"]) == (PATIENT, "noNumber")


def test_a_number_that_met_a_full_line_is_owed_one_a_day(line: Line) -> None:
    owed = line.owed.after_overload("22 500 00 00")
    assert (owed.number, owed.patient, owed.turn) == (LANDLINE, None, NOW)
    line.clock.at += timedelta(minutes=5)
    assert line.owed.after_overload(LANDLINE) == owed == line.only()
    line.clock.at += timedelta(days=1)
    assert line.owed.after_overload(LANDLINE) != owed


@pytest.mark.parametrize("number", ["", "112", "twenty", "+48 700 000 000"])
def test_a_number_that_is_none_is_refused(line: Line, number: str) -> None:
    with pytest.raises(InvalidRequest):
        line.owed.after_overload(number)


def test_whom_a_message_did_not_reach_is_owed_a_call_once(line: Line) -> None:
    owed = line.owed.after_message(a_message())
    assert owed is not None
    assert (owed.cause, owed.visit, owed.status) == (Cause.MESSAGE, a_visit().id, Status.WAITING)
    assert owed.turn < NOW
    assert line.owed.after_message(a_message()) == owed == line.only()


def test_a_message_without_a_visit_is_owed_a_call_too(line: Line) -> None:
    assert line.owed.after_message(a_message(visit=None)) == line.only()


def test_nobody_is_rung_up_about_a_visit_that_has_begun(line: Line) -> None:
    line.clock.at = AT_EIGHT
    assert line.owed.after_message(a_message()) is None
    assert not line.callbacks.rows


@pytest.mark.parametrize("person", [None, a_person(phone=None)])
def test_who_has_no_number_is_on_record_as_not_to_be_rung(line: Line, person: Any) -> None:
    line.people.people.clear()
    if person:
        line.people.people[PATIENT] = person
    line.owed.after_message(a_message())
    assert (line.only().status, line.only().result) == (Status.ENDED, Result.NO_NUMBER)


def test_who_is_owed_a_call_already_is_not_owed_another(line: Line) -> None:
    first = line.owed.after_message(a_message())
    assert line.owed.after_message(a_message(id=MessageId("another"), visit=None)) == first
    assert line.owed.after_call(CALL, PATIENT) == first == line.only()


def test_a_more_pressing_reason_makes_the_call_earlier(line: Line) -> None:
    later = line.owed.after_call(CALL, PATIENT)
    soon = replace(a_visit(), starts_at=NOW + timedelta(days=1))
    line.people.tables.visits[soon.id] = (soon, "digest")
    hurried = line.owed.after_message(a_message())
    assert hurried == line.only()
    assert hurried.id == later.id
    assert (hurried.status, hurried.turn) == (Status.WAITING, soon.starts_at - timedelta(days=3))


def test_what_an_agent_has_is_not_hurried(line: Line) -> None:
    owed = line.owed.after_call(CALL, PATIENT)
    line.callbacks.rows[owed.id] = taken = owed.taken("agent", CALL, NOW)
    assert line.owed.after_message(a_message()) == taken


def test_what_an_agent_takes_meanwhile_is_as_well(line: Line) -> None:
    class Quicker(FakeCallbacks):
        def move(self, *_: Any, **__: Any) -> None:
            raise Clash("CallbackSteps")

    line.callbacks = Quicker()
    owed = line.owed.after_call(CALL, PATIENT)
    assert line.owed.after_message(a_message()) == owed
    assert wake(line.callbacks, SetClock(next_morning(NOW))) == 0


def test_a_reason_to_hurry_that_an_agent_forestalls_is_no_matter(line: Line) -> None:
    class Quicker(FakeCallbacks):
        def move(self, *_: Any, **__: Any) -> None:
            raise Clash("CallbackSteps")

    line.callbacks = Quicker()
    owed = line.owed.after_call(CALL, PATIENT)
    soon = replace(a_visit(), starts_at=NOW + timedelta(days=1))
    line.people.tables.visits[soon.id] = (soon, "digest")
    assert line.owed.after_message(a_message()) == owed


def test_what_ended_between_two_looks_is_let_be(line: Line) -> None:
    class Gone(FakeCallbacks):
        def ask(self, *_: Any, **__: Any) -> NoReturn:
            raise Clash("OwedCalls")

    line.callbacks = Gone()
    assert line.owed.after_call(CALL, PATIENT).cause is Cause.NO_SLOT
    number = line.owed.after_overload(LANDLINE)
    assert number.number == LANDLINE


def a_hit(number: int, patient: PatientId) -> Unheard:
    return Unheard(("point", number, a_visit().id), patient, a_visit().id)


def test_whom_a_closure_hit_and_no_message_reaches_is_owed_a_call(line: Line) -> None:
    jan, ewa = PatientId("j" * 26), PatientId("e" * 26)
    line.people.people[jan] = a_person(jan, phone=LANDLINE)
    line.people.people[ewa] = a_person(ewa, phone=None)
    hits = FakeHits([a_hit(n, one) for n, one in enumerate((PATIENT, jan, ewa))])
    assert line.owed.after_closures(hits) == 2
    causes = {one.patient: (one.cause, one.status) for one in line.callbacks.rows.values()}
    assert causes == {jan: (Cause.CLOSURE, Status.WAITING), ewa: (Cause.CLOSURE, Status.ENDED)}
    assert not hits.hits
    assert line.owed.after_closures(hits) == 0


def test_a_run_that_was_cut_off_owes_nobody_twice(line: Line) -> None:
    jan = PatientId("j" * 26)
    line.people.people[jan] = a_person(jan, phone=LANDLINE)
    for _ in range(2):
        line.owed.after_closures(FakeHits([a_hit(1, jan)]))
    assert line.only().patient == jan


@pytest.mark.parametrize("lapses", [True, False])
def test_upkeep_wakes_what_is_due_and_what_was_let_go(lapses: bool) -> None:
    callbacks, clock = FakeCallbacks(), SetClock()
    one = a_callback()
    callbacks.ask(one, ())
    mine = one.taken("agent", CALL, NOW)
    at: datetime | None = mine.leased_until
    if not lapses:
        mine = mine.tried(Result.BUSY, NOW)
        at = mine.due_at
    callbacks.rows[one.id] = mine
    assert wake(callbacks, clock) == 0
    assert at is not None
    clock.at = at
    assert wake(callbacks, clock) == 1
    found = callbacks.rows[CallbackId(one.id)]
    assert found.status is Status.WAITING
    move = callbacks.steps[found.id, found.version]
    assert move is (Move.LAPSED if lapses else Move.WOKEN)


def test_who_could_be_proposed_nothing_by_message_is_owed_a_call(line: Line) -> None:
    owed = line.owed.after_dialogue("message", PATIENT, "+48601000000")
    assert (owed.cause, owed.status, owed.number) == (Cause.NO_SLOT, Status.LATER, None)
    assert owed.due_at == next_morning(NOW)
    assert line.owed.after_dialogue("message", PATIENT, "+48601000000") == owed == line.only()


def test_who_has_no_number_on_record_is_rung_up_where_they_wrote_from(line: Line) -> None:
    line.people.people[PATIENT] = a_person(phone=None)
    owed = line.owed.after_dialogue("message", PATIENT, "+48601000000")
    assert (owed.status, owed.result, owed.number) == (Status.LATER, None, "+48601000000")

from dataclasses import replace

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.call import Call, Caller, Outcome, Step
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound, VersionMismatch
from erejestracja.domain.ids import PatientId
from erejestracja.ports import Clash
from erejestracja.services import calls
from erejestracja.services.calls import Hotline
from tests.support.builders import a_person, a_point, a_session, an_actor
from tests.support.calls_contract import CallsContract
from tests.support.desk import a_desk
from tests.support.fake_callbacks import FakeCallbacks
from tests.support.fake_calls import FakeCalls
from tests.support.fake_history import FakeHistory
from tests.support.fake_store import FakeStore

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
AGENT = an_actor(Role.AGENT, subject="agent", points=frozenset())
OTHER = an_actor(Role.AGENT, subject="other", points=frozenset())


class TestFakeCalls(CallsContract):
    @pytest.fixture
    def calls(self) -> FakeCalls:
        return FakeCalls()


@pytest.fixture
def hotline() -> Hotline:
    store = FakeStore()
    store.people[ANNA], store.people[JAN] = a_person(ANNA), a_person(JAN)
    callbacks = FakeCallbacks()
    desk = a_desk(store, [a_session()], [a_point()])
    return Hotline(desk, callbacks.calls, FakeHistory(), callbacks)


@pytest.fixture
def call(hotline: Hotline) -> Call:
    return calls.open_call(hotline, AGENT)


def test_a_second_call_is_the_first_while_that_is_open(hotline: Hotline, call: Call) -> None:
    assert calls.open_call(hotline, AGENT) == call
    assert calls.open_call(hotline, OTHER).id != call.id


class BehindCalls(FakeCalls):
    """Does not know yet of the call that was opened in another tab."""

    asked = 0

    def open_of(self, agent: str) -> Call | None:
        self.asked += 1
        return None if self.asked == 1 else super().open_of(agent)


def test_of_two_calls_opened_at_once_one_is(hotline: Hotline, call: Call) -> None:
    behind = BehindCalls()
    behind.calls, behind.steps = hotline.calls.calls, hotline.calls.steps  # type: ignore[attr-defined]
    assert calls.open_call(replace(hotline, calls=behind), AGENT) == call


def test_a_call_that_is_neither_new_nor_open_is_asked_for_again(hotline: Hotline) -> None:
    class Stubborn(FakeCalls):
        def open(self, call: Call) -> None:
            raise Clash(f"OpenCalls of {call.agent}")

    with pytest.raises(VersionMismatch):
        calls.open_call(replace(hotline, calls=Stubborn()), AGENT)


@pytest.mark.parametrize("role", [Role.PATIENT, Role.REGISTRAR, Role.COORDINATOR])
def test_only_agents_take_calls(hotline: Hotline, call: Call, role: Role) -> None:
    nobody = an_actor(role, subject="agent")
    with pytest.raises(NotAllowed):
        calls.open_call(hotline, nobody)
    with pytest.raises(NotAllowed):
        calls.call_of(hotline, nobody, call.id)
    with pytest.raises(NotAllowed):
        calls.resume(hotline, nobody, call.id)


def test_a_call_is_its_agent_s_alone(hotline: Hotline, call: Call) -> None:
    assert calls.call_of(hotline, AGENT, call.id) == call
    with pytest.raises(NotFound):
        calls.call_of(hotline, OTHER, call.id)


def test_nobody_s_record_is_opened_before_they_confirm(hotline: Hotline, call: Call) -> None:
    with pytest.raises(NotAllowed):
        calls.person_in(hotline, AGENT, call.id)
    named, person = calls.name(hotline, AGENT, call, ANNA, "request")
    assert person.id == ANNA
    with pytest.raises(NotAllowed):
        calls.person_in(hotline, AGENT, call.id)
    confirmed = calls.confirm(hotline, named)
    assert calls.person_in(hotline, AGENT, call.id) == (confirmed, ANNA)
    assert calls.confirm(hotline, confirmed) == confirmed


def test_a_look_up_is_written_down(hotline: Hotline, call: Call) -> None:
    calls.name(hotline, AGENT, call, ANNA, "request")
    [access] = hotline.desk.records.accesses(ANNA, 10)
    assert access.action == "person.identified"


def test_nobody_can_be_confirmed_who_is_not_named(hotline: Hotline, call: Call) -> None:
    with pytest.raises(InvalidRequest):
        calls.confirm(hotline, call)


def test_a_second_person_has_to_confirm_too(hotline: Hotline, call: Call) -> None:
    named, _ = calls.name(hotline, AGENT, call, ANNA, "request")
    confirmed = calls.confirm(hotline, named)
    kept = calls.keep(hotline, confirmed, "a hold")
    assert calls.keep(hotline, kept, "a hold") == kept
    another = calls.take_another(hotline, kept)
    assert another.people == (Caller(),)
    with pytest.raises(NotAllowed):
        calls.person_in(hotline, AGENT, call.id)


def known(hotline: Hotline, call: Call, patient: PatientId) -> Call:
    return calls.confirm(hotline, calls.name(hotline, AGENT, call, patient, "request")[0])


def test_two_who_come_together_are_both_known_and_each_has_a_place(
    hotline: Hotline, call: Call
) -> None:
    second = calls.take_second(hotline, known(hotline, call, ANNA))
    assert calls.person_in(hotline, AGENT, call.id, 0)[1] == ANNA
    with pytest.raises(NotAllowed):
        calls.person_in(hotline, AGENT, call.id, 1)
    both = known(hotline, second, JAN)
    assert calls.person_in(hotline, AGENT, call.id, 1) == (both, JAN)
    kept = calls.keep(hotline, calls.keep(hotline, both, "Anna's"), "Jan's", 1)
    assert [one.hold for one in kept.people] == ["Anna's", "Jan's"]
    about = hotline.calls.about  # type: ignore[attr-defined]
    assert [about[call.id, version] for version in (kept.version - 1, kept.version)] == [ANNA, JAN]


@pytest.mark.parametrize("person", [-1, 1, 7])
def test_there_is_nobody_beside_those_in_the_call(
    hotline: Hotline, call: Call, person: int
) -> None:
    known(hotline, call, ANNA)
    with pytest.raises(NotAllowed):
        calls.person_in(hotline, AGENT, call.id, person)


def test_nobody_is_in_a_call_twice(hotline: Hotline, call: Call) -> None:
    second = calls.take_second(hotline, known(hotline, call, ANNA))
    with pytest.raises(InvalidRequest):
        calls.name(hotline, AGENT, second, ANNA, "request")


def test_a_second_follows_one_who_is_known_and_there_is_no_third(
    hotline: Hotline, call: Call
) -> None:
    with pytest.raises(InvalidRequest):
        calls.take_second(hotline, call)
    second = calls.take_second(hotline, known(hotline, call, ANNA))
    with pytest.raises(InvalidRequest):
        calls.take_second(hotline, second)
    with pytest.raises(InvalidRequest):
        calls.take_second(hotline, known(hotline, second, JAN))


def test_who_is_not_the_second_person_leaves_the_first_as_they_are(
    hotline: Hotline, call: Call
) -> None:
    first = calls.keep(hotline, known(hotline, call, ANNA), "a hold")
    named, _ = calls.name(hotline, AGENT, calls.take_second(hotline, first), JAN, "request")
    again = calls.take_another(hotline, named)
    assert again.people == (*first.people, Caller())
    alone = calls.leave_alone(hotline, again)
    assert alone.people == first.people
    assert calls.leave_alone(hotline, alone) == alone


def test_an_ended_call_shows_nothing_more(hotline: Hotline, call: Call) -> None:
    calls.end(hotline, call, Outcome.INFORMED)
    with pytest.raises(NotAllowed):
        calls.call_of(hotline, AGENT, call.id)
    with pytest.raises(NotFound):
        calls.resume(hotline, AGENT, call.id)


def test_what_is_unfinished_goes_on_with_the_person_confirmed(hotline: Hotline, call: Call) -> None:
    named, _ = calls.name(hotline, AGENT, call, ANNA, "request")
    calls.end(hotline, calls.confirm(hotline, named), Outcome.UNFINISHED)
    assert [one.id for one in hotline.calls.unfinished("agent")] == [call.id]
    calls.resume(hotline, AGENT, call.id)
    assert calls.person_in(hotline, AGENT, call.id)[1] == ANNA


def test_the_same_wishes_are_no_step(hotline: Hotline, call: Call) -> None:
    wishing = calls.wish(hotline, call, {"hours": "morning"})
    assert wishing.version == call.version + 1
    assert calls.wish(hotline, wishing, {"hours": "morning"}) == wishing


@pytest.mark.parametrize(("outcome", "left"), [(Outcome.UNFINISHED, 1), (Outcome.BOOKED, 0)])
def test_wishes_are_kept_only_for_who_is_gone_on_with(
    hotline: Hotline, call: Call, outcome: Outcome, left: int
) -> None:
    wishing = calls.wish(hotline, call, {"postcode": "00-950"})
    assert len(calls.end(hotline, wishing, outcome).wishes) == left


def test_a_step_on_what_has_changed_meanwhile_is_refused(hotline: Hotline, call: Call) -> None:
    calls.name(hotline, AGENT, call, ANNA, "request")
    with pytest.raises(VersionMismatch):
        calls.end(hotline, call, Outcome.OTHER)


def test_every_step_is_kept(hotline: Hotline, call: Call) -> None:
    named, _ = calls.name(hotline, AGENT, call, ANNA, "request")
    calls.end(hotline, calls.confirm(hotline, named), Outcome.BOOKED)
    assert list(hotline.calls.steps.values()) == [  # type: ignore[attr-defined]
        Step.OPENED,
        Step.NAMED,
        Step.CONFIRMED,
        Step.ENDED,
    ]

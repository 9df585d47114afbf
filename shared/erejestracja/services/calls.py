"""Call records: opened before anybody is looked up, and asked for before anything is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.call import MOST_PEOPLE, Call, Caller, CallId, Outcome, Step
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound, VersionMismatch
from erejestracja.domain.ids import PatientId, derived_id
from erejestracja.domain.person import Person
from erejestracja.ports import Clash
from erejestracja.services.callbacks import Callbacks, Owed
from erejestracja.services.desk import Desk
from erejestracja.services.record import identify
from erejestracja.services.timeline import History


class Calls(Protocol):
    """Where calls are kept. Commits raise Clash when keys say no."""

    def open(self, call: Call) -> None:
        """Store a new call; clashes where the agent has an open one."""
        ...

    def step(self, call: Call, step: Step, about: PatientId | None = None) -> None:
        """Store a call's next version; clashes with any other, and with an open call.

        `about` is whom of the people in it the step was about.
        """
        ...

    def get(self, call: CallId) -> Call | None:
        """Return a call."""
        ...

    def open_of(self, agent: str) -> Call | None:
        """Return the agent's open call."""
        ...

    def unfinished(self, agent: str) -> Sequence[Call]:
        """Return the agent's calls that are to be gone on with, the longest waiting first."""
        ...


@dataclass(frozen=True, slots=True)
class Hotline:
    """What the use cases of the hotline work with."""

    desk: Desk
    calls: Calls
    history: History
    callbacks: Callbacks

    @property
    def owed(self) -> Owed:
        """Return what puts people on the list of those who are owed a call."""
        return Owed(self.callbacks, self.desk.records, self.desk.publisher, self.desk.clock.now)


def open_call(hotline: Hotline, actor: Actor) -> Call:
    """Return the agent's open call, a new one if there is none: an agent has one caller."""
    check_agent(actor)
    found = hotline.calls.open_of(actor.subject)
    if found is not None:
        return found
    unique = f"{hotline.desk.random.getrandbits(128):x}"
    call = Call(
        CallId(derived_id("call", actor.subject, unique)), actor.subject, hotline.desk.clock.now()
    )
    try:
        hotline.calls.open(call)
    except Clash:
        opened = hotline.calls.open_of(actor.subject)
        if opened is None:
            raise VersionMismatch from None
        return opened
    return call


def call_of(hotline: Hotline, actor: Actor, call_id: CallId) -> Call:
    """Return an open call of the agent's own. Raises NotFound, NotAllowed for one that ended."""
    check_agent(actor)
    found = hotline.calls.get(call_id)
    if found is None or found.agent != actor.subject:
        raise NotFound
    if not found.is_open:
        raise NotAllowed
    return found


def person_in(
    hotline: Hotline, actor: Actor, call_id: CallId, person: int = 0
) -> tuple[Call, PatientId]:
    """Return one whom an open call is about, by number. Raises NotAllowed for who is not known."""
    call = call_of(hotline, actor, call_id)
    found = call.people[person] if 0 <= person < len(call.people) else Caller()
    if found.patient is None or not found.confirmed:
        raise NotAllowed
    return call, found.patient


def name(
    hotline: Hotline, actor: Actor, call: Call, patient: PatientId, request_id: str
) -> tuple[Call, Person]:
    """Return the call as about somebody; that they were looked up is written down first.

    Raises NotFound, and InvalidRequest for who is in the call already.
    """
    if patient in [one.patient for one in call.people[:-1]]:
        raise InvalidRequest({"patient": "is in this call already"})
    person = identify(hotline.desk, actor, patient, request_id)
    named = call.named(person.id)
    _store(hotline, named, Step.NAMED, patient)
    return named, person


def confirm(hotline: Hotline, call: Call) -> Call:
    """Return the call with the caller known. Raises InvalidRequest where nobody is named."""
    if call.patient is None:
        raise InvalidRequest({"patient": "is not named yet"})
    if call.confirmed:
        return call
    confirmed = call.confirmed_by_caller()
    _store(hotline, confirmed, Step.CONFIRMED, call.patient)
    return confirmed


def take_another(hotline: Hotline, call: Call) -> Call:
    """Return the call as about somebody else: the number was another's, or others follow."""
    another = call.about_another()
    _store(hotline, another, Step.ANOTHER)
    return another


def take_second(hotline: Hotline, call: Call) -> Call:
    """Return the call as about one more beside. Raises InvalidRequest unless one is known alone."""
    if not call.confirmed or len(call.people) == MOST_PEOPLE:
        raise InvalidRequest({"people": "are not one who is known"})
    second = call.with_second()
    _store(hotline, second, Step.SECOND)
    return second


def leave_alone(hotline: Hotline, call: Call) -> Call:
    """Return the call as about the first person alone."""
    if len(call.people) == 1:
        return call
    alone = call.without_second()
    _store(hotline, alone, Step.ALONE)
    return alone


def keep(hotline: Hotline, call: Call, hold: str | None, person: int = 0) -> Call:
    """Return the call with the place kept for one of the people, or with none any more."""
    if call.people[person].hold == hold:
        return call
    kept = call.keeping(hold, person)
    _store(hotline, kept, Step.KEPT, call.people[person].patient)
    return kept


def wish(hotline: Hotline, call: Call, wishes: Mapping[str, str]) -> Call:
    """Return the call with what suits the caller; asked again for the same, it is as it was."""
    if call.wishes == wishes:
        return call
    wishing = call.wishing(wishes)
    _store(hotline, wishing, Step.WISHED)
    return wishing


def end(hotline: Hotline, call: Call, outcome: Outcome) -> Call:
    """End a call; what is unfinished goes on the agent's list."""
    ended = call.ended(outcome, hotline.desk.clock.now())
    _store(hotline, ended, Step.ENDED)
    return ended


def resume(hotline: Hotline, actor: Actor, call_id: CallId) -> Call:
    """Go on with an unfinished call. Raises NotFound, VersionMismatch while another is open."""
    check_agent(actor)
    found = hotline.calls.get(call_id)
    if found is None or found.agent != actor.subject or found.outcome is not Outcome.UNFINISHED:
        raise NotFound
    resumed = found.resumed()
    _store(hotline, resumed, Step.RESUMED)
    return resumed


def _store(hotline: Hotline, call: Call, step: Step, about: PatientId | None = None) -> None:
    try:
        hotline.calls.step(call, step, about)
    except Clash:
        raise VersionMismatch from None


def check_agent(actor: Actor) -> None:
    """Refuse who is no agent."""
    if Role.AGENT not in actor.roles:
        raise NotAllowed

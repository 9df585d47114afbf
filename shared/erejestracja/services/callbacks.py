"""Whom the hotline owes a call: asked for by what went wrong, and kept in turn until it is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from erejestracja.domain.call import Call, CallbackId, CallId
from erejestracja.domain.callback import (
    Attempt,
    Callback,
    Cause,
    Move,
    Result,
    Status,
    Unheard,
    next_morning,
    turn_of,
)
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PatientId, VisitId, derived_id
from erejestracja.domain.message_state import StoredMessage
from erejestracja.domain.person import Person
from erejestracja.domain.phone import InvalidPhone, parse_phone
from erejestracja.domain.visit import Visit
from erejestracja.ports import Clash, Clock, Publisher

# A run of upkeep; what is left over is the next run's, a minute later.
MOST_A_RUN = 400


class Callbacks(Protocol):
    """Where calls back are kept. Commits raise Clash when keys say no."""

    def ask(self, callback: Callback, events: Sequence[Event]) -> datetime:
        """Store a new one; clashes with itself, and where the person is owed one already."""
        ...

    def get(self, callback: CallbackId) -> Callback | None:
        """Return a call back."""
        ...

    def owed_to(self, patient: PatientId) -> Callback | None:
        """Return the one that a person is owed."""
        ...

    def next(self, now: datetime, limit: int) -> Sequence[Callback]:
        """Return those that are free to be taken, by turn."""
        ...

    def ripe(self, now: datetime, limit: int) -> Sequence[Callback]:
        """Return those whose later hour has come, and those whose agent is gone."""
        ...

    def take(self, callback: Callback, call: Call, events: Sequence[Event]) -> datetime:
        """Store it as an agent's with its new call, both or neither.

        Clashes on `CallbackSteps` where another has it, on `OpenCalls` where the agent has a call.
        """
        ...

    def move(self, callback: Callback, move: Move) -> None:
        """Store its next version; clashes with any other."""
        ...

    def settle(
        self, callback: Callback, result: Result, call: Call, events: Sequence[Event]
    ) -> datetime:
        """Store how an attempt ended with the end of its call, both or neither."""
        ...

    def attempts(self, agent: str, limit: int) -> Sequence[Attempt]:
        """Return how an agent's calls back went, the newest first."""
        ...


class People(Protocol):
    """Who is to be called, and about which visit."""

    def person(self, patient: PatientId) -> Person | None:
        """Return the person, if registered."""
        ...

    def visit(self, visit: VisitId) -> tuple[Visit, str] | None:
        """Return a visit and the digest of the request that made it."""
        ...


class UnheardHits(Protocol):
    """What closures have hit, until somebody has seen to it that the person hears of it."""

    def unheard(self, limit: int) -> Sequence[Unheard]:
        """Return visits that lost their place and were not looked at."""
        ...

    def looked_at(self, hits: Sequence[Unheard]) -> None:
        """Mark them as looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Owed:
    """Puts people on the list of those who are owed a call."""

    callbacks: Callbacks
    people: People
    publisher: Publisher
    now: Callable[[], datetime]

    def after_call(self, call: CallId, patient: PatientId) -> Callback:
        """Owe a call to who found nothing suitable: from the next morning on, when there is more.

        The same call owes a person one, however often it is asked.
        """
        now = self.now()
        found = self._of_person(
            CallbackId(derived_id("callback", call, patient)), Cause.NO_SLOT, patient, None
        )
        return self._ask(replace(found, status=Status.LATER, due_at=next_morning(now)))

    def after_dialogue(self, message: str, patient: PatientId, number: str) -> Callback:
        """Owe a call to whom text messages could propose no place near: from the next morning on.

        They are rung up where their record says; who has no number there, where they wrote from.
        """
        unique = CallbackId(derived_id("callback", message, patient))
        found = self._of_person(unique, Cause.NO_SLOT, patient, None)
        left = number if found.result is Result.NO_NUMBER else None
        due = next_morning(found.asked_at)
        return self._ask(replace(found, status=Status.LATER, result=None, number=left, due_at=due))

    def after_overload(self, number: str) -> Callback:
        """Owe a call to a number that met a full line. Raises InvalidRequest for what is none.

        However often it rang within a day, it is owed one.
        """
        try:
            phone = parse_phone(number).e164
        except InvalidPhone:
            raise InvalidRequest({"number": "is no telephone number"}) from None
        now = self.now()
        unique = derived_id("callback", phone, f"{now:%Y%m%d}")
        asked = Callback(CallbackId(unique), Cause.OVERLOAD, now, now, number=phone)
        try:
            self._store(asked)
        except Clash:
            return self.callbacks.get(asked.id) or asked
        return asked

    def after_message(self, message: StoredMessage) -> Callback | None:
        """Owe a call to whom a message did not reach; asked again for the same, it is the same.

        None where the visit has begun: a call would be too late.
        """
        found = self.people.visit(message.visit) if message.visit else None
        if found is not None and found[0].starts_at <= self.now():
            return None
        unique = CallbackId(derived_id("callback", message.id))
        return self._ask(self._of_person(unique, Cause.MESSAGE, message.patient, message.visit))

    def after_closures(self, hits: UnheardHits) -> int:
        """Owe a call to whom closures left without a place and messages do not reach.

        Return how many. Cut off in between it begins again, and owes nobody twice.
        """
        found = hits.unheard(MOST_A_RUN)
        silent = [hit for hit in found if not self._takes_messages(hit)]
        for hit in silent:
            unique = CallbackId(derived_id("callback", *map(str, hit.key)))
            self._ask(self._of_person(unique, Cause.CLOSURE, hit.patient, hit.visit))
        if found:
            hits.looked_at(found)
        return len(silent)

    def _takes_messages(self, hit: Unheard) -> bool:
        visit = self.people.visit(hit.visit)
        phone = phone_for(self.people.person(hit.patient), visit and visit[0])
        try:
            return parse_phone(phone or "").is_mobile
        except InvalidPhone:
            return False

    def _of_person(
        self, callback: CallbackId, cause: Cause, patient: PatientId, visit: VisitId | None
    ) -> Callback:
        """Return a person's call back in its turn; over already where there is no number."""
        person = self.people.person(patient)
        found = self.people.visit(visit) if visit else None
        visit_at = found[0].starts_at if found else None
        now = self.now()
        turn = turn_of(now, person.birth_date if person else None, visit_at)
        asked = Callback(callback, cause, now, turn, patient=patient, visit=visit)
        if phone_for(person, found and found[0]) is None:
            return replace(asked, status=Status.ENDED, result=Result.NO_NUMBER)
        return asked

    def _ask(self, asked: Callback) -> Callback:
        """Store it; who is owed a call already is not owed another, but perhaps an earlier one."""
        try:
            self._store(asked)
        except Clash:
            same = self.callbacks.get(asked.id)
            owed = self.callbacks.owed_to(asked.patient) if asked.patient else None
            if same is not None or owed is None:
                return same or asked
            return self._hurry(owed, asked)
        return asked

    def _store(self, asked: Callback) -> None:
        told = [callback_event(asked, Move.ASKED, self.now())]
        self.publisher.publish(told, self.callbacks.ask(asked, told))

    def _hurry(self, owed: Callback, asked: Callback) -> Callback:
        sooner = asked.status is Status.WAITING and asked.turn < owed.turn
        if owed.status is Status.TAKEN or not sooner:
            return owed
        hurried = replace(owed.hurried(asked.turn), status=Status.WAITING, due_at=None)
        try:
            self.callbacks.move(hurried, Move.HURRIED)
        except Clash:
            return owed  # an agent has just taken it, and sees all that is to be said
        return hurried


def callback_event(
    callback: Callback, move: Move, now: datetime, outcome: Result | None = None
) -> Event:
    """Return what is told of a call that was asked for, taken or tried: no number stands in it."""
    data = {
        "callback": callback.id,
        "version": callback.version,
        "patient": callback.patient,
        "cause": callback.cause.value,
        "attempts": callback.attempts,
        "waitedS": round((now - callback.asked_at).total_seconds()),
    }
    if move is Move.TRIED:
        data["outcome"] = outcome and outcome.value
    if move is not Move.TAKEN:
        data["result"] = callback.result and callback.result.value
    unique = EventId(f"{callback.id}.{callback.version}")
    return Event(unique, "callbacks", f"callback.{move.value}", data)


def phone_for(person: Person | None, visit: Visit | None) -> str | None:
    """Return where somebody is reached about a visit: as they said for it, else as in general."""
    return (visit and visit.phone) or (person and person.phone) or None


def wake(callbacks: Callbacks, clock: Clock) -> int:
    """Let those wait again whose later hour has come or whose agent is gone; return how many."""
    woken = 0
    for one in callbacks.ripe(clock.now(), MOST_A_RUN):
        move = Move.LAPSED if one.status is Status.TAKEN else Move.WOKEN
        try:
            callbacks.move(one.let_go(), move)
        except Clash:
            continue  # an agent was quicker, which is as well
        woken += 1
    return woken

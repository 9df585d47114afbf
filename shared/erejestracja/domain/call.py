"""Calls to the hotline: nobody's record is opened but for a caller, and inside a call record."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from erejestracja.domain.ids import PatientId

CallId = NewType("CallId", str)
CallbackId = NewType("CallbackId", str)

# Who come together: a couple, a parent and a child.
MOST_PEOPLE = 2


class Outcome(StrEnum):
    """How a call ended. Fixed reasons: what is written freely soon holds what it must not."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    INFORMED = "informed"
    NOTHING_SUITABLE = "nothingSuitable"
    NOT_IDENTIFIED = "notIdentified"
    UNFINISHED = "unfinished"
    OTHER = "other"
    NO_ANSWER = "noAnswer"
    BUSY = "busy"
    REFUSED = "refused"
    WRONG_NUMBER = "wrongNumber"


# How only a call that the hotline makes can end.
OF_OURS = frozenset({Outcome.NO_ANSWER, Outcome.BUSY, Outcome.REFUSED, Outcome.WRONG_NUMBER})


class Step(StrEnum):
    """What happened in a call; each is a row, so that a call can be read again."""

    OPENED = "opened"
    NAMED = "named"
    CONFIRMED = "confirmed"
    ANOTHER = "another"
    SECOND = "second"
    ALONE = "alone"
    WISHED = "wished"
    KEPT = "kept"
    ENDED = "ended"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody a call is about.

    `patient` is whom a number named; only when the caller has `confirmed` who they are is their
    record opened. `hold` is the place kept for them.
    """

    patient: PatientId | None = None
    confirmed: bool = False
    hold: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who took it, whom it is about, and how it ended.

    `people` are one, or two who come together; the last is who is being asked about, those before
    have confirmed who they are. `wishes` are where and when it suits them, as the form has them: a
    postal code is among them, and so they stand here and in no address. `callback` is the call back
    that it is, where the hotline rang. `version` counts the steps.
    """

    id: CallId
    agent: str
    opened_at: datetime
    people: tuple[Caller, ...] = (Caller(),)
    wishes: Mapping[str, str] = field(default_factory=dict)
    callback: CallbackId | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Tell whether the caller is still being talked to."""
        return self.ended_at is None

    @property
    def last(self) -> Caller:
        """Return who is being asked about."""
        return self.people[-1]

    @property
    def patient(self) -> PatientId | None:
        """Return whom a number named last."""
        return self.last.patient

    @property
    def confirmed(self) -> bool:
        """Tell whether everybody in the call is known to be who they are."""
        return self.last.confirmed

    def named(self, patient: PatientId) -> "Call":
        """Return the call as about somebody, who has yet to confirm it."""
        return replace(self._next(), people=(*self.people[:-1], Caller(patient)))

    def confirmed_by_caller(self) -> "Call":
        """Return the call with the caller known to be the person."""
        return replace(self._next(), people=(*self.people[:-1], replace(self.last, confirmed=True)))

    def about_another(self) -> "Call":
        """Return the call as about somebody else: instead of who is unknown, or of all."""
        known = () if self.confirmed else self.people[:-1]
        return replace(self._next(), people=(*known, Caller()))

    def with_second(self) -> "Call":
        """Return the call as about one more, who has yet to be named."""
        return replace(self._next(), people=(*self.people, Caller()))

    def without_second(self) -> "Call":
        """Return the call as about the first person alone."""
        return replace(self._next(), people=self.people[:1])

    def keeping(self, hold: str | None, person: int = 0) -> "Call":
        """Return the call with the place that is kept for one of the people."""
        people = list(self.people)
        people[person] = replace(people[person], hold=hold)
        return replace(self._next(), people=tuple(people))

    def wishing(self, wishes: Mapping[str, str]) -> "Call":
        """Return the call with other wishes."""
        return replace(self._next(), wishes=wishes)

    def ended(self, outcome: Outcome, at: datetime) -> "Call":
        """Return the call as ended; wishes are kept only for who is gone on with."""
        wishes = self.wishes if outcome is Outcome.UNFINISHED else {}
        return replace(self._next(), outcome=outcome, ended_at=at, wishes=wishes)

    def resumed(self) -> "Call":
        """Return the call as gone on with, after the caller had hung up."""
        return replace(self._next(), outcome=None, ended_at=None)

    def _next(self) -> "Call":
        """Return the call as its next version, to be changed."""
        return replace(self, version=self.version + 1)

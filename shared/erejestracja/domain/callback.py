"""Calls back: whom the hotline owes a call, in which order, how often it tries, how that ends."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from erejestracja.domain import calendar
from erejestracja.domain.call import CallbackId, CallId, Outcome
from erejestracja.domain.eligibility import age_on
from erejestracja.domain.ids import PatientId, VisitId

# A robot rang twice, then a person (domain 2.1); our three are all a person's.
MOST_ATTEMPTS = 3
# After the first attempt the same day, after the second the next: who works is home in the evening.
PAUSES = (timedelta(hours=2), timedelta(hours=20))
# Nobody is rung up at night.
FROM_HOUR, TO_HOUR = time(8), time(20)
# An agent who has shown no sign of life for so long has gone.
LEASE = timedelta(minutes=15)
# Who is older is rung up as if they had waited longer: they have fewer other ways.
HEAD_STARTS = ((80, timedelta(hours=4)), (70, timedelta(hours=3)), (60, timedelta(hours=2)))
# Whose visit comes up is rung up as if they had asked so long before it.
BEFORE_VISIT = timedelta(days=3)


class Cause(StrEnum):
    """Why somebody is owed a call."""

    NO_SLOT = "noSlot"
    OVERLOAD = "overload"
    CLOSURE = "closure"
    MESSAGE = "message"


class Status(StrEnum):
    """Where a call back is: waiting for an agent, for a later hour, with an agent, or over."""

    WAITING = "waiting"
    LATER = "later"
    TAKEN = "taken"
    ENDED = "ended"


class Result(StrEnum):
    """How an attempt ended, or all of them.

    Nobody is rung up again after `notReached`, `wrongNumber` and `noNumber`: their timeline says
    so, and whoever next speaks to them reads it.
    """

    REACHED = "reached"
    NO_ANSWER = "noAnswer"
    BUSY = "busy"
    REFUSED = "refused"
    WRONG_NUMBER = "wrongNumber"
    NO_NUMBER = "noNumber"
    NOT_REACHED = "notReached"


class Move(StrEnum):
    """What happened to a call back; each is a row."""

    ASKED = "asked"
    TAKEN = "taken"
    ALIVE = "alive"
    TRIED = "tried"
    LAPSED = "lapsed"
    WOKEN = "woken"
    HURRIED = "hurried"


AGAIN = frozenset({Result.NO_ANSWER, Result.BUSY})
# What a call that was a call back came to; with all others the person was reached.
RESULTS = {
    Outcome.NO_ANSWER: Result.NO_ANSWER,
    Outcome.BUSY: Result.BUSY,
    Outcome.REFUSED: Result.REFUSED,
    Outcome.WRONG_NUMBER: Result.WRONG_NUMBER,
    Outcome.NOT_IDENTIFIED: Result.WRONG_NUMBER,
}


@dataclass(frozen=True, slots=True)
class Callback:
    """A call the hotline owes.

    `turn` orders those who wait, the earliest first. `number` is where to ring where no person is
    known, since the line was full, or no number of theirs. `due_at` is when who was not reached is
    tried again; `leased_until` is when an agent who has it loses it. `attempts` are those that
    rang, `version` counts what happened.
    """

    id: CallbackId
    cause: Cause
    asked_at: datetime
    turn: datetime
    patient: PatientId | None = None
    number: str | None = None
    visit: VisitId | None = None
    status: Status = Status.WAITING
    attempts: int = 0
    due_at: datetime | None = None
    agent: str | None = None
    call: CallId | None = None
    leased_until: datetime | None = None
    result: Result | None = None
    version: int = 1

    def is_free(self, now: datetime) -> bool:
        """Tell whether an agent may take it: it waits, is due again, or was let go."""
        if self.status is Status.LATER:
            return self.due_at is not None and self.due_at <= now
        if self.status is Status.TAKEN:
            return self.leased_until is not None and self.leased_until <= now
        return self.status is Status.WAITING

    def is_with(self, call: CallId) -> bool:
        """Tell whether the agent of a call has it still."""
        return self.status is Status.TAKEN and self.call == call

    def taken(self, agent: str, call: CallId, now: datetime) -> "Callback":
        """Return it as an agent's, for so many minutes."""
        until = now + LEASE
        return replace(
            self._free(), status=Status.TAKEN, agent=agent, call=call, leased_until=until
        )

    def needs_sign(self, now: datetime) -> bool:
        """Tell whether half the lease is over, so that a sign of life is worth a commit."""
        return self.leased_until is not None and self.leased_until - now < LEASE / 2

    def alive(self, now: datetime) -> "Callback":
        """Return it as the agent's for as many minutes again."""
        return replace(self._next(), leased_until=now + LEASE)

    def let_go(self) -> "Callback":
        """Return it as waiting again: its agent is gone, or its later hour has come."""
        return replace(self._free(), status=Status.WAITING)

    def hurried(self, turn: datetime) -> "Callback":
        """Return it with an earlier turn: another reason has come, and is more pressing."""
        return replace(self._next(), turn=turn)

    def tried(self, result: Result, now: datetime) -> "Callback":
        """Return it after an attempt: over, or to be tried again; three times in all."""
        attempts = self.attempts + 1
        if result in AGAIN and attempts < MOST_ATTEMPTS:
            due = next_hour(now + PAUSES[self.attempts])
            # The person asked long ago, so a later hour does not put them behind anybody.
            return replace(self._free(), status=Status.LATER, attempts=attempts, due_at=due)
        end = Result.NOT_REACHED if result in AGAIN else result
        # A number without a person is of no use any more.
        return replace(
            self._free(), status=Status.ENDED, attempts=attempts, result=end, number=None
        )

    def _free(self) -> "Callback":
        """Return it as its next version, with no agent and no hour."""
        return replace(self._next(), agent=None, call=None, leased_until=None, due_at=None)

    def _next(self) -> "Callback":
        """Return it as its next version, to be changed."""
        return replace(self, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a call back of an agent's went: nobody's name, nobody's number."""

    at: datetime
    cause: Cause
    result: Result


@dataclass(frozen=True, slots=True)
class Unheard:
    """A visit that a closure took the place of, whose person nobody has looked at yet."""

    key: tuple[str, int, str]
    patient: PatientId
    visit: VisitId


def turn_of(asked_at: datetime, born: date | None, visit_at: datetime | None) -> datetime:
    """Return when somebody's turn is, compared with the others': the earliest comes first.

    The rule is an instant that never moves, so waiting counts for everybody alike and nobody waits
    for ever: the instant they asked, less a head start by age; who has a visit is at the latest
    where they would be had they asked three days before it.
    """
    turn = asked_at - head_start(born, calendar.local_day(asked_at))
    return turn if visit_at is None else min(turn, visit_at - BEFORE_VISIT)


def head_start(born: date | None, today: date) -> timedelta:
    """Return how much longer somebody counts as waiting, by their age in years."""
    if born is None:
        return timedelta()
    age = age_on(born, today)
    return next((start for years, start in HEAD_STARTS if age >= years), timedelta())


def next_hour(at: datetime) -> datetime:
    """Return the instant, or the next at which people may be rung up: from 8 to 20 in Poland."""
    local = calendar.local(at)
    if local.time() < FROM_HOUR:
        return calendar.instant(local.date(), FROM_HOUR)
    if local.time() >= TO_HOUR:
        return calendar.instant(local.date() + timedelta(days=1), FROM_HOUR)
    return at


def next_morning(at: datetime) -> datetime:
    """Return when the next local day's calls begin."""
    return calendar.instant(calendar.local_day(at) + timedelta(days=1), FROM_HOUR)

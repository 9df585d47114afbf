"""Standby: people who can be at a point within the hour, for a dose that would be wasted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.events import Event
from erejestracja.domain.ids import (
    PatientId,
    PointId,
    ProgrammeId,
    VaccineCode,
    derived_id,
)

StandbyId = NewType("StandbyId", str)

# A telephone call and what is written down after it; until then no other desk calls the person.
CALL_TAKES = timedelta(minutes=10)
# They said within the hour; half of one more for the tram.
COMES_WITHIN = timedelta(minutes=90)
TRIED_AGAIN_AFTER = timedelta(minutes=30)
# Who never answers would be called first on every day, and somebody else's dose be lost by it.
MOST_MISSES = 3


class Standing(StrEnum):
    """What was last done about a person on the list."""

    WAITING = "waiting"
    CALLED = "called"
    COMING = "coming"
    NOT_REACHED = "notReached"
    DECLINED = "declined"
    LEFT = "left"


class Origin(StrEnum):
    """Who put a person on the list: staff of the point, or they themselves."""

    DESK = "desk"
    SELF = "self"


class CallOutcome(StrEnum):
    """What a call came to."""

    COMING = "coming"
    NOT_REACHED = "notReached"
    DECLINED = "declined"


class Leaving(StrEnum):
    """Why a person is taken off the list, where neither a visit nor a dose did it."""

    REMOVED = "removed"
    UNREACHABLE = "unreachable"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Standby:
    """A person on a point's standby list, for a programme's next dose, until a local day.

    One row a person and programme: they wait at one point. `rests_until` is when they may be
    called next: a call, an answer and a refusal each keep them from being called for a while.
    `number` counts the steps that were ever taken for this person and programme; the next is a key.
    `phone` is where to call, if that is not the person's own: who asks for a child gives theirs.
    """

    patient: PatientId
    programme: ProgrammeId
    point: PointId
    vaccines: tuple[VaccineCode, ...]
    until: date
    since: datetime
    rests_until: datetime
    standing: Standing = Standing.WAITING
    called_by: str | None = None
    misses: int = 0
    number: int = 1
    origin: Origin = Origin.DESK
    phone: str | None = None

    @property
    def id(self) -> StandbyId:
        """Return the opaque name of the entry."""
        return standby_id(self.patient, self.programme)

    @property
    def is_called(self) -> bool:
        """Tell whether a call has been made, however it ended."""
        return self.standing is not Standing.WAITING

    @property
    def unreachable(self) -> bool:
        """Tell whether the person has let too many calls pass."""
        return self.misses >= MOST_MISSES

    def has_ended(self, today: date) -> bool:
        """Tell whether the day until which they wait is over."""
        return self.until < today

    def may_be_called(self, now: datetime) -> bool:
        """Tell whether nobody is calling them, and nothing else keeps a desk from it."""
        return self.rests_until <= now

    def is_called_by(self, who: str, now: datetime) -> bool:
        """Tell whether this caller is in a call with them."""
        mine = self.standing is Standing.CALLED and self.called_by == who
        return mine and not self.may_be_called(now)

    def wishing(
        self, vaccines: tuple[VaccineCode, ...], until: date, phone: str | None
    ) -> "Standby":
        """Return the entry with another wish; how long they have waited stays."""
        number = self.number + 1
        return replace(self, vaccines=vaccines, until=until, phone=phone, number=number)

    def called(self, by: str, now: datetime) -> "Standby":
        """Return the entry while a desk calls."""
        return replace(
            self,
            standing=Standing.CALLED,
            called_by=by,
            rests_until=now + CALL_TAKES,
            number=self.number + 1,
        )

    def answered(self, outcome: CallOutcome, now: datetime) -> "Standby":
        """Return the entry after a call. Who declined keeps their turn for tomorrow."""
        tomorrow = calendar.start_of_day(calendar.local_day(now) + timedelta(days=1))
        rests_until = {
            CallOutcome.COMING: now + COMES_WITHIN,
            CallOutcome.NOT_REACHED: now + TRIED_AGAIN_AFTER,
            CallOutcome.DECLINED: tomorrow,
        }[outcome]
        missed = outcome is CallOutcome.NOT_REACHED
        return replace(
            self,
            standing=Standing(outcome.value),
            rests_until=rests_until,
            misses=self.misses + 1 if missed else 0,
            number=self.number + 1,
        )

    def left(self) -> "Standby":
        """Return the last version of the entry."""
        return replace(self, standing=Standing.LEFT, number=self.number + 1)


@dataclass(frozen=True, slots=True)
class Act:
    """Who did a step, in which request, and what is told of it."""

    actor: Actor
    request_id: str
    event: Event


@dataclass(frozen=True, slots=True)
class Joins:
    """Who is put on standby lists; `seen` is whom rows were about that tell how somebody stands."""

    joined: Sequence[tuple[Standby, Act]]
    seen: Sequence[PatientId]
    actor: Actor
    request_id: str


def standby_id(patient: PatientId, programme: ProgrammeId) -> StandbyId:
    """Return the id of a person's entry for a programme, the same whenever they wait."""
    return StandbyId(derived_id("standby", patient, programme))

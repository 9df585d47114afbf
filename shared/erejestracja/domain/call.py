"""Calls to the hotline: nobody's record is opened but for a caller, and inside a call record."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from erejestracja.domain.ids import PatientId

CallId = NewType("CallId", str)


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


class Step(StrEnum):
    """What happened in a call; each is a row, so that a call can be read again."""

    OPENED = "opened"
    NAMED = "named"
    CONFIRMED = "confirmed"
    ANOTHER = "another"
    WISHED = "wished"
    KEPT = "kept"
    ENDED = "ended"
    RESUMED = "resumed"


@dataclass(frozen=True, slots=True)
class Call:
    """One call: who took it, whom it is about, and how it ended.

    `patient` is whom a number named; only when the caller has `confirmed` who they are is their
    record opened. `hold` is the place kept for them. `wishes` are where and when it suits them, as
    the form has them: a postal code is among them, and so they stand here and in no address.
    `version` counts the steps.
    """

    id: CallId
    agent: str
    opened_at: datetime
    patient: PatientId | None = None
    confirmed: bool = False
    hold: str | None = None
    wishes: Mapping[str, str] = field(default_factory=dict)
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Tell whether the caller is still being talked to."""
        return self.ended_at is None

    def named(self, patient: PatientId) -> "Call":
        """Return the call as about somebody, who has yet to confirm it."""
        return self._next(patient=patient, confirmed=False, hold=None)

    def confirmed_by_caller(self) -> "Call":
        """Return the call with the caller known to be the person."""
        return self._next(confirmed=True)

    def about_another(self) -> "Call":
        """Return the call as about nobody yet."""
        return self._next(patient=None, confirmed=False, hold=None)

    def keeping(self, hold: str | None) -> "Call":
        """Return the call with the place that is kept for the person."""
        return self._next(hold=hold)

    def wishing(self, wishes: Mapping[str, str]) -> "Call":
        """Return the call with other wishes."""
        return self._next(wishes=wishes)

    def ended(self, outcome: Outcome, at: datetime) -> "Call":
        """Return the call as ended; wishes are kept only for who is gone on with."""
        wishes = self.wishes if outcome is Outcome.UNFINISHED else {}
        return self._next(outcome=outcome, ended_at=at, wishes=wishes)

    def resumed(self) -> "Call":
        """Return the call as gone on with, after the caller had hung up."""
        return self._next(outcome=None, ended_at=None)

    def _next(self, **changes: object) -> "Call":
        return replace(self, **changes, version=self.version + 1)  # type: ignore[arg-type]

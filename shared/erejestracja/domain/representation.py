"""Representation: who may see and do for another what that person may themselves."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from erejestracja.domain import calendar
from erejestracja.domain.eligibility import birthday
from erejestracja.domain.ids import PatientId

OF_AGE = 18


class RepresentationKind(StrEnum):
    """Why somebody may act for another (domain 1.7)."""

    PARENT = "parent"
    GUARDIAN = "guardian"
    PROXY = "proxy"


class Source(StrEnum):
    """Who says so: the national record, or the person themselves."""

    NATIONAL_RECORD = "P1"
    DECLARED = "declared"


class Step(StrEnum):
    """What happened to a representation; each is a row, so that it can be read again."""

    NAMED = "named"
    ACCEPTED = "accepted"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class FullName:
    """A person's names, as a source writes them."""

    given: str
    family: str

    def __str__(self) -> str:
        """Return them as they are said."""
        return f"{self.given} {self.family}"

    def means(self, other: "FullName") -> bool:
        """Tell whether both are the same: the family name, and the first of the given names."""
        return _words(self.family) == _words(other.family) and (
            _words(self.given)[:1] == _words(other.given)[:1]
        )


@dataclass(frozen=True, slots=True)
class Representation:
    """One person's right to act for another, from one instant to another, which it excludes.

    `born` repeats the represented person's date of birth, so that one row decides. A proxy that
    was named has no `valid_from` until they accept. `version` counts the steps.
    """

    representative: PatientId
    patient: PatientId
    kind: RepresentationKind
    source: Source
    representative_name: FullName
    patient_name: FullName
    born: date
    valid_from: datetime | None
    valid_to: datetime | None = None
    version: int = 1

    def ends_at(self) -> datetime | None:
        """Return when the right ends: a parent's at the latest on the day the child is of age."""
        of_age = calendar.start_of_day(birthday(self.born, OF_AGE))
        ends = [self.valid_to, of_age if self.kind is RepresentationKind.PARENT else None]
        return min((end for end in ends if end), default=None)

    def stands(self, now: datetime) -> bool:
        """Tell whether the representative may act."""
        return self.valid_from is not None and self.valid_from <= now and not self.is_over(now)

    def waits(self, now: datetime) -> bool:
        """Tell whether the representative has yet to accept."""
        return self.valid_from is None and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Tell whether it has ended."""
        ends = self.ends_at()
        return ends is not None and ends <= now

    def accepted(self, at: datetime) -> "Representation":
        """Return it as accepted by the representative."""
        return replace(self, valid_from=at, version=self.version + 1)

    def ended(self, at: datetime) -> "Representation":
        """Return it as given up, declined or taken back."""
        return replace(self, valid_to=at, version=self.version + 1)


def is_of_age(born: date, on: date) -> bool:
    """Tell whether a person is grown up on a local day."""
    return birthday(born, OF_AGE) <= on


def _words(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text).casefold().replace("-", " ").split()

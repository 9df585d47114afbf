"""Identifiers: strings made into words, and the keys of what can be booked."""

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from datetime import date
from typing import NewType, Self

PatientId = NewType("PatientId", str)
PointId = NewType("PointId", str)
ReferralId = NewType("ReferralId", str)
HoldId = NewType("HoldId", str)
VisitId = NewType("VisitId", str)
MessageId = NewType("MessageId", str)
EventId = NewType("EventId", str)
ImportId = NewType("ImportId", str)
VaccinationId = NewType("VaccinationId", str)
ProgrammeId = NewType("ProgrammeId", str)
VaccineCode = NewType("VaccineCode", str)
# Whose dose of what: of each at most one visit stands.
DoseOf = tuple[PatientId, ProgrammeId, int]


def derived_id(*parts: str, length: int = 20) -> str:
    """Return the same opaque id for the same parts: lower-case letters and digits 2 to 7."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return b32encode(digest).decode().lower()[:length]


@dataclass(frozen=True, slots=True, order=True)
class SessionKey:
    """One session of a point: a local day (Europe/Warsaw) and its number in that day."""

    point: PointId
    day: date
    nr: int

    def __str__(self) -> str:
        return f"{self.point}-{self.day:%Y%m%d}-{self.nr}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote. Raises ValueError."""
        point, day, nr = text.split("-")
        if not point or len(day) != len("20261231"):
            raise ValueError(text)
        return cls(PointId(point), date(int(day[:4]), int(day[4:6]), int(day[6:])), int(nr))


@dataclass(frozen=True, slots=True, order=True)
class SlotKey:
    """The `index`-th start time of a session; its text form is the public slot id."""

    session: SessionKey
    index: int

    def __str__(self) -> str:
        return f"{self.session}-{self.index}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a public slot id. Raises ValueError."""
        session, _, index = text.rpartition("-")
        key = cls(SessionKey.parse(session), int(index))
        if str(key) != text:
            raise ValueError(text)
        return key


@dataclass(frozen=True, slots=True, order=True)
class PlaceKey:
    """One person's place in a slot: the row that a hold or a visit takes."""

    slot: SlotKey
    place: int

"""People, as far as booking needs to know them."""

from dataclasses import dataclass
from datetime import date, datetime

from erejestracja.domain.ids import PatientId


@dataclass(frozen=True, slots=True)
class Person:
    """What we know of a person; contact data are optional by law (domain 1.4)."""

    id: PatientId
    given_name: str
    family_name: str
    birth_date: date
    phone: str | None
    email: str | None
    language: str
    postal_code: str | None


@dataclass(frozen=True, slots=True)
class Access:
    """One look at a person's record; `by` is who that was, where it was a person of ours."""

    at: datetime
    actor: str
    role: str
    action: str
    by: PatientId | None = None

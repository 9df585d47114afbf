"""Rows for tests against the real Spanner emulator, written as the loaders write them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from erejestracja.domain.person import Person
from erejestracja.domain.point import Point
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session
from erejestracja.storage.spanner.bookings import Bookings
from erejestracja.storage.spanner.database import Batch, Database
from erejestracja.storage.spanner.horizon import session_values
from erejestracja.storage.spanner.points import POINT, point_values
from erejestracja.storage.spanner.records import A_MOMENT, Records
from erejestracja.storage.spanner.rows import referral_values
from erejestracja.storage.spanner.stock import SESSION, SpannerStock


class SpannerStore:
    """The three ports of booking over one database, as the fake has them."""

    def __init__(self, database: Database, a_moment: timedelta = A_MOMENT) -> None:
        self._parts = (Bookings(database), Records(database, a_moment), SpannerStock(database))

    def __getattr__(self, name: str) -> Any:
        return next(getattr(part, name) for part in self._parts if hasattr(part, name))


def save(
    database: Database,
    points: Iterable[Point] = (),
    sessions: Iterable[Session] = (),
    people: Iterable[Person] = (),
    referrals: Iterable[Referral] = (),
) -> datetime:
    """Write what a test starts from; return when it was committed."""
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    def fill(batch: Batch) -> None:
        for point in points:
            values = dict(zip(POINT, point_values(point), strict=True))
            batch.put("Points", **values, UpdatedAt=COMMIT_TIMESTAMP)
        for session in sessions:
            values = dict(zip(SESSION, session_values(session), strict=True))
            batch.put("Sessions", **values, UpdatedAt=COMMIT_TIMESTAMP)
        for person in people:
            batch.put("Patients", **_person(person), UpdatedAt=COMMIT_TIMESTAMP)
        for referral in referrals:
            batch.put("Referrals", **referral_values(referral), UpdatedAt=COMMIT_TIMESTAMP)

    return database.commit(fill)


def _person(person: Person) -> dict[str, Any]:
    return {
        "PatientId": person.id,
        "GivenName": person.given_name,
        "FamilyName": person.family_name,
        "BirthDate": person.birth_date,
        "Sex": "F",
        "Phone": person.phone,
        "Language": person.language,
        "PostalCode": person.postal_code,
    }

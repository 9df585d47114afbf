"""People and referrals as files bring them: who is there already, and rows of who is new."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from erejestracja.domain.ids import PatientId, ReferralId
from erejestracja.domain.imports import Registered, Registration, Registrations
from erejestracja.domain.referral import ReferralStatus
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time

PERSON = (
    *("PatientId", "Pesel", "GivenName", "FamilyName", "BirthDate", "Sex", "Phone", "Language"),
    *("PostalCode", "UpdatedAt"),
)
REFERRAL = (
    *("PatientId", "ReferralId", "Version", "Programme", "Kind", "Status", "IssuedOn"),
    *("ExpiresOn", "BookableFrom", "WindowFrom", "WindowTo", "BirthDate", "Given", "UpdatedAt"),
)


class SpannerRegistry:
    """Port Registry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def renamed(self, people: Iterable[PatientId]) -> Mapping[PatientId, PatientId]:
        """Return whom a corrected PESEL means; its digest is the id it would give."""
        keys = Keys(exact=[(one,) for one in people])
        found = self._database.read("Identifiers", ("Digest", "PatientId"), keys)
        return {PatientId(digest): PatientId(patient) for digest, patient in found}

    def registered(self, people: Sequence[PatientId]) -> Registered:
        """Return which of these people there are, and their referrals."""
        exact = Keys(exact=[(one,) for one in people])
        there = {
            PatientId(row[0]) for row in self._database.read("Patients", ("PatientId",), exact)
        }
        if not there:
            return Registered()
        referrals = Keys(prefixes=[(one,) for one in sorted(there)])
        found = self._database.read("Referrals", ("PatientId", "ReferralId"), referrals)
        return Registered(there, {(PatientId(one), ReferralId(number)) for one, number in found})


def put_registrations(batch: Batch, new: Registrations) -> None:
    """Add people and referrals; the commit clashes if one is there."""
    if new.people:
        batch.insert_rows("Patients", PERSON, map(_person, new.people))
    if new.referrals:
        batch.insert_rows("Referrals", REFERRAL, map(_referral, new.referrals))


def _person(one: Registration) -> tuple[Any, ...]:
    row = one.row
    return (
        one.patient,
        str(row.pesel),
        row.given_name,
        row.family_name,
        row.pesel.birth_date,
        row.pesel.sex.value,
        row.phone,
        row.language,
        row.postal_code,
        commit_time(),
    )


def _referral(one: Registration) -> tuple[Any, ...]:
    row = one.row
    return (
        one.patient,
        row.number,
        1,
        row.programme,
        row.kind.value,
        ReferralStatus.ISSUED.value,
        row.issued_on,
        row.expires_on,
        row.bookable_from,
        *row.window,
        row.pesel.birth_date,
        "[]",
        commit_time(),
    )

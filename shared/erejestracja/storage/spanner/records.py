"""Reads of one person's record: who they are, their referrals, holds and visits."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from erejestracja.domain.claim import Claim
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import (
    HoldId,
    PatientId,
    PlaceKey,
    ProgrammeId,
    SlotKey,
    VisitId,
)
from erejestracja.domain.person import Access, Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.visit import Visit
from erejestracja.ports import Gone
from erejestracja.storage.spanner import rows
from erejestracja.storage.spanner.database import Database, Keys, key, prefix

# The staleness at which Google says a read need never wait for another region.
A_MOMENT = timedelta(seconds=10)
PERSON = ("GivenName", "FamilyName", "BirthDate", "Phone", "Email", "Language", "PostalCode")


class Records:
    """A person's rows, by key."""

    def __init__(self, database: Database, a_moment: timedelta = A_MOMENT) -> None:
        self._database = database
        self._a_moment = a_moment

    def person(self, patient: PatientId, *, at: datetime | None = None) -> Person | None:
        """Return the person, if registered, as of now or of an instant."""
        found = self._database.read("Patients", PERSON, key(patient), at=at)
        return Person(patient, *found[0]) if found else None

    def registered_as(self, digest: str) -> PatientId | None:
        """Return whom an identifier means, where that is not told by the identifier itself."""
        found = self._database.read("Identifiers", ("PatientId",), key(digest))
        return PatientId(found[0][0]) if found else None

    def known_as(self, digests: Sequence[str]) -> Sequence[PatientId]:
        """Return whom any of these identifiers means: who is registered, each once."""
        exact = Keys(exact=[(one,) for one in digests])
        renamed = dict(self._database.read("Identifiers", ("Digest", "PatientId"), exact))
        meant = Keys(exact=sorted({(renamed.get(one, one),) for one in digests}))
        rows_ = self._database.read("Patients", ("PatientId",), meant)
        return [PatientId(row[0]) for row in rows_]

    def referrals(self, patient: PatientId, *, recent: bool = False) -> list[Referral]:
        """Return all of the person's referrals: as of now, or as they were a moment ago.

        Any replica serves what was true a moment ago, without asking the leader.
        """
        at = datetime.now(UTC) - self._a_moment if recent else None
        try:
            found = self._database.read("Referrals", rows.REFERRAL, prefix(patient), at=at)
        except Gone:
            if at is None:
                raise
            return []  # the table itself is younger than that
        return [rows.referral_of(row) for row in found]

    def visit(self, visit: VisitId, *, at: datetime | None = None) -> tuple[Visit, str] | None:
        """Return a visit and the digest of the request that made it, as of now or of an instant."""
        columns = (*rows.VISIT, "RequestDigest")
        found = self._database.read("Visits", columns, key(visit), at=at)
        return (rows.visit_of(found[0]), found[0][-1]) if found else None

    def visits(self, patient: PatientId) -> list[Visit]:
        """Return the person's visits, soonest first."""
        ids = self._database.read("Visits", ("VisitId",), prefix(patient), index="VisitsByPatient")
        if not ids:
            return []
        found = self._database.read("Visits", rows.VISIT, Keys(exact=ids))
        return sorted((rows.visit_of(row) for row in found), key=lambda visit: visit.starts_at)

    def active_visit(self, patient: PatientId, programme: ProgrammeId, dose: int) -> VisitId | None:
        """Return the standing visit for this dose, which the unique index allows once."""
        keys = key(rows.active_key((patient, programme, dose)))
        found = self._database.read("Visits", ("VisitId",), keys, index="OneActiveVisit")
        return VisitId(found[0][0]) if found else None

    def find_hold(self, hold: HoldId) -> Hold | None:
        """Return a hold that has not ended."""
        found = self._database.read("Holds", rows.HOLD, prefix(hold))
        return rows.hold_of(found[0]) if found else None

    def holds(self) -> list[Hold]:
        """Return every hold that has not ended: for upkeep, and few at any time."""
        found = self._database.read("Holds", rows.HOLD, Keys(everything=True))
        return [rows.hold_of(row) for row in found]

    def claims(self, slot: SlotKey) -> list[Claim]:
        """Return who has the places of a slot."""
        session = slot.session
        keys = prefix(session.point, session.day, session.nr, slot.index)
        columns = ("Place", "Kind", "ClaimId", "ExpiresAt")
        return [Claim(*row) for row in self._database.read("Places", columns, keys)]

    def claim(self, place: PlaceKey) -> Claim | None:
        """Return who has a place."""
        return next((c for c in self.claims(place.slot) if c.place == place.place), None)

    def accesses(self, patient: PatientId, limit: int) -> Sequence[Access]:
        """Return who looked at the record, newest first."""
        columns = ("SeenAt", "Actor", "Role", "Action", "ActorPatientId")
        found = self._database.read("Audit", columns, prefix(patient))
        newest = sorted((Access(*row) for row in found), key=lambda access: access.at, reverse=True)
        return newest[:limit]


def visits_named(database: Database, visits: Sequence[VisitId]) -> list[Visit]:
    """Return the visits that exist among these."""
    exact = Keys(exact=[(one,) for one in visits])
    return [rows.visit_of(row) for row in database.read("Visits", rows.VISIT, exact)]

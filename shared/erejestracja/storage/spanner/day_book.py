"""Who comes to a point on a day: its taken places, their visits, the people."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.ids import PatientId, PointId, SessionKey, VisitId
from erejestracja.domain.person import Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.visit import Visit
from erejestracja.storage.spanner import audit
from erejestracja.storage.spanner.database import Batch, Database, Keys, prefix
from erejestracja.storage.spanner.records import PERSON, visits_named
from erejestracja.storage.spanner.rows import REFERRAL, referral_of


class SpannerDayBook:
    """Port DayBook."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def visits(self, point: PointId, day: date) -> list[Visit]:
        """Return the visits that have a place there on that local day, by start."""
        return self._of(self._database.read("Places", ("Kind", "ClaimId"), prefix(point, day)))

    def _of(self, taken: Sequence[Sequence[str]]) -> list[Visit]:
        ids = [VisitId(claim) for kind, claim in taken if kind == "visit"]
        found = visits_named(self._database, ids) if ids else []
        return sorted(found, key=lambda v: (v.starts_at, v.id))

    def named(self, visits: Sequence[VisitId]) -> Mapping[VisitId, Visit]:
        """Return the visits that exist among these."""
        return {visit.id: visit for visit in visits_named(self._database, visits)}

    def visits_within(self, point: PointId, first: date, last: date, limit: int) -> list[Visit]:
        """Return visits that have a place there on those days, of the first so many places."""
        days = calendar.days(first, last)
        keys = Keys(prefixes=[(point, day) for day in days])
        taken = self._database.read("Places", ("Kind", "ClaimId"), keys, limit=limit)
        return self._of(taken)

    def referrals(self, patients: Sequence[PatientId]) -> Mapping[PatientId, Sequence[Referral]]:
        """Return all referrals of some people, as of now."""
        keys = Keys(prefixes=[(patient,) for patient in patients])
        found: dict[PatientId, list[Referral]] = {patient: [] for patient in patients}
        for row in self._database.read("Referrals", REFERRAL, keys):
            referral = referral_of(row)
            found[referral.patient].append(referral)
        return found

    def rooms(self, sessions: Collection[SessionKey]) -> Mapping[SessionKey, str]:
        """Return in which room those of the sessions are of which that is known."""
        keys = Keys(exact=[(one.point, one.day, one.nr) for one in sorted(sessions)])
        rows = self._database.read("Sessions", ("PointId", "Day", "Nr", "Room"), keys)
        return {SessionKey(PointId(row[0]), row[1], row[2]): row[3] for row in rows if row[3]}

    def people(self, patients: Sequence[PatientId]) -> Mapping[PatientId, Person]:
        """Return those of the people who are registered."""
        keys = Keys(exact=[(patient,) for patient in patients])
        rows = self._database.read("Patients", ("PatientId", *PERSON), keys)
        return {PatientId(row[0]): Person(*row) for row in rows}

    def seen(
        self, patients: Sequence[PatientId], actor: Actor, action: str, request_id: str
    ) -> None:
        """Write down, for each of them, that somebody looked at their record."""

        def fill(batch: Batch) -> None:
            for patient in patients:
                audit.note(batch, patient, actor, action, request_id)

        self._database.commit(fill)

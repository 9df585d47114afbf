"""What rows of standby lists are judged by, read for all of them at once."""

from collections.abc import Iterable, Mapping, Sequence

from erejestracja.domain.ids import DoseOf, PatientId, PointId, ProgrammeId
from erejestracja.domain.point import Point
from erejestracja.domain.referral import Referral
from erejestracja.domain.standby import Standby
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.day_book import SpannerDayBook
from erejestracja.storage.spanner.directory import SpannerDirectory
from erejestracja.storage.spanner.registrations import SpannerRegistry
from erejestracja.storage.spanner.rows import active_key
from erejestracja.storage.spanner.standby import SpannerStandby

Name = tuple[PatientId, ProgrammeId]


class SpannerRoster:
    """Port Roster."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def renamed(self, people: Iterable[PatientId]) -> Mapping[PatientId, PatientId]:
        """Return whom a corrected PESEL means."""
        return SpannerRegistry(self._database).renamed(people)

    def listed(self, points: Sequence[PointId]) -> Mapping[PointId, Point]:
        """Return which of these points there are."""
        listed = SpannerDirectory(self._database).listed(points)
        return {name: point for name, (point, _) in listed.items()}

    def referrals(self, patients: Sequence[PatientId]) -> Mapping[PatientId, Sequence[Referral]]:
        """Return all referrals of these people."""
        return SpannerDayBook(self._database).referrals(patients)

    def standings(self, names: Sequence[Name]) -> Mapping[Name, tuple[Standby | None, int]]:
        """Return where each of them waits, if anywhere, and the number of their last step."""
        return SpannerStandby(self._database).standings(names)

    def booked(self, doses: Sequence[DoseOf]) -> set[DoseOf]:
        """Return for which of these doses there is a visit, as the unique index has them."""
        named = {active_key(dose): dose for dose in doses}
        keys = Keys(exact=[(one,) for one in named])
        rows = self._database.read("Visits", ("ActiveKey",), keys, index="OneActiveVisit")
        return {named[row[0]] for row in rows}

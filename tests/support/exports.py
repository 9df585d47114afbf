"""Records of doses on their way, and a national record that answers as a test wants."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from erejestracja.domain.events import Event
from erejestracja.domain.exports import Export, ExportStatus
from erejestracja.domain.ids import PatientId, PointId, ReferralId, VaccinationId
from erejestracja.domain.pesel import Pesel, generate
from erejestracja.domain.sending import NotSent
from erejestracja.domain.vaccination import Site, Vaccination, VaccinationStatus, vaccination_id
from tests.support.builders import AT_EIGHT, COVID, NOW, PATIENT, PFIZER, POINT, a_visit

RECORD = vaccination_id(PATIENT, COVID, 1)


def a_pesel(born: date = date(1801, 2, 3), serial: int = 1) -> Pesel:
    """Return the number of somebody who cannot be living."""
    return generate(born, serial)


def a_vaccination(**changes: Any) -> Vaccination:
    """Anna's first of two doses, as recorded."""
    facts: dict[str, Any] = {
        "id": RECORD,
        "version": 1,
        "status": VaccinationStatus.GIVEN,
        "patient": PATIENT,
        "visit": a_visit().id,
        "referral": ReferralId("referral-1"),
        "point": POINT,
        "programme": COVID,
        "vaccine": PFIZER,
        "dose": 1,
        "doses": 2,
        "lot": "ABC123",
        "expires_on": date(2027, 1, 31),
        "site": Site.LEFT_DELTOID,
        "performer": "2234567",
        "performed_at": AT_EIGHT,
        "author": "medic",
        "recorded_at": AT_EIGHT + timedelta(minutes=2),
    }
    return Vaccination(**(facts | changes))


def an_export(**changes: Any) -> Export:
    """The export of `a_vaccination()`, asked for."""
    facts: dict[str, Any] = {"vaccination": RECORD, "version": 1, "point": POINT}
    return Export(**(facts | changes))


@dataclass
class FakeRecords:
    """Doses on record."""

    versions: list[Vaccination] = field(default_factory=list)

    def vaccinations(self, vaccination: VaccinationId) -> list[Vaccination]:
        found = [one for one in self.versions if one.id == vaccination]
        return sorted(found, key=lambda one: -one.version)


@dataclass
class FakeIdentities:
    """Everybody has the same number, or nobody has one."""

    number: Pesel | None = field(default_factory=a_pesel)

    def pesel(self, patient: PatientId) -> Pesel | None:
        assert patient
        return self.number


@dataclass
class FakeExports:
    """Exports as Spanner has them, with what was told in their commits."""

    rows: dict[tuple[str, int], Export] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)
    clash: Exception | None = None
    commits: int = 0

    @classmethod
    def of(cls, *exports: Export) -> "FakeExports":
        return cls({(one.vaccination, one.version): one for one in exports})

    def get(self, vaccination: VaccinationId, version: int) -> Export | None:
        return self.rows.get((vaccination, version))

    def newest(self, vaccination: VaccinationId) -> Export | None:
        found = [one for one in self.rows.values() if one.vaccination == vaccination]
        return max(found, key=lambda one: one.version, default=None)

    def failed(self, point: PointId, limit: int) -> list[Export]:
        newest = [self.newest(VaccinationId(name)) for name in {key[0] for key in self.rows}]
        return [one for one in newest if one and one.failed and one.point == point][:limit]

    def left_behind(self, before: datetime, limit: int) -> list[Export]:
        pending = [one for one in self.rows.values() if one.status is ExportStatus.PENDING]
        return [one for one in pending if (one.since or NOW) < before][:limit]

    def count_attempt(self, export: Export) -> None:
        self._put(export)

    def end(self, export: Export, event: Event) -> datetime:
        self._put(export)
        return self._commit(event)

    def ask_again(self, exports: Sequence[Export], events: Sequence[Event]) -> datetime:
        assert len(exports) == len(events)
        at = self._commit(*events)
        for export in exports:
            self._put(export)
        return at

    def reopen(self, export: Export, event: Event) -> datetime:
        at = self._commit(event)
        self._put(export)
        return at

    def _put(self, export: Export) -> None:
        self.rows[export.vaccination, export.version] = replace(export, since=NOW)

    def _commit(self, *events: Event) -> datetime:
        if self.clash:
            raise self.clash
        self.told.extend(events)
        self.commits += 1
        return NOW + timedelta(microseconds=self.commits)


@dataclass
class ScriptedRecord:
    """Answers one after the other as it is told to; takes everything after that."""

    answers: list[NotSent] = field(default_factory=list)
    offered: list[Mapping[str, Any]] = field(default_factory=list)
    meanwhile: Callable[[], object] = bool

    def put(self, document: Mapping[str, Any]) -> str:
        self.offered.append(document)
        self.meanwhile()
        if self.answers:
            raise self.answers.pop(0)
        return str(len(self.offered))

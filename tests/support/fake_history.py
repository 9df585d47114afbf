"""Port History in memory: what a test says has happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from erejestracja.domain.ids import PatientId, VisitId
from erejestracja.domain.timeline import Entry, Kind


@dataclass
class FakeHistory:
    entries: dict[PatientId, list[Entry]] = field(default_factory=dict)

    def changes(self, visits: Sequence[VisitId]) -> list[Entry]:
        everyone = [entry for entries in self.entries.values() for entry in entries]
        return [e for e in everyone if e.kind is Kind.VISIT and e.visit in visits]

    def messages(self, patient: PatientId) -> list[Entry]:
        return self._of(patient, Kind.MESSAGE)

    def calls(self, patient: PatientId) -> list[Entry]:
        return self._of(patient, Kind.CALL)

    def callbacks(self, patient: PatientId) -> list[Entry]:
        return self._of(patient, Kind.CALLBACK)

    def _of(self, patient: PatientId, kind: Kind) -> list[Entry]:
        return [entry for entry in self.entries.get(patient, ()) if entry.kind is kind]

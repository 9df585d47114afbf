"""Exports of dose records: asked for in the commit that writes the record, ended once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from erejestracja.domain.events import Event
from erejestracja.domain.exports import Export, ExportStatus
from erejestracja.domain.ids import PatientId, PointId, VaccinationId
from erejestracja.domain.pesel import Pesel
from erejestracja.domain.vaccination import Vaccination
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix

EXPORT = (
    "VaccinationId",
    "Version",
    "PointId",
    "Status",
    "Attempts",
    "Rounds",
    "Reference",
    "Failure",
    "UpdatedAt",
)
SHARDS = 16


def request(batch: Batch, vaccination: Vaccination) -> None:
    """Ask for a version to be exported, in the commit that writes it."""
    asked = Export(vaccination.id, vaccination.version, vaccination.point)
    batch.insert("Exports", **_values(asked))


class Identities:
    """Who a person is to the state."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pesel(self, patient: PatientId) -> Pesel | None:
        """Return the person's PESEL; not everybody has one."""
        found = self._database.read("Patients", ("Pesel",), key(patient))
        return Pesel.parse(found[0][0]) if found and found[0][0] else None


class SpannerExports:
    """Rows of table Exports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, vaccination: VaccinationId, version: int) -> Export | None:
        """Return how a version fares."""
        rows = self._database.read("Exports", EXPORT, key(vaccination, version))
        return _export_of(rows[0]) if rows else None

    def newest(self, vaccination: VaccinationId) -> Export | None:
        """Return how the newest version of a record fares."""
        rows = self._database.read("Exports", EXPORT, prefix(vaccination), limit=1)
        return _export_of(rows[0]) if rows else None

    def end(self, export: Export, event: Event) -> datetime:
        """Write how a version ended, forget those before it, and tell."""
        before = [(export.vaccination, version) for version in range(1, export.version)]

        def fill(batch: Batch) -> None:
            batch.put("Exports", **_values(export))
            batch.delete("Exports", Keys(exact=before))
            outbox.put(batch, event)

        return self._database.commit(fill)

    def count_attempt(self, export: Export) -> None:
        """Write down an export whose attempt failed for the moment.

        Raises Gone where a newer version has ended meanwhile: this one is no longer wanted.
        """
        self._database.commit(
            lambda batch: batch.update(
                "Exports",
                VaccinationId=export.vaccination,
                Version=export.version,
                Attempts=export.attempts,
                Failure=export.failure,
                UpdatedAt=commit_time(),
            )
        )

    def failed(self, point: PointId, limit: int) -> list[Export]:
        """Return what a point's people have to see to, the longest waiting first."""
        columns = ("VaccinationId",)
        rows = self._database.read(
            "Exports", columns, prefix(point), index="FailedExports", limit=limit
        )
        if not rows:
            return []
        names = sorted({row[0] for row in rows})
        found = self._database.read("Exports", EXPORT, Keys(prefixes=[(name,) for name in names]))
        # A version that failed is nobody's work any more where a newer one is on its way.
        newest = _newest(map(_export_of, found))
        return sorted((one for one in newest if one.failed), key=lambda one: str(one.since))

    def left_behind(self, before: datetime, limit: int) -> list[Export]:
        """Return exports still pending that nothing has happened to since an instant.

        Each shard gives its share of the limit, the longest waiting first, so that none starves.
        """
        share = max(1, limit // SHARDS)
        ids = [one for shard in range(SHARDS) for one in self._oldest(shard, before, share)]
        if not ids:
            return []
        rows = self._database.read("Exports", EXPORT, Keys(exact=ids))
        # The index may know less than the row: what has just ended is not asked for again.
        return [one for one in map(_export_of, rows) if one.status is ExportStatus.PENDING]

    def _oldest(self, shard: int, before: datetime, limit: int) -> list[list[Any]]:
        columns = ("VaccinationId", "Version", "UpdatedAt")
        rows = self._database.read(
            "Exports", columns, prefix(shard), index="OpenExports", limit=limit
        )
        return [row[:2] for row in rows if row[2] < before]

    def ask_again(self, exports: Sequence[Export], events: Sequence[Event]) -> datetime:
        """Put new requests into the outbox and mark the exports as changed now."""

        def fill(batch: Batch) -> None:
            for export in exports:
                batch.update(
                    "Exports",
                    VaccinationId=export.vaccination,
                    Version=export.version,
                    UpdatedAt=commit_time(),
                )
            outbox.add(batch, *events)

        return self._database.commit(fill)

    def reopen(self, export: Export, event: Event) -> datetime:
        """Write an export that a person asks for again. Raises Clash where another just did."""

        def fill(batch: Batch) -> None:
            batch.update("Exports", **_values(export))
            outbox.add(batch, event)

        return self._database.commit(fill)


def _newest(exports: Iterable[Export]) -> list[Export]:
    """Return the first of each record: rows come newest version first."""
    first: dict[VaccinationId, Export] = {}
    for export in exports:
        first.setdefault(export.vaccination, export)
    return list(first.values())


def _values(export: Export) -> dict[str, Any]:
    values = (
        export.vaccination,
        export.version,
        export.point,
        export.status.value,
        export.attempts,
        export.rounds,
        export.reference,
        export.failure,
        commit_time(),
    )
    return dict(zip(EXPORT, values, strict=True))


def _export_of(row: Sequence[Any]) -> Export:
    return Export(
        vaccination=VaccinationId(row[0]),
        version=row[1],
        point=PointId(row[2]),
        status=ExportStatus(row[3]),
        attempts=row[4],
        rounds=row[5],
        reference=row[6],
        failure=row[7],
        since=row[8],
    )

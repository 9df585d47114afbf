"""Imports as rows: how far each is, in one commit with what a step takes in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from erejestracja.domain.delimited import BadRow, Layout, Reason
from erejestracja.domain.events import Event
from erejestracja.domain.file import File
from erejestracja.domain.ids import ImportId
from erejestracja.domain.imports import (
    ImportStatus,
    Listing,
    Planned,
    Progress,
    RefusedFile,
    Registrations,
    Taken,
)
from erejestracja.domain.standby import Joins
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Batch, Database, commit_time, prefix
from erejestracja.storage.spanner.directory import put_points
from erejestracja.storage.spanner.edits import put_edits
from erejestracja.storage.spanner.registrations import put_registrations
from erejestracja.storage.spanner.standby import put_joins

PROGRESS = (
    "File",
    "Generation",
    "Status",
    "Failure",
    "Encoding",
    "Separator",
    "Columns",
    "LineCount",
    "ByteOffset",
    "Line",
    "Step",
    "Accepted",
    "Repeated",
    "Refused",
    "Part",
    "UpdatedAt",
)


class SpannerImports:
    """Port Imports. A step is one blind commit; what was read before it may be out of date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def progress(self, import_id: ImportId) -> Progress | RefusedFile | None:
        """Return how far an import is; None if nobody has begun it."""
        found = self._database.read("Imports", PROGRESS, prefix(import_id), limit=1)
        return _progress_of(found[0]) if found else None

    def parts(self, import_id: ImportId) -> list[str | None]:
        """Return which part of the report each step wrote, the first step's first."""
        found = self._database.read("Imports", ("Step", "Part"), prefix(import_id))
        return [part for step, part in sorted(found, key=lambda row: row[0]) if step]

    def begin(self, progress: Progress) -> None:
        """Begin an import."""
        self._database.commit(lambda batch: batch.insert("Imports", **_values(progress)))

    def refuse(self, file: RefusedFile, events: Sequence[Event]) -> datetime:
        """Remember that a file is not taken in."""

        def fill(batch: Batch) -> None:
            batch.insert(
                "Imports",
                **_name(file.file, 0),
                Status=ImportStatus.REFUSED.value,
                Failure=str(file.bad),
                **dict.fromkeys(
                    ("LineCount", "ByteOffset", "Line", "Accepted", "Repeated", "Refused"), 0
                ),
                UpdatedAt=commit_time(),
            )
            outbox.add(batch, *events)

        return self._database.commit(fill)

    def advance(self, progress: Progress, taken: Taken | None, events: Sequence[Event]) -> datetime:
        """Store what was taken in and how far the import is then, in one commit."""

        def fill(batch: Batch) -> None:
            batch.insert("Imports", **_values(progress))
            match taken:
                case Registrations():
                    put_registrations(batch, taken)
                case Listing():
                    put_points(batch, taken)
                case Joins():
                    put_joins(batch, taken)
                case Planned():
                    put_edits(batch, taken.edits, taken.footings)
            outbox.add(batch, *events)

        return self._database.commit(fill)


def _name(file: File, step: int) -> dict[str, Any]:
    return {
        "ImportId": file.import_id,
        "Step": step,
        "File": file.name,
        "Generation": file.generation,
    }


def _values(progress: Progress) -> dict[str, Any]:
    return {
        **_name(progress.file, progress.step),
        "Status": progress.status.value,
        "Encoding": progress.layout.encoding,
        "Separator": progress.layout.separator,
        "Columns": list(progress.layout.columns),
        "LineCount": progress.lines,
        "ByteOffset": progress.offset,
        "Line": progress.line,
        "Accepted": progress.accepted,
        "Repeated": progress.repeated,
        "Refused": progress.refused,
        "Part": progress.part,
        "UpdatedAt": commit_time(),
    }


def _progress_of(row: Sequence[Any]) -> Progress | RefusedFile:
    found = dict(zip(PROGRESS, row, strict=True))
    file = File(found["File"], found["Generation"])
    if found["Status"] == ImportStatus.REFUSED:
        reason, _, column = found["Failure"].partition(" ")
        return RefusedFile(file, BadRow(Reason(reason), column), found["UpdatedAt"])
    return Progress(
        file=file,
        layout=Layout(found["Encoding"], found["Separator"], tuple(found["Columns"])),
        lines=found["LineCount"],
        offset=found["ByteOffset"],
        line=found["Line"],
        step=found["Step"],
        accepted=found["Accepted"],
        repeated=found["Repeated"],
        refused=found["Refused"],
        status=ImportStatus(found["Status"]),
        part=found["Part"],
    )

"""Imports as rows: how far each is, and the people and referrals that a step takes in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from erejestracja.domain.delimited import BadRow, Layout, Reason
from erejestracja.domain.events import Event
from erejestracja.domain.file import File
from erejestracja.domain.ids import ImportId, PatientId, ReferralId
from erejestracja.domain.imports import (
    ImportStatus,
    Progress,
    RefusedFile,
    Registration,
    Standing,
)
from erejestracja.domain.referral import ReferralStatus
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, prefix

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
    "UpdatedAt",
)
PERSON = (
    *("PatientId", "Pesel", "GivenName", "FamilyName", "BirthDate", "Sex", "Phone", "Language"),
    *("PostalCode", "UpdatedAt"),
)
REFERRAL = (
    *("PatientId", "ReferralId", "Version", "Programme", "Kind", "Status", "IssuedOn"),
    *("ExpiresOn", "BookableFrom", "WindowFrom", "WindowTo", "BirthDate", "Given", "UpdatedAt"),
)


class SpannerImports:
    """Port Imports. A step is one blind commit; what was read before it may be out of date."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def progress(self, import_id: ImportId) -> Progress | RefusedFile | None:
        """Return how far an import is; None if nobody has begun it."""
        found = self._database.read("Imports", PROGRESS, prefix(import_id), limit=1)
        return _progress_of(found[0]) if found else None

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

    def renamed(self, people: Iterable[PatientId]) -> Mapping[PatientId, PatientId]:
        """Return whom a corrected PESEL means; its digest is the id it would give."""
        keys = Keys(exact=[(one,) for one in people])
        found = self._database.read("Identifiers", ("Digest", "PatientId"), keys)
        return {PatientId(digest): PatientId(patient) for digest, patient in found}

    def standing(self, people: Sequence[PatientId]) -> Standing:
        """Return which of these people there are, and their referrals."""
        exact = Keys(exact=[(one,) for one in people])
        there = {
            PatientId(row[0]) for row in self._database.read("Patients", ("PatientId",), exact)
        }
        if not there:
            return Standing()
        referrals = Keys(prefixes=[(one,) for one in sorted(there)])
        found = self._database.read("Referrals", ("PatientId", "ReferralId"), referrals)
        return Standing(there, {(PatientId(one), ReferralId(number)) for one, number in found})

    def advance(
        self,
        progress: Progress,
        people: Sequence[Registration],
        referrals: Sequence[Registration],
        events: Sequence[Event],
    ) -> datetime:
        """Store new people, new referrals and how far the import is then, in one commit."""

        def fill(batch: Batch) -> None:
            batch.insert("Imports", **_values(progress))
            if people:
                batch.insert_rows("Patients", PERSON, map(_person, people))
            if referrals:
                batch.insert_rows("Referrals", REFERRAL, map(_referral, referrals))
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
    )


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

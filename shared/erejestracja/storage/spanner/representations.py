"""Who may act for whom, and each step of how that came and ended."""

from collections.abc import Sequence
from typing import Any

from erejestracja.domain.ids import PatientId
from erejestracja.domain.representation import (
    FullName,
    Representation,
    RepresentationKind,
    Source,
    Step,
)
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix

REPRESENTATION = (
    "RepresentativeId",
    "PatientId",
    "Kind",
    "Source",
    "RepresentativeGivenName",
    "RepresentativeFamilyName",
    "PatientGivenName",
    "PatientFamilyName",
    "BirthDate",
    "ValidFrom",
    "ValidTo",
    "Version",
)
KEY = ("RepresentativeId", "PatientId")


class SpannerRepresentations:
    """Port Representations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, representative: PatientId, patient: PatientId) -> Representation | None:
        """Return what one person is to another."""
        found = self._read(key(representative, patient))
        return found[0] if found else None

    def of(self, representative: PatientId) -> Sequence[Representation]:
        """Return all that somebody is or was to others."""
        return self._read(prefix(representative))

    def over(self, patient: PatientId) -> Sequence[Representation]:
        """Return all that others are or were to a person."""
        index = "RepresentationsByPatient"
        keys = self._database.read("Representations", KEY, prefix(patient), index=index)
        return self._read(Keys(exact=keys)) if keys else []

    def store(self, representation: Representation, step: Step) -> None:
        """Store the next version."""
        self._database.commit(lambda batch: _put(batch, representation, step))

    def _read(self, keys: Keys) -> list[Representation]:
        rows = self._database.read("Representations", REPRESENTATION, keys)
        return [_representation(row) for row in rows]


def _put(batch: Batch, representation: Representation, step: Step) -> None:
    values = representation_values(representation)
    batch.put("Representations", **values, UpdatedAt=commit_time())
    batch.insert(
        "RepresentationSteps",
        RepresentativeId=representation.representative,
        PatientId=representation.patient,
        Version=representation.version,
        Step=step.value,
        TakenAt=commit_time(),
    )


def representation_values(one: Representation) -> dict[str, Any]:
    """Return the columns of a representation but for the timestamp, which is the commit's."""
    values = (
        one.representative,
        one.patient,
        one.kind.value,
        one.source.value,
        one.representative_name.given,
        one.representative_name.family,
        one.patient_name.given,
        one.patient_name.family,
        one.born,
        one.valid_from,
        one.valid_to,
        one.version,
    )
    return dict(zip(REPRESENTATION, values, strict=True))


def _representation(row: Sequence[Any]) -> Representation:
    return Representation(
        representative=PatientId(row[0]),
        patient=PatientId(row[1]),
        kind=RepresentationKind(row[2]),
        source=Source(row[3]),
        representative_name=FullName(row[4], row[5]),
        patient_name=FullName(row[6], row[7]),
        born=row[8],
        valid_from=row[9],
        valid_to=row[10],
        version=row[11],
    )

"""What was given at a point, by an index of its doses, and what is booked there."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from erejestracja.domain.forecast import Booked, Course
from erejestracja.domain.ids import (
    DoseOf,
    PatientId,
    PointId,
    ProgrammeId,
    VaccinationId,
    VaccineCode,
)
from erejestracja.domain.vaccination import VaccinationStatus
from erejestracja.domain.visit import VisitStatus
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.rows import active_key

# What is read of the index begins with these.
RECORD = ("PointId", "VaccinationId", "Version", "Status")
GIVEN = (
    *RECORD,
    "PatientId",
    "Programme",
    "Vaccine",
    "Dose",
    "Doses",
)
# What has a place, and still needs a dose.
AWAITED = frozenset({VisitStatus.BOOKED, VisitStatus.ARRIVED})


class SpannerCourses:
    """Port Courses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def given(self, point: PointId, since: datetime, limit: int) -> tuple[list[Course], bool]:
        """Return the doses on record at a point since an instant, of the newest so many."""
        keys = Keys(ranges=[((point,), (point, since))])
        rows = self._database.read(
            "Vaccinations", GIVEN, keys, index="VaccinationsByPoint", limit=limit
        )
        return [_course_of(row) for row in standing(rows)], len(rows) < limit

    def booked(
        self, point: PointId, first: date, last: date, limit: int
    ) -> tuple[list[Booked], bool]:
        """Return the visits booked at a point on some days, of the first so many places."""
        keys = Keys(ranges=[((point, first), (point, last))])
        taken = self._database.read("Places", ("Kind", "ClaimId"), keys, limit=limit)
        ids = [(claim,) for kind, claim in taken if kind == "visit"]
        columns = ("Day", "Vaccine", "Dose", "Status")
        rows = self._database.read("Visits", columns, Keys(exact=ids)) if ids else []
        found = [
            Booked(day, VaccineCode(vaccine), dose)
            for day, vaccine, dose, status in rows
            if status in AWAITED
        ]
        return found, len(taken) < limit

    def placed(self, doses: Sequence[DoseOf]) -> set[DoseOf]:
        """Return for which of these doses there is a visit that has a place, anywhere."""
        keys = Keys(exact=[(active_key(dose),) for dose in doses])
        ids = self._database.read("Visits", ("VisitId",), keys, index="OneActiveVisit")
        columns = ("PatientId", "Programme", "Dose", "Status")
        rows = self._database.read("Visits", columns, Keys(exact=ids)) if ids else []
        return {
            (PatientId(patient), ProgrammeId(programme), dose)
            for patient, programme, dose, status in rows
            if status in AWAITED
        }


def standing(rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
    """Return of rows that begin with RECORD the newest of each dose, unless it was taken back."""
    newest: dict[str, Sequence[Any]] = {}
    for row in rows:
        _, name, version, _ = row[: len(RECORD)]
        if name not in newest or newest[name][2] < version:
            newest[name] = row
    return [row for row in newest.values() if row[3] == VaccinationStatus.GIVEN]


def _course_of(row: Sequence[Any]) -> Course:
    _, name, _, _, patient, programme, vaccine, dose, doses = row
    return Course(
        vaccination=VaccinationId(name),
        patient=PatientId(patient),
        programme=ProgrammeId(programme),
        vaccine=VaccineCode(vaccine),
        dose=dose,
        last=doses is None or dose >= doses,
    )

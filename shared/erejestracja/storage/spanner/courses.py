"""What was given at a point, by an index of its doses, and what is booked there."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from erejestracja.domain.forecast import Booked, Course, DoseOf
from erejestracja.domain.ids import (
    PatientId,
    PointId,
    ProgrammeId,
    VaccinationId,
    VaccineCode,
)
from erejestracja.domain.vaccination import VaccinationStatus
from erejestracja.domain.visit import VisitStatus
from erejestracja.storage.spanner.database import Database, Keys

GIVEN = (
    "VaccinationId",
    "Version",
    "Status",
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
        newest: dict[str, Sequence[Any]] = {}
        for row in rows:
            if row[0] not in newest or newest[row[0]][1] < row[1]:
                newest[row[0]] = row
        stands = (row for row in newest.values() if row[2] == VaccinationStatus.GIVEN)
        return [_course_of(row) for row in stands], len(rows) < limit

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
        keys = Keys(exact=[("/".join(map(str, dose)),) for dose in doses])
        ids = self._database.read("Visits", ("VisitId",), keys, index="OneActiveVisit")
        columns = ("PatientId", "Programme", "Dose", "Status")
        rows = self._database.read("Visits", columns, Keys(exact=ids)) if ids else []
        return {
            (PatientId(patient), ProgrammeId(programme), dose)
            for patient, programme, dose, status in rows
            if status in AWAITED
        }


def _course_of(row: Sequence[Any]) -> Course:
    name, _, _, patient, programme, vaccine, dose, doses = row
    return Course(
        vaccination=VaccinationId(name),
        patient=PatientId(patient),
        programme=ProgrammeId(programme),
        vaccine=VaccineCode(vaccine),
        dose=dose,
        last=doses is None or dose >= doses,
    )

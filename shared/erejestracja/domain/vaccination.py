"""Vaccinations: the record of a dose that was given, kept in versions, never deleted."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from erejestracja.domain.ids import (
    PatientId,
    PointId,
    ProgrammeId,
    ReferralId,
    VaccinationId,
    VaccineCode,
    VisitId,
    derived_id,
)

# Until then who recorded a dose may say that it was not given (domain 4.7, P11).
UNDO_WITHIN = timedelta(hours=24)


class Site(StrEnum):
    """Where the dose was given; intramuscular, all of them."""

    LEFT_DELTOID = "leftDeltoid"
    RIGHT_DELTOID = "rightDeltoid"
    LEFT_THIGH = "leftThigh"
    RIGHT_THIGH = "rightThigh"


class VaccinationStatus(StrEnum):
    """Given, or entered in error: then the dose does not count, and its record stays."""

    GIVEN = "given"
    ENTERED_IN_ERROR = "enteredInError"


@dataclass(frozen=True, slots=True)
class Vaccination:
    """A dose given to a person (domain 4.4), as one version of its record says.

    `doses` is how many the series has ("1 of 2"), None where the dose is a booster's. `performer`
    is the NPWZ of who gave it, `author` the subject of who recorded this version; only the author
    of the first corrects it. `note` says why there is a version after the first.
    """

    id: VaccinationId
    version: int
    status: VaccinationStatus
    patient: PatientId
    visit: VisitId
    referral: ReferralId
    point: PointId
    programme: ProgrammeId
    vaccine: VaccineCode
    dose: int
    doses: int | None
    lot: str
    expires_on: date
    site: Site
    performer: str
    performed_at: datetime
    author: str
    recorded_at: datetime
    note: str | None = None

    @property
    def stands(self) -> bool:
        """Tell whether the dose counts."""
        return self.status is VaccinationStatus.GIVEN


def vaccination_id(patient: PatientId, programme: ProgrammeId, dose: int) -> VaccinationId:
    """Return the id of a person's n-th dose: one record, so the same dose is never there twice."""
    return VaccinationId(derived_id("vaccination", patient, programme, str(dose)))

"""Referrals: the token of eligibility, carrying what a booking decision needs."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from erejestracja.domain.ids import PatientId, ProgrammeId, ReferralId, VaccineCode


class ReferralStatus(StrEnum):
    """Issued, being used (a dose given), used up, or cancelled (domain R9)."""

    ISSUED = "issued"
    IN_USE = "inUse"
    USED = "used"
    CANCELLED = "cancelled"


class ReferralKind(StrEnum):
    """What the referral is for."""

    PRIMARY = "primary"
    ADDITIONAL = "additional"
    BOOSTER = "booster"


@dataclass(frozen=True, slots=True)
class DoseGiven:
    """A dose already given: its number, its local day and its vaccine."""

    dose: int
    on: date
    vaccine: VaccineCode


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral of one person to one programme.

    `expires_on` is the last local day it may be *booked* on (domain R4, R5), `bookable_from` the
    instant from which it may be used (kept apart from loading and validity: the incidents of
    22 Jan and 1 Apr 2021 came from their confusion), `window` the local days a visit may lie in,
    if bounded.
    `birth_date` and `given` repeat what the person's record says, so that one row decides.
    `version` counts its changes: a booking commits only while the version it was decided by stands.
    """

    id: ReferralId
    patient: PatientId
    programme: ProgrammeId
    kind: ReferralKind
    status: ReferralStatus
    issued_on: date
    expires_on: date
    bookable_from: datetime
    window: tuple[date | None, date | None]
    birth_date: date
    given: tuple[DoseGiven, ...] = ()
    version: int = 1

    @property
    def next_dose(self) -> int:
        """Return the number of the dose that comes next."""
        return 1 + max((dose.dose for dose in self.given), default=0)

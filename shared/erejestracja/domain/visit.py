"""Visits: a person's appointment for a dose, and the changes it may go through."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from erejestracja.domain.errors import Reason
from erejestracja.domain.ids import (
    PatientId,
    PlaceKey,
    ProgrammeId,
    ReferralId,
    VaccineCode,
    VisitId,
)


class VisitStatus(StrEnum):
    """Where a visit is in its life; the text is what callers see."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "noShow"
    ORPHANED = "orphaned"

    @property
    def is_active(self) -> bool:
        """Tell whether the visit still stands: one such per person and dose."""
        return self in ACTIVE


ACTIVE = frozenset({VisitStatus.BOOKED, VisitStatus.ARRIVED, VisitStatus.ORPHANED})


class VisitChange(StrEnum):
    """What can happen to a visit; the past-tense name of its event."""

    BOOKED = "visit.booked"
    MOVED = "visit.moved"
    CANCELLED = "visit.cancelled"
    ARRIVED = "visit.arrived"
    COMPLETED = "visit.completed"
    MISSED = "visit.missed"
    DEFERRED = "visit.deferred"
    REOPENED = "visit.reopened"
    ORPHANED = "visit.orphaned"
    REPLACED = "visit.replaced"
    UNREPLACED = "visit.unreplaced"
    RESTORED = "visit.restored"
    CONSENT_NOTED = "visit.consentNoted"


# (change, from) -> to. What is not here cannot happen.
TRANSITIONS: dict[tuple[VisitChange, VisitStatus], VisitStatus] = {
    (VisitChange.MOVED, VisitStatus.BOOKED): VisitStatus.BOOKED,
    (VisitChange.MOVED, VisitStatus.ORPHANED): VisitStatus.BOOKED,
    (VisitChange.CANCELLED, VisitStatus.BOOKED): VisitStatus.CANCELLED,
    (VisitChange.CANCELLED, VisitStatus.ORPHANED): VisitStatus.CANCELLED,
    (VisitChange.ORPHANED, VisitStatus.BOOKED): VisitStatus.ORPHANED,
    (VisitChange.ARRIVED, VisitStatus.BOOKED): VisitStatus.ARRIVED,
    (VisitChange.COMPLETED, VisitStatus.BOOKED): VisitStatus.COMPLETED,
    (VisitChange.COMPLETED, VisitStatus.ARRIVED): VisitStatus.COMPLETED,
    (VisitChange.MISSED, VisitStatus.BOOKED): VisitStatus.NO_SHOW,
    (VisitChange.ARRIVED, VisitStatus.NO_SHOW): VisitStatus.ARRIVED,
    (VisitChange.DEFERRED, VisitStatus.BOOKED): VisitStatus.CANCELLED,
    (VisitChange.DEFERRED, VisitStatus.ARRIVED): VisitStatus.CANCELLED,
    (VisitChange.REOPENED, VisitStatus.COMPLETED): VisitStatus.ARRIVED,
    (VisitChange.REPLACED, VisitStatus.NO_SHOW): VisitStatus.NO_SHOW,
    (VisitChange.REPLACED, VisitStatus.CANCELLED): VisitStatus.CANCELLED,
    (VisitChange.UNREPLACED, VisitStatus.NO_SHOW): VisitStatus.NO_SHOW,
    (VisitChange.UNREPLACED, VisitStatus.CANCELLED): VisitStatus.CANCELLED,
    (VisitChange.RESTORED, VisitStatus.BOOKED): VisitStatus.BOOKED,
    (VisitChange.RESTORED, VisitStatus.ARRIVED): VisitStatus.BOOKED,
    (VisitChange.CONSENT_NOTED, VisitStatus.ARRIVED): VisitStatus.ARRIVED,
}


class CancelReason(StrEnum):
    """Why a visit was cancelled."""

    PATIENT = "patient"
    ILLNESS = "illness"
    VACCINATED_ELSEWHERE = "vaccinatedElsewhere"
    POINT = "point"
    OTHER = "other"


class ConsentForm(StrEnum):
    """How the form for who is not of age stands (domain 1.7): still required, or what was shown."""

    REQUIRED = "required"
    PRESENTED = "presented"
    REPRESENTATIVE_PRESENT = "representativePresent"


@dataclass(frozen=True, slots=True)
class Visit:
    """A person's appointment: who, for what dose, where and when, and in which state.

    `version` counts its changes from 1; each change is a row keyed by visit and version, so two
    changes of the same version cannot both happen. `phone` is where its messages go, if that is not
    the person's own: the number that whoever booked for them gave. `born` repeats their date of
    birth, so that the visit alone tells whether a form is required; visits of before have none.
    `consent` is what was shown, None where nothing was or need be. `waived` is the rule that two
    people set aside for it, here and wherever it is moved.
    """

    id: VisitId
    patient: PatientId
    referral: ReferralId
    programme: ProgrammeId
    place: PlaceKey
    starts_at: datetime
    minutes: int
    vaccine: VaccineCode
    dose: int
    status: VisitStatus
    version: int
    created_at: datetime
    updated_at: datetime
    phone: str | None = None
    born: date | None = None
    consent: ConsentForm | None = None
    waived: Reason | None = None

    def after(self, change: VisitChange) -> VisitStatus | None:
        """Return the status a change leads to, or None where it cannot happen."""
        return TRANSITIONS.get((change, self.status))

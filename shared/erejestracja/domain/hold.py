"""Holds: a place kept for one person for some minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from erejestracja.domain.ids import HoldId, PatientId, PlaceKey

HOLD_FOR = timedelta(minutes=10)
LONGEST_HOLD = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Hold:
    """A place kept for `patient` until `expires_at`; `created_at` bounds its extensions."""

    id: HoldId
    place: PlaceKey
    patient: PatientId
    created_at: datetime
    expires_at: datetime

    def is_live(self, now: datetime) -> bool:
        """Tell whether the hold still keeps its place."""
        return now < self.expires_at

    def extended(self, now: datetime) -> datetime:
        """Return the new end: a full time from now, but never past the longest hold."""
        return max(self.expires_at, min(now + HOLD_FOR, self.created_at + LONGEST_HOLD))

"""Holds: a place kept for one person for some minutes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from erejestracja.domain.ids import HoldId, PatientId, PlaceKey, VaccineCode

HOLD_FOR = timedelta(minutes=10)
LONGEST_HOLD = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Hold:
    """A place kept for `patient` until `expires_at`; `created_at` bounds its extensions.

    `vaccine` is which of the session's several vaccines it is for, None where that has one.
    `extension` counts them: a hold is ended by naming its latest one.
    """

    id: HoldId
    place: PlaceKey
    patient: PatientId
    created_at: datetime
    expires_at: datetime
    extension: int = 0
    vaccine: VaccineCode | None = None

    def is_live(self, now: datetime) -> bool:
        """Tell whether the hold still keeps its place."""
        return now < self.expires_at

    def extended(self, now: datetime) -> "Hold":
        """Return the hold with a full time from now, but never past the longest hold."""
        until = max(self.expires_at, min(now + HOLD_FOR, self.created_at + LONGEST_HOLD))
        return replace(self, expires_at=until, extension=self.extension + 1)

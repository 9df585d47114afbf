"""Claims: who has a place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ClaimKind = Literal["hold", "visit", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A taken place: by a hold until it expires, by a visit, or withdrawn by the point."""

    place: int
    kind: ClaimKind
    id: str
    expires_at: datetime | None

    def has_run_out(self, now: datetime) -> bool:
        """Tell whether this is a hold that nobody has cleared away yet."""
        return self.expires_at is not None and self.expires_at <= now

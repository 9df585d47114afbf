"""Claims: who has a place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ClaimKind = Literal["hold", "visit", "withdrawn"]
# What a withdrawn place says in place of whose it was, where it was nobody's.
BY_EDIT = "edit-"


@dataclass(frozen=True, slots=True)
class Claim:
    """A taken place: by a hold until it expires, by a visit, or withdrawn by the point."""

    place: int
    kind: ClaimKind
    id: str
    expires_at: datetime | None

    def is_nobodys(self) -> bool:
        """Tell whether this is a withdrawn place that nobody had, so that nobody is owed one."""
        return self.kind == "withdrawn" and self.id.startswith(BY_EDIT)

    def has_run_out(self, now: datetime) -> bool:
        """Tell whether this is a hold that nobody has cleared away yet."""
        return self.expires_at is not None and self.expires_at <= now

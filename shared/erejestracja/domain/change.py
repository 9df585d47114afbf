"""A change of a visit, with all that is committed together with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from erejestracja.domain import override
from erejestracja.domain.actor import Actor
from erejestracja.domain.events import Event
from erejestracja.domain.ids import VisitId
from erejestracja.domain.notice import Notice
from erejestracja.domain.referral import Referral
from erejestracja.domain.visit import VisitChange


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a visit, who did it, what is told to whom.

    `allowed_by` must still stand in the version it was decided by, `contact` updates how the person
    may be reached: `phone`, `email`, `language`. `uses` is the override that is used up by it.
    """

    what: VisitChange
    actor: Actor
    events: Sequence[Event]
    notice: Notice | None = None
    allowed_by: Referral | None = None
    detail: Mapping[str, Any] | None = None
    contact: Mapping[str, str] = field(default_factory=dict)
    uses: override.Step | None = None


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change of a visit as its history has it: into which version, by whom, when, and why."""

    visit: VisitId
    version: int
    what: VisitChange
    by: str
    at: datetime
    detail: Mapping[str, Any]

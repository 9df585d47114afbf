"""Single slots that are otherwise than their rule says: more places or fewer, none, for others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Self

from erejestracja.domain.adjustments import Adjustment, SlotTerms
from erejestracja.domain.session import Session, Visibility


@dataclass(frozen=True, slots=True)
class Varied:
    """What holds for the slot that starts at an instant; None is as the rule says.

    No places is no slot. It survives every edit of the rule that still has a slot at that time.
    `since` is the number of the last adjustment of many slots that it was made after: it wins over
    that one, and over those before.
    """

    starts_at: datetime
    places: int | None = None
    visibility: Visibility | None = None
    since: int = 0

    def applied_to(self, slot: SlotTerms) -> SlotTerms:
        """Return what the slot is by this."""
        return replace(
            slot,
            places=slot.places if self.places is None else self.places,
            visibility=self.visibility or slot.visibility,
            blocked=slot.blocked and self.visibility is None,
        )

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "startsAt": self.starts_at.isoformat(),
            "places": self.places,
            "visibility": self.visibility.value if self.visibility else None,
            "since": self.since,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `document` wrote. Raises KeyError or ValueError."""
        shown = document["visibility"]
        return cls(
            datetime.fromisoformat(document["startsAt"]).astimezone(UTC),
            document["places"],
            Visibility(shown) if shown else None,
            document.get("since", 0),
        )


def vary(
    session: Session,
    varied: Iterable[Varied],
    adjusted: Iterable[Adjustment] = (),
    release_hours: int | None = None,
) -> list[Session]:
    """Return a session in parts of equal slots, those that have no place left out.

    `release_hours` are the rule's, for slots that only the point books.
    """
    ends_at = session.start_of(session.slots)
    own = {one.starts_at: one for one in varied if session.starts_at <= one.starts_at < ends_at}
    of_day = [one for one in adjusted if one.holds_on(session.key.day)]
    ruled = SlotTerms(session.places, session.visibility, release_hours)

    def what(index: int) -> SlotTerms:
        terms = ruled
        for change in _said_of(session.start_of(index), own, of_day):
            terms = change(terms)
        return terms.as_published()

    indexes = range(session.slots if own or of_day else 0)
    parts = [(found, list(run)) for found, run in groupby(indexes, key=what)]
    if not parts:
        hours = ruled.as_published().release_hours
        return [replace(session, release_hours=hours) if hours else session]
    return [
        replace(
            session.run(run[0], len(run)),
            places=terms.places,
            visibility=terms.visibility,
            release_hours=terms.release_hours,
        )
        for terms, run in parts
        if terms.places
    ]


def _said_of(
    starts_at: datetime, own: Mapping[datetime, Varied], of_day: Sequence[Adjustment]
) -> list[Callable[[SlotTerms], SlotTerms]]:
    """Return what is said of a slot, the last word last."""
    said = [(one.nr, 0, one.what.applied_to) for one in of_day if one.which.has_hour(starts_at)]
    if one := own.get(starts_at):
        said.append((one.since, 1, one.applied_to))
    return [change for _, _, change in sorted(said, key=lambda some: some[:2])]


def last_word(varied: Iterable[Varied], adjusted: Iterable[Adjustment]) -> int:
    """Return the highest number that an adjustment of a rule has, or had; 0 without any."""
    return max([*(one.since for one in varied), *(one.nr for one in adjusted)], default=0)


def with_varied(varied: Iterable[Varied], new: Varied, now: datetime) -> tuple[Varied, ...]:
    """Return what is varied, with one slot as it is to be; what is over is forgotten."""
    others = [one for one in varied if one.starts_at != new.starts_at and one.starts_at > now]
    says_something = new.places is not None or new.visibility is not None
    return tuple(sorted([*others, *([new] if says_something else [])], key=lambda v: v.starts_at))

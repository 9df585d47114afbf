"""Single slots that are otherwise than their rule says: more places or fewer, none, for others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Self

from erejestracja.domain.session import Session, Visibility


@dataclass(frozen=True, slots=True)
class Varied:
    """What holds for the slot that starts at an instant; None is as the rule says.

    No places is no slot. It survives every edit of the rule that still has a slot at that time.
    """

    starts_at: datetime
    places: int | None = None
    visibility: Visibility | None = None

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "startsAt": self.starts_at.isoformat(),
            "places": self.places,
            "visibility": self.visibility.value if self.visibility else None,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `document` wrote. Raises KeyError or ValueError."""
        shown = document["visibility"]
        return cls(
            datetime.fromisoformat(document["startsAt"]).astimezone(UTC),
            document["places"],
            Visibility(shown) if shown else None,
        )


def vary(session: Session, varied: Iterable[Varied]) -> list[Session]:
    """Return a session in parts of equal slots, those that have no place left out."""
    ends_at = session.start_of(session.slots)
    own = {one.starts_at: one for one in varied if session.starts_at <= one.starts_at < ends_at}
    if not own:
        return [session]

    def what(index: int) -> tuple[int, Visibility]:
        one = own.get(session.start_of(index))
        if one is None:
            return session.places, session.visibility
        places = session.places if one.places is None else one.places
        return places, one.visibility or session.visibility

    parts = [(found, list(run)) for found, run in groupby(range(session.slots), key=what)]
    return [
        replace(
            session,
            starts_at=session.start_of(run[0]),
            slots=len(run),
            places=places,
            visibility=visibility,
        )
        for (places, visibility), run in parts
        if places
    ]


def with_varied(varied: Iterable[Varied], new: Varied, now: datetime) -> tuple[Varied, ...]:
    """Return what is varied, with one slot as it is to be; what is over is forgotten."""
    others = [one for one in varied if one.starts_at != new.starts_at and one.starts_at > now]
    says_something = new.places is not None or new.visibility is not None
    return tuple(sorted([*others, *([new] if says_something else [])], key=lambda v: v.starts_at))

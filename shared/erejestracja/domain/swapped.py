"""A swap that was made, as the history of the visit whose dose it was keeps it, to be undone by."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NewType

from erejestracja.domain.change import PastChange
from erejestracja.domain.errors import NotFound
from erejestracja.domain.ids import PlaceKey, SlotKey, VisitId
from erejestracja.domain.referral import Referral
from erejestracja.domain.swaps import Why
from erejestracja.domain.vaccination import UNDO_WITHIN
from erejestracja.domain.visit import Visit, VisitChange

# The visit whose dose passed on, and the version that made of it: a dose may pass on again.
SwapId = NewType("SwapId", str)
NAMED = re.compile(r"([A-Za-z0-9]{1,32})-([1-9][0-9]{0,5})")


def swap_id(visit: Visit) -> SwapId:
    """Return the name of the swap by which a visit, in this version, was replaced."""
    return SwapId(f"{visit.id}-{visit.version}")


def named_by(swap: SwapId) -> tuple[VisitId, int]:
    """Return whose dose passed on, and the version in which it had. Raises NotFound."""
    found = NAMED.fullmatch(swap)
    if found is None:
        raise NotFound
    return VisitId(found.group(1)), int(found.group(2))


@dataclass(frozen=True, slots=True)
class Left:
    """What somebody gave up in a swap.

    `version` is the one that the swap made of their visit, `referral` that by which it was judged.
    """

    visit: VisitId
    version: int
    referral: int
    place: PlaceKey
    starts_at: datetime
    minutes: int

    def restored(self, visit: Visit) -> Visit:
        """Return the visit on the place and at the time that it had before the swap."""
        return replace(visit, place=self.place, starts_at=self.starts_at, minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Swapped:
    """A swap: whose dose passed on and why, what each gave up, who came first; by whom, when.

    `heir` is the visit that it booked, if it booked one.
    """

    id: SwapId
    why: Why
    left: tuple[Left, ...]
    heir: VisitId | None
    by: str
    at: datetime

    def versions(self) -> dict[VisitId, int]:
        """Return the version in which the swap left each of its visits."""
        dose, version = named_by(self.id)
        booked = {self.heir: 1} if self.heir else {}
        return {dose: version, **{one.visit: one.version for one in self.left}, **booked}

    def is_late(self, now: datetime) -> bool:
        """Tell whether it is too late to undo it, be it for a former time that has begun."""
        return now - self.at > UNDO_WITHIN or any(one.starts_at <= now for one in self.left)


def left_by(visit: Visit, referral: Referral) -> Left:
    """Return what a visit gives up by a swap."""
    return Left(
        visit=visit.id,
        version=visit.version + 1,
        referral=referral.version,
        place=visit.place,
        starts_at=visit.starts_at,
        minutes=visit.minutes,
    )


def document_of(why: Why, left: Sequence[Left], heir: VisitId | None) -> dict[str, Any]:
    """Return what the history keeps; no person stands in it."""
    return {
        "why": why.value,
        "left": [
            {
                "visit": one.visit,
                "version": one.version,
                "referral": one.referral,
                "slot": str(one.place.slot),
                "place": one.place.place,
                "startsAt": one.starts_at.isoformat(),
                "minutes": one.minutes,
            }
            for one in left
        ],
        "heir": heir,
    }


def why_free(past: Sequence[PastChange]) -> Why | None:
    """Return why a dose is free, by the last change of its visit; None of one that is not."""
    whys = {VisitChange.MISSED: Why.MISSED, VisitChange.DEFERRED: Why.DEFERRED}
    last = past[-1] if past else None
    if last and last.what is VisitChange.UNREPLACED:
        return Why(last.detail["why"])
    return whys.get(last.what) if last else None


def swapped_of(past: PastChange) -> Swapped | None:
    """Return the swap that a change of the history was, if it was one."""
    if past.what is not VisitChange.REPLACED or "left" not in past.detail:
        return None
    return Swapped(
        id=SwapId(f"{past.visit}-{past.version}"),
        why=Why(past.detail["why"]),
        left=tuple(_left_of(one) for one in past.detail["left"]),
        heir=past.detail["heir"],
        by=past.by,
        at=past.at,
    )


def _left_of(document: Mapping[str, Any]) -> Left:
    return Left(
        visit=VisitId(document["visit"]),
        version=document["version"],
        referral=document["referral"],
        place=PlaceKey(SlotKey.parse(document["slot"]), document["place"]),
        starts_at=datetime.fromisoformat(document["startsAt"]),
        minutes=document["minutes"],
    )

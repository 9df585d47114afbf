"""Footing: what a commit of a point's schedule stands on, so that it clashes where that changed."""

from dataclasses import dataclass
from datetime import date

from erejestracja.domain.closures import Closure
from erejestracja.domain.ids import PointId
from erejestracja.domain.supply import SupplyChange


@dataclass(frozen=True, slots=True)
class Footing:
    """What edits of a point's series are decided by: the number of its closures' last change.

    `closure` changes together with them: made, or undone, under the next number. It rests on which
    series there are, so `next` is the number of the edit that nobody may have made since. `terms`
    is the number of the terms of supply that they are decided by, `supply` what changes in these.
    """

    point: PointId
    known: int
    closure: Closure | None = None
    next: int | None = None
    terms: int = -1
    supply: SupplyChange | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """What a horizon stands on where doses were asked for, and up to which day that was."""

    footing: Footing
    looked_to: date

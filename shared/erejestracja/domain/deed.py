"""Deeds: what is done to a person at a point, with all that is committed together with it."""

from collections.abc import Sequence
from dataclasses import dataclass

from erejestracja.domain.change import Change
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PlaceKey
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session
from erejestracja.domain.vaccination import Vaccination
from erejestracja.domain.vials import Entry
from erejestracja.domain.visit import Visit


@dataclass(frozen=True, slots=True)
class Deed:
    """A change of a visit, and what else becomes true by it, or nothing of it.

    `frees` gives the visit's place up. `referrals` each replace the version before theirs,
    `vaccination` is the next version of its record, `entries` are the next of their lots. `also`
    changes the visit for the dose after, which a swap had booked.
    """

    visit: Visit
    change: Change
    frees: bool = False
    referrals: Sequence[Referral] = ()
    vaccination: Vaccination | None = None
    entries: Sequence[Entry] = ()
    also: "Deed | None" = None

    def events(self) -> list[Event]:
        """Return what is told after the commit."""
        return [*self.change.events, *(self.also.change.events if self.also else ())]


@dataclass(frozen=True, slots=True)
class Correction:
    """The next version of a record that was wrong, and what else follows from it."""

    vaccination: Vaccination
    events: Sequence[Event]
    referrals: Sequence[Referral] = ()
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came without a visit: the visit, and the session of one that it is on.

    `instead_of` ends the visit that they had for the same dose.
    """

    visit: Visit
    session: Session
    change: Change
    digest: str
    instead_of: Deed | None

    def events(self) -> list[Event]:
        """Return what is told after the commit."""
        ended = self.instead_of.change.events if self.instead_of else ()
        return [*ended, *self.change.events]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A dose that passes on: who comes now, who changes place with whom, and who had it before.

    `moves` are visits as they become, each with the place it leaves; the first has the one place
    of `session`. `heir` is a new visit on a place that was left; what nobody takes is free.
    """

    session: Session
    replaced: Deed
    moves: Sequence[tuple[Visit, PlaceKey, Change]]
    heir: tuple[Visit, Change, str] | None

    def events(self) -> list[Event]:
        """Return what is told after the commit."""
        changes = [self.replaced.change, *(change for _, _, change in self.moves)]
        if self.heir:
            changes.append(self.heir[1])
        return [event for change in changes for event in change.events]


@dataclass(frozen=True, slots=True)
class Undoing:
    """A swap that is undone: whose dose it was, and everybody where they were before.

    `moves` are visits as they become, each with the place it leaves. That of the first was made for
    who came, and is nobody's any more. `heir` is the visit that the swap booked, which ends.
    """

    unreplaced: Deed
    moves: Sequence[tuple[Visit, PlaceKey, Change]]
    heir: Deed | None

    def events(self) -> list[Event]:
        """Return what is told after the commit."""
        ended = [self.heir.change] if self.heir else []
        changes = [self.unreplaced.change, *ended, *(change for _, _, change in self.moves)]
        return [event for change in changes for event in change.events]

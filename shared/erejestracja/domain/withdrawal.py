"""Withdrawals: one commit's part of taking a session back, with what has its places."""

from collections.abc import Sequence
from dataclasses import dataclass

from erejestracja.domain.change import Change
from erejestracja.domain.closures import Hit
from erejestracja.domain.events import Event
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import PlaceKey
from erejestracja.domain.session import Session
from erejestracja.domain.visit import Visit


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Free places to take, holds to end, visits as they are orphaned.

    `by` is the edit that began to withdraw it, be it one that another has replaced.
    `kept` are visits that stay, on a place beside the session's, and the place each of them leaves.
    `hits` are those that a closure hit, `rest` tells that places are left for the next commit.
    """

    session: Session
    free: Sequence[PlaceKey]
    holds: Sequence[Hold]
    visits: Sequence[tuple[Visit, Change]]
    events: Sequence[Event]
    rest: bool
    by: int
    hits: Sequence[Hit] = ()
    kept: Sequence[tuple[Visit, PlaceKey, Change]] = ()

    def ends_something(self) -> bool:
        """Tell whether more is left than holds and visits that ended between two reads."""
        return bool(self.free or self.holds or self.visits or self.kept)

    def all_events(self) -> list[Event]:
        """Return what is told after the commit."""
        return [*self.events, *(event for _, change in self.visits for event in change.events)]

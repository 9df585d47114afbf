"""The supervisor's board: the hotline as it stands, in figures, and nobody's data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.board import (
    Board,
    Ended,
    Talk,
    Waiting,
    average_of,
    outcomes_of,
    queue_of,
)
from erejestracja.domain.errors import NotAllowed
from erejestracja.ports import Clock

# What one look reads at most; a line with more of any is beyond what figures would change.
MOST = 5000


class Figures(Protocol):
    """What is counted; every read is of an index alone, and bounded."""

    def waiting(self, limit: int) -> Sequence[Waiting]:
        """Return the calls that are owed."""
        ...

    def talks(self, limit: int) -> Sequence[Talk]:
        """Return the calls under way."""
        ...

    def ended(self, since: datetime, limit: int) -> Sequence[Ended]:
        """Return the calls that ended since an instant, the newest first."""
        ...

    def unfinished(self, limit: int) -> int:
        """Return how many calls are to be gone on with."""
        ...


def board_of(figures: Figures, clock: Clock, actor: Actor) -> Board:
    """Return the figures as they stand. Raises NotAllowed to all but supervisors."""
    if Role.SUPERVISOR not in actor.roles:
        raise NotAllowed
    now = clock.now()
    ended = figures.ended(calendar.start_of_day(calendar.local_day(now)), MOST)
    return Board(
        at=now,
        queue=queue_of(figures.waiting(MOST), now),
        talks=sorted(figures.talks(MOST), key=lambda talk: talk.since),
        outcomes=outcomes_of(ended),
        handled=average_of(ended),
        unfinished=figures.unfinished(MOST),
    )

"""Events that wait in the outbox, and when each is published again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from erejestracja.domain.events import Event

# The function that committed an event publishes it, and reporting strikes it off within seconds.
PATIENCE = timedelta(seconds=20)
LONGEST = timedelta(minutes=10)
DOUBLINGS = 10
SPREAD = 0.2


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event of the outbox: when it was committed and how often it was published again."""

    event: Event
    committed: datetime
    attempts: int
    not_before: datetime | None

    def is_due(self, now: datetime) -> bool:
        """Tell whether it has waited long enough to be published again."""
        return (self.not_before or self.committed + PATIENCE) <= now

    def next_attempt(self, now: datetime, random: Random) -> datetime:
        """Return when to publish it again, should this time be in vain: ever later, spread."""
        doubled: timedelta = PATIENCE * 2 ** min(self.attempts, DOUBLINGS)
        return now + min(doubled, LONGEST) * random.uniform(1 - SPREAD, 1 + SPREAD)

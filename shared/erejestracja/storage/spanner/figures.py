"""The hotline in figures, each read from an index that holds no person."""

from collections.abc import Sequence
from datetime import datetime

from erejestracja.domain.board import Ended, Talk, Waiting
from erejestracja.domain.call import Outcome
from erejestracja.domain.callback import Cause
from erejestracja.storage.spanner.database import Database, Keys

ALL = Keys(everything=True)


class SpannerFigures:
    """Port Figures."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, limit: int) -> Sequence[Waiting]:
        """Return the calls that are owed."""
        columns = ("Cause", "AskedAt")
        rows = self._database.read("Callbacks", columns, ALL, index="CallbackFigures", limit=limit)
        return [Waiting(Cause(cause), at) for cause, at in rows]

    def talks(self, limit: int) -> Sequence[Talk]:
        """Return the calls under way."""
        columns = ("OpenAgent", "OpenedAt")
        rows = self._database.read("Calls", columns, ALL, index="TalkFigures", limit=limit)
        return [Talk(agent, since) for agent, since in rows]

    def ended(self, since: datetime, limit: int) -> Sequence[Ended]:
        """Return the calls that ended since an instant, the newest first."""
        columns = ("EndedAt", "OpenedAt", "Outcome")
        rows = self._database.read("Calls", columns, ALL, index="EndedCalls", limit=limit)
        return [Ended(opened, at, Outcome(how)) for at, opened, how in rows if at >= since]

    def unfinished(self, limit: int) -> int:
        """Return how many calls are to be gone on with."""
        columns = ("UnfinishedAgent",)
        return len(self._database.read("Calls", columns, ALL, index="UnfinishedCalls", limit=limit))

"""The outbox: what has happened and is not yet in the archive.

Rows are written with the fact, published after the commit, published again by outbox_relay, and
struck off by reporting once they are archived. So nothing is lost between, and no function needs a
second commit to mark what it has published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

import orjson

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.ports import Gone
from erejestracja.storage.spanner.database import Batch, Database, Keys

SHARDS = 16
COLUMNS = ("Shard", "EventId", "Topic", "Type", "Data", "CreatedAt", "Attempts")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that is not archived yet, and how often it was published again."""

    event: Event
    committed: datetime
    attempts: int
    next_attempt_at: datetime | None


def shard_of(event_id: str) -> int:
    """Return the part of the outbox an event is in: even spread, the same for the same id."""
    return crc32(event_id.encode()) % SHARDS


def add(batch: Batch, *events: Event) -> None:
    """Put events into the commit that makes them true; an event that is there clashes."""
    if events:
        batch.insert_rows("Outbox", COLUMNS, [_row(event) for event in events])


def put(batch: Batch, *events: Event) -> None:
    """Put events into a commit that may be repeated as a whole."""
    if events:
        batch.put_rows("Outbox", COLUMNS, [_row(event) for event in events])


def _row(event: Event) -> tuple[Any, ...]:
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    data = orjson.dumps(event.data).decode()
    shard = shard_of(event.id)
    return shard, event.id, event.topic, event.type, data, COMMIT_TIMESTAMP, 0


class Outbox:
    """Rows of table Outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, limit: int) -> list[Waiting]:
        """Return events that are not archived; any of them, up to a limit."""
        columns = ("EventId", "Topic", "Type", "Data", "CreatedAt", "Attempts", "NextAttemptAt")
        shards = Keys(prefixes=[(shard,) for shard in range(SHARDS)])
        rows = self._database.read("Outbox", columns, shards, limit=limit)
        return [
            Waiting(Event(EventId(row[0]), row[1], row[2], orjson.loads(row[3])), *row[4:])
            for row in rows
        ]

    def strike(self, events: Sequence[EventId]) -> None:
        """Take archived events off."""
        exact = [(shard_of(event), event) for event in events]
        self._database.commit(lambda batch: batch.delete("Outbox", Keys(exact=exact)))

    def postpone(self, events: Sequence[Waiting], until: Sequence[datetime]) -> None:
        """Write down that events were published again, and when they are due next.

        Those archived meanwhile are no matter: then each of the others is written by itself.
        """
        pairs = list(zip(events, until, strict=True))
        try:
            self._database.commit(lambda batch: [_postpone(batch, *pair) for pair in pairs])
        except Gone:
            if len(pairs) > 1:
                for one, due in pairs:
                    self.postpone([one], [due])


def _postpone(batch: Batch, waiting: Waiting, until: datetime) -> None:
    batch.update(
        "Outbox",
        Shard=shard_of(waiting.event.id),
        EventId=waiting.event.id,
        Attempts=waiting.attempts + 1,
        NextAttemptAt=until,
    )

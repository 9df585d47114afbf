"""The outbox: what has happened and is not yet in the archive.

Rows are written with the fact, published after the commit, published again by outbox_relay, and
struck off by reporting once they are archived. So nothing is lost between, and no function needs a
second commit to mark what it has published.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

import orjson

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.events.waiting import Waiting
from erejestracja.ports import Gone
from erejestracja.storage.spanner.database import Batch, Database, Keys

SHARDS = 16
COLUMNS = ("Shard", "EventId", "Topic", "Type", "Data", "CreatedAt", "Attempts")
WAITING = ("EventId", "Topic", "Type", "Data", "CreatedAt", "Attempts", "NextAttemptAt")
PAGE = 500


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


@dataclass(frozen=True, slots=True)
class _After(Keys):
    """The rows of one shard behind an event."""

    shard: int = 0
    event: str = ""

    def as_key_set(self) -> Any:
        from google.cloud.spanner_v1 import KeyRange, KeySet

        rest = KeyRange(start_open=[self.shard, self.event], end_closed=[self.shard])
        return KeySet(ranges=[rest])


class Outbox:
    """Rows of table Outbox."""

    def __init__(self, database: Database, *, page: int = PAGE) -> None:
        self._database = database
        self._page = page

    def pages(self) -> Iterator[list[Waiting]]:
        """Yield all that waits, some at a time; mostly there is little, and one read tells.

        Where there is more than fits into a page, shards come in turn beginning anywhere: whoever
        cannot get through all of it does not begin with the same ones each time.
        """
        first = self._read(Keys(everything=True))
        if len(first) < self._page:
            yield first
            return
        start = random.randrange(SHARDS)
        for shard in range(start, start + SHARDS):
            yield from self._pages_of(shard % SHARDS)

    def _pages_of(self, shard: int) -> Iterator[list[Waiting]]:
        last = ""
        while found := self._read(_After(shard=shard, event=last)):
            yield found
            if len(found) < self._page:
                return
            last = found[-1].event.id

    def _read(self, keys: Keys) -> list[Waiting]:
        rows = self._database.read("Outbox", WAITING, keys, limit=self._page)
        return [
            Waiting(Event(EventId(row[0]), row[1], row[2], orjson.loads(row[3])), *row[4:])
            for row in rows
        ]

    def claim(self, chosen: Sequence[tuple[Waiting, datetime]]) -> list[Waiting]:
        """Count one more attempt of each and set the next; return those still there.

        One that was archived meanwhile is gone, and takes the whole commit with it: then each half
        is claimed by itself.
        """
        try:
            self._database.commit(lambda batch: _postpone(batch, chosen))
        except Gone:
            if len(chosen) == 1:
                return []
            middle = len(chosen) // 2
            return [*self.claim(chosen[:middle]), *self.claim(chosen[middle:])]
        return [waiting for waiting, _ in chosen]

    def strike(self, events: Sequence[EventId]) -> None:
        """Take archived events off; those that are not there are no matter."""
        exact = [(shard_of(event), event) for event in events]
        self._database.commit(lambda batch: batch.delete("Outbox", Keys(exact=exact)))


def _postpone(batch: Batch, chosen: Sequence[tuple[Waiting, datetime]]) -> None:
    for waiting, until in chosen:
        batch.update(
            "Outbox",
            Shard=shard_of(waiting.event.id),
            EventId=waiting.event.id,
            Attempts=waiting.attempts + 1,
            NextAttemptAt=until,
        )

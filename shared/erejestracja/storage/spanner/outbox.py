"""The outbox: what has happened and is not yet in the archive."""

from zlib import crc32

import orjson

from erejestracja.domain.events import Event
from erejestracja.storage.spanner.database import Batch

SHARDS = 16
COLUMNS = ("Shard", "EventId", "Topic", "Type", "Data", "CreatedAt", "Attempts")


def shard_of(event_id: str) -> int:
    """Return the part of the outbox an event is in: even spread, the same for the same id."""
    return crc32(event_id.encode()) % SHARDS


def add(batch: Batch, *events: Event) -> None:
    """Put events into the commit that makes them true."""
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    rows = [
        (
            shard_of(event.id),
            event.id,
            event.topic,
            event.type,
            orjson.dumps(event.data).decode(),
            COMMIT_TIMESTAMP,
            0,
        )
        for event in events
    ]
    if rows:
        batch.insert_rows("Outbox", COLUMNS, rows)

"""Deliveries to webhooks: written when tried, asked for again when due, kept for thirty days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PointId
from erejestracja.domain.webhook import Delivery, DeliveryStatus, News, WebhookId
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix

TABLE = "WebhookDeliveries"
KEY = ("WebhookId", "HappenedAt", "EventId")
DELIVERY = (*KEY, "PointId", "Type", "Data", "Status", "Attempts", "DueAt", "Failure")
SHARDS = 16


@dataclass(frozen=True, slots=True)
class _Since(Keys):
    """The rows of one webhook from an instant on."""

    webhook: str = ""
    instant: datetime | None = None

    def as_key_set(self) -> Any:
        from google.cloud.spanner_v1 import KeyRange, KeySet

        rest = KeyRange(start_closed=[self.webhook, self.instant], end_closed=[self.webhook])
        return KeySet(ranges=[rest])


class SpannerDeliveries:
    """Rows of table WebhookDeliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, webhook: WebhookId, happened_at: datetime, event: EventId) -> Delivery | None:
        """Return a delivery."""
        rows = self._database.read(TABLE, DELIVERY, key(webhook, happened_at, event))
        return _delivery_of(rows[0]) if rows else None

    def since(self, webhook: WebhookId, instant: datetime, limit: int) -> list[Delivery]:
        """Return what happened from an instant on, the oldest first."""
        since = _Since(webhook=webhook, instant=instant)
        rows = self._database.read(TABLE, DELIVERY, since, limit=limit)
        return [_delivery_of(row) for row in rows]

    def failed(self, webhook: WebhookId, instant: datetime, limit: int) -> list[Delivery]:
        """Return what happened from an instant on and was not delivered, the oldest first."""
        since = _Since(webhook=webhook, instant=instant)
        ids = self._database.read(TABLE, KEY, since, index="FailedDeliveries", limit=limit)
        return [one for one in self._all(ids) if one.status is DeliveryStatus.FAILED]

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        """Return pending deliveries whose time has come, of each shard those due the longest."""
        share = max(1, limit // SHARDS)
        ids = [one for shard in range(SHARDS) for one in self._oldest(shard, now, share)]
        # The index may know less than the row: what has just ended is not asked for again.
        return [one for one in self._all(ids) if one.status is DeliveryStatus.PENDING]

    def _oldest(self, shard: int, now: datetime, limit: int) -> list[list[Any]]:
        columns = (*KEY, "DueAt")
        rows = self._database.read(
            TABLE, columns, prefix(shard), index="OpenDeliveries", limit=limit
        )
        return [row[:3] for row in rows if row[3] <= now]

    def _all(self, ids: Sequence[Sequence[Any]]) -> list[Delivery]:
        if not ids:
            return []
        return [_delivery_of(row) for row in self._database.read(TABLE, DELIVERY, Keys(exact=ids))]

    def put(self, delivery: Delivery) -> None:
        """Store a delivery as it is now."""
        self._database.commit(lambda batch: batch.put(TABLE, **_values(delivery)))

    def ask(self, deliveries: Sequence[Delivery], events: Sequence[Event]) -> datetime:
        """Store deliveries and the requests to try them, in one commit that may be repeated."""

        def fill(batch: Batch) -> None:
            for delivery in deliveries:
                batch.put(TABLE, **_values(delivery))
            outbox.put(batch, *events)

        return self._database.commit(fill)

    def postpone(
        self, deliveries: Sequence[Delivery], due_at: datetime, events: Sequence[Event]
    ) -> datetime:
        """Store when pending deliveries are due, with the requests to try them.

        Raises Gone where one was forgotten.
        """

        def fill(batch: Batch) -> None:
            for delivery in deliveries:
                named = {name: value for name, value in _values(delivery).items() if name in KEY}
                batch.update(TABLE, **named, DueAt=due_at)
            outbox.put(batch, *events)

        return self._database.commit(fill)


def _values(delivery: Delivery) -> dict[str, Any]:
    values = (
        delivery.webhook,
        delivery.happened_at,
        delivery.event,
        delivery.news.point,
        delivery.news.type,
        orjson.dumps(delivery.news.data).decode(),
        delivery.status.value,
        delivery.attempts,
        delivery.due_at,
        delivery.failure,
    )
    return dict(zip(DELIVERY, values, strict=True)) | {"UpdatedAt": commit_time()}


def _delivery_of(row: Sequence[Any]) -> Delivery:
    named = dict(zip(DELIVERY, row, strict=True))
    return Delivery(
        webhook=WebhookId(named["WebhookId"]),
        event=EventId(named["EventId"]),
        happened_at=named["HappenedAt"],
        news=News(PointId(named["PointId"]), named["Type"], orjson.loads(named["Data"])),
        status=DeliveryStatus(named["Status"]),
        attempts=named["Attempts"],
        due_at=named["DueAt"],
        failure=named["Failure"],
    )

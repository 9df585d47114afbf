"""Webhooks of points, each a row of its newest version."""

from collections.abc import Sequence
from typing import Any

from erejestracja.domain.ids import PointId
from erejestracja.domain.webhook import Webhook, WebhookId, WebhookStatus
from erejestracja.storage.spanner.database import Batch, Database, commit_time, key, prefix

WEBHOOK = (
    "PointId",
    "WebhookId",
    "Version",
    "Url",
    "Status",
    "Reason",
    "Secret",
    "FormerSecret",
    "FormerUntil",
)


class SpannerWebhooks:
    """Rows of table Webhooks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, point: PointId) -> list[Webhook]:
        """Return a point's webhooks."""
        return [_webhook_of(row) for row in self._database.read("Webhooks", WEBHOOK, prefix(point))]

    def get(self, point: PointId, webhook: WebhookId) -> Webhook | None:
        """Return one of a point's webhooks."""
        rows = self._database.read("Webhooks", WEBHOOK, prefix(point, webhook))
        return _webhook_of(rows[0]) if rows else None

    def add(self, webhook: Webhook, actor: str) -> None:
        """Store a new webhook. Raises Clash where it is there, Gone where the point is not."""
        self._database.commit(lambda batch: batch.insert("Webhooks", **_values(webhook, actor)))

    def replace(self, webhook: Webhook, actor: str) -> None:
        """Store the next version. Raises Clash or Gone where that before does not stand."""

        def fill(batch: Batch) -> None:
            _end(batch, webhook, webhook.version - 1)
            batch.insert("Webhooks", **_values(webhook, actor))

        self._database.commit(fill)

    def delete(self, webhook: Webhook) -> None:
        """Delete a webhook as it stands. Raises Gone where that version does not."""
        self._database.commit(lambda batch: _end(batch, webhook, webhook.version))


def _end(batch: Batch, webhook: Webhook, version: int) -> None:
    """Delete a version; the update before is what says no where it is gone."""
    row = (webhook.point, webhook.id, version)
    named = dict(zip(WEBHOOK[:3], row, strict=True))
    batch.update("Webhooks", **named, ChangedAt=commit_time())
    batch.delete("Webhooks", key(*row))


def _values(webhook: Webhook, actor: str) -> dict[str, Any]:
    values = (
        webhook.point,
        webhook.id,
        webhook.version,
        webhook.url,
        webhook.status.value,
        webhook.reason,
        webhook.secret,
        webhook.former,
        webhook.former_until,
    )
    whom = {"Actor": actor, "ChangedAt": commit_time()}
    return dict(zip(WEBHOOK, values, strict=True)) | whom


def _webhook_of(row: Sequence[Any]) -> Webhook:
    named = dict(zip(WEBHOOK, row, strict=True))
    return Webhook(
        id=WebhookId(named["WebhookId"]),
        point=PointId(named["PointId"]),
        url=named["Url"],
        secret=named["Secret"],
        version=named["Version"],
        status=WebhookStatus(named["Status"]),
        reason=named["Reason"],
        former=named["FormerSecret"],
        former_until=named["FormerUntil"],
    )

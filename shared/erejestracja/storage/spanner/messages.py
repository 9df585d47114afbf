"""Messages to people: asked for in the commit that makes them true, sent once."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson

from erejestracja.domain.events import Event
from erejestracja.domain.ids import MessageId, PatientId, VisitId
from erejestracja.domain.message_state import MessageStatus, Outcome, Receipt, StoredMessage
from erejestracja.domain.notice import Notice
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key
from erejestracja.storage.spanner.rows import json_text

MESSAGE = (
    "MessageId",
    "PatientId",
    "VisitId",
    "Template",
    "Facts",
    "Status",
    "Attempts",
    "Receipt",
    "Number",
)
SHARDS = 16


def request(batch: Batch, notice: Notice) -> None:
    """Ask for a message; the same change asks once, for its id is a key."""
    batch.insert(
        "Messages",
        MessageId=notice.id,
        PatientId=notice.patient,
        VisitId=notice.visit,
        Template=notice.template,
        Facts=json_text(notice.facts),
        Status="requested",
        Attempts=0,
        Number=notice.number,
        CreatedAt=commit_time(),
        UpdatedAt=commit_time(),
    )


class Messages:
    """Rows of table Messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, notice: Notice, event: Event) -> datetime:
        """Ask for a message that comes of no other change, and tell."""

        def fill(batch: Batch) -> None:
            request(batch, notice)
            outbox.add(batch, event)

        return self._database.commit(fill)

    def get(self, message: MessageId) -> StoredMessage | None:
        """Return a message."""
        rows = self._database.read("Messages", MESSAGE, key(message))
        return _message_of(rows[0]) if rows else None

    def as_of_now(self, message: MessageId) -> tuple[StoredMessage | None, datetime]:
        """Return a message, and the instant it stood like that."""
        rows, at = self._database.read_stamped("Messages", MESSAGE, key(message))
        return (_message_of(rows[0]) if rows else None), at

    def end(self, message: MessageId, outcome: Outcome, event: Event) -> datetime:
        """Write down how it ended, and tell; the number of who wrote to us is forgotten."""
        known = {"Segments": outcome.segments, "GatewayId": outcome.gateway_id}
        values = {name: value for name, value in known.items() if value is not None}

        def fill(batch: Batch) -> None:
            batch.update(
                "Messages",
                MessageId=message,
                Status=outcome.status.value,
                Failure=outcome.failure,
                Number=None,
                UpdatedAt=commit_time(),
                **values,
            )
            outbox.put(batch, event)

        return self._database.commit(fill)

    def count_attempt(self, message: StoredMessage) -> None:
        """Write down that an attempt failed for the moment."""
        self._database.commit(
            lambda batch: batch.update(
                "Messages",
                MessageId=message.id,
                Attempts=message.attempts + 1,
                UpdatedAt=commit_time(),
            )
        )

    def receipt(self, message: MessageId, receipt: Receipt, event: Event) -> datetime:
        """Write down a receipt, and tell."""

        def fill(batch: Batch) -> None:
            batch.update(
                "Messages", MessageId=message, Receipt=receipt.value, UpdatedAt=commit_time()
            )
            outbox.put(batch, event)

        return self._database.commit(fill)

    def left_behind(self, before: datetime, limit: int) -> list[StoredMessage]:
        """Return messages still requested that nothing has happened to since an instant.

        Where more are open than the limit, those of one shard, another each time: so that the
        young ones of a busy hour do not hide an old one for good.
        """
        ids = self._open(range(SHARDS), limit)
        if len(ids) == limit:
            ids = self._open([random.randrange(SHARDS)], limit)
        if not ids:
            return []
        rows = self._database.read("Messages", (*MESSAGE, "UpdatedAt"), Keys(exact=ids))
        found = [(_message_of(row[:-1]), row[-1]) for row in rows]
        # The index may know less than the row: what was just sent is not asked for again.
        return [
            message
            for message, changed_at in found
            if changed_at < before and message.status is MessageStatus.REQUESTED
        ]

    def _open(self, shards: Iterable[int], limit: int) -> list[list[Any]]:
        keys = Keys(prefixes=[(shard,) for shard in shards])
        return self._database.read(
            "Messages", ("MessageId",), keys, index="OpenMessages", limit=limit
        )

    def ask_again(self, messages: Sequence[StoredMessage], events: Sequence[Event]) -> datetime:
        """Put new requests into the outbox and mark the messages as changed now."""

        def fill(batch: Batch) -> None:
            for message in messages:
                batch.update("Messages", MessageId=message.id, UpdatedAt=commit_time())
            outbox.add(batch, *events)

        return self._database.commit(fill)


def _message_of(row: Sequence[Any]) -> StoredMessage:
    message, patient, visit, template, facts, status, attempts, receipt, number = row
    return StoredMessage(
        id=MessageId(message),
        patient=PatientId(patient),
        visit=VisitId(visit) if visit else None,
        template=template,
        facts=orjson.loads(facts) if isinstance(facts, str) else facts,
        status=MessageStatus(status),
        attempts=attempts,
        receipt=Receipt(receipt) if receipt else None,
        number=number,
    )

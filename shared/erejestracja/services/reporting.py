"""Archive each event once, and only then strike it off the outbox."""

import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

import orjson

from erejestracja.domain.ids import EventId
from erejestracja.events.envelope import Delivery
from erejestracja.services.gathering import Gathering

# One call to the archive takes tens of milliseconds, for one row or for hundreds; five hundred are
# what BigQuery asks to send at most.
MOST = 500
LONGEST_S = 1.0
# What of an event's data has a column of its own.
COLUMNS = ("point", "powiat", "voivodeship", "programme", "vaccine", "dose", "day", "channel")
PERSON = "patient"
PSEUDONYM_LENGTH = 32
REFUSED = "the archive refused its row"

log = logging.getLogger(__name__)


class Archive(Protocol):
    """Keeps events for good."""

    def append(self, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """Write rows; return the event ids of those that were refused."""
        ...


class Outbox(Protocol):
    """What has happened and is not archived yet."""

    def strike(self, events: Sequence[EventId]) -> None:
        """Forget events; those that are not there are no matter."""
        ...


class Reporter:
    """Archives events, many at a time. `key` makes pseudonyms of people."""

    def __init__(
        self,
        archive: Archive,
        outbox: Outbox,
        key: bytes,
        now: Callable[[], datetime],
        *,
        most: int = MOST,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._archive = archive
        self._outbox = outbox
        self._key = key
        self._now = now
        self._gathering = Gathering(self._write, most=most, longest_s=longest_s)

    def report(self, event: Delivery) -> None:
        """Archive an event together with those that come at the same time, and strike it off.

        Only who comes first waits for that, and raises NotDone where it failed. The others are
        safe without waiting: what is not archived stays in the outbox and comes again.
        """
        self._gathering.add(event)

    def _write(self, events: Sequence[Delivery]) -> Mapping[int, str]:
        once = {event.id: event for event in events}
        now = self._now()
        refused = self._archive.append([row_of(e, self._key, now) for e in once.values()])
        archived = [EventId(event) for event in once if event not in refused]
        if archived:
            self._outbox.strike(archived)
        facts = {"archived": len(archived), "refused": sorted(refused)}
        log.log(
            logging.ERROR if refused else logging.INFO, "events archived", extra={"facts": facts}
        )
        return {n: REFUSED for n, event in enumerate(events) if event.id in refused}


def row_of(event: Delivery, key: bytes, now: datetime) -> dict[str, Any]:
    """Return an event as a row of events_raw: a person is a pseudonym, in a column of its own."""
    columns = {name: event.data.get(name) for name in COLUMNS}
    powiat = columns["powiat"]
    rest = {n: value for n, value in event.data.items() if n not in (*COLUMNS, PERSON)}
    return {
        "event_id": event.id,
        "type": event.type,
        "occurred_at": event.committed.isoformat(),
        "received_at": now.isoformat(),
        "person_key": pseudonym(event.data.get(PERSON), key),
        **columns,
        # The first two digits of a powiat's code are its voivodeship's.
        "voivodeship": columns["voivodeship"] or (powiat[:2] if powiat else None),
        "data": orjson.dumps(rest).decode(),
    }


def pseudonym(person: Any, key: bytes) -> str | None:
    """Return what stands for a person in statistics: the same each time, and naming nobody."""
    if person is None:
        return None
    return hmac.new(key, str(person).encode(), sha256).hexdigest()[:PSEUDONYM_LENGTH]

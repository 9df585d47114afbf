"""Publish again what was committed and did not get through; ask again for messages left behind."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.domain.sending import Message
from erejestracja.events.waiting import Waiting
from erejestracja.ports import Clash, Clock, Gone, Publisher

# A run ends before the next one is called, in the cloud each minute.
BUDGET_S = 20.0
PUBLISH_S = 10.0
# Sending takes seconds, with its attempts minutes; who is still waiting then may have been lost.
LEFT_BEHIND = timedelta(minutes=2)
MOST_LEFT_BEHIND = 500
TOGETHER = 50

log = logging.getLogger(__name__)


class Outbox(Protocol):
    """What has happened and is not archived yet."""

    def pages(self) -> Iterator[Sequence[Waiting]]:
        """Yield all that waits, some at a time, beginning anywhere."""
        ...

    def claim(self, chosen: Sequence[tuple[Waiting, datetime]]) -> list[Waiting]:
        """Count one more attempt of each and set the next; return those still there."""
        ...


class Sender(Protocol):
    """Publishes without waiting."""

    def send(self, event: Event, committed_at: datetime) -> "Future[str]":
        """Publish an event; the future fails where that did."""
        ...


class OpenMessages(Protocol):
    """Messages that still have to go out."""

    def open(self, limit: int) -> Iterable[Message]:
        """Return messages that were asked for and have come to no end."""
        ...

    def ask_again(self, asked: Sequence[tuple[Message, Event]]) -> datetime:
        """Put new requests into the outbox and mark the messages as changed now."""
        ...


@dataclass(frozen=True, slots=True)
class Relay:
    """What relaying works with."""

    outbox: Outbox
    sender: Sender
    clock: Clock
    random: Random
    monotonic: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class Relayed:
    """What one run saw and did; `oldest_s` is the age of the oldest event seen, in seconds.

    `whole` tells whether it saw all of the outbox before its time was up or Pub/Sub was away.
    """

    waiting: int = 0
    published: int = 0
    failed: int = 0
    oldest_s: float = 0.0
    whole: bool = True


def relay(parts: Relay) -> Relayed:
    """Publish all that is due, as far as the time goes, and say how the outbox stands."""
    done = Relayed()
    ends = parts.monotonic() + BUDGET_S
    for page in parts.outbox.pages():
        now = parts.clock.now()
        ages = [(now - waiting.committed).total_seconds() for waiting in page]
        done.waiting += len(page)
        done.oldest_s = max(done.oldest_s, *ages) if ages else done.oldest_s
        _publish(parts, [waiting for waiting in page if waiting.is_due(now)], now, done)
        if done.failed or parts.monotonic() >= ends:
            done.whole = False
            break
    facts = {"waiting": done.waiting, "published": done.published, "failed": done.failed}
    log.info("outbox relayed", extra={"facts": {**facts, "oldestAgeS": round(done.oldest_s, 1)}})
    return done


def _publish(parts: Relay, due: Sequence[Waiting], now: datetime, done: Relayed) -> None:
    """Claim first: most are struck off soon after they are published, and then are not there."""
    if not due:
        return
    claimed = parts.outbox.claim([(one, one.next_attempt(now, parts.random)) for one in due])
    futures = [parts.sender.send(one.event, one.committed) for one in claimed]
    ended, late = wait(futures, timeout=PUBLISH_S)
    failed = len(late) + sum(1 for future in ended if future.exception())
    done.failed += failed
    done.published += len(claimed) - failed


def rerequest_messages(messages: OpenMessages, publisher: Publisher, clock: Clock) -> int:
    """Ask again for messages that nobody seems to be sending; return how many.

    Sending is idempotent, so asking too often does no harm; asking never would.
    """
    now = clock.now()
    left = [m for m in messages.open(MOST_LEFT_BEHIND) if m.changed_at + LEFT_BEHIND <= now]
    asked = 0
    for start in range(0, len(left), TOGETHER):
        some = [(one, _request(one, now)) for one in left[start : start + TOGETHER]]
        try:
            committed = messages.ask_again(some)
        except (Clash, Gone):
            continue  # another run has just done so; the next one looks again
        publisher.publish([event for _, event in some], committed)
        asked += len(some)
    return asked


def _request(message: Message, now: datetime) -> Event:
    return Event(
        # Two runs of the same minute ask once.
        id=EventId(f"{message.id}.requested.{now:%Y%m%d%H%M}"),
        topic="sms-requested",
        type="sms.requested",
        data={
            "message": message.id,
            "patient": message.patient,
            "template": message.template,
        },
    )

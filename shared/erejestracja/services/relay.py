"""Publish again what was committed and did not get through; ask again for messages left behind."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.domain.message_state import StoredMessage
from erejestracja.events.waiting import Waiting
from erejestracja.ports import Clash, Clock, Gone, Publisher

# A run ends before the next one is called, in the cloud each minute.
BUDGET_S = 20.0
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
    """Publishes events of any commits."""

    def publish_again(self, events: Sequence[tuple[Event, datetime]]) -> int:
        """Publish events; return how many got through before the first failure."""
        ...


class OpenMessages(Protocol):
    """Messages that still have to go out."""

    def left_behind(self, before: datetime, limit: int) -> Sequence[StoredMessage]:
        """Return messages still requested that nothing has happened to since an instant."""
        ...

    def ask_again(self, messages: Sequence[StoredMessage], events: Sequence[Event]) -> datetime:
        """Put new requests into the outbox and mark the messages as changed now."""
        ...


@dataclass(slots=True)
class Relayed:
    """What a run saw and did; `oldest_s` is the age of the oldest event it saw."""

    waiting: int = 0
    published: int = 0
    failed: int = 0
    oldest_s: float = 0.0


class NotRelayed(Exception):  # noqa: N818 - tells the scheduler that Pub/Sub did not take all
    """Some events could not be published; the next run tries again."""


def relay(
    outbox: Outbox,
    sender: Sender,
    clock: Clock,
    random: Random,
    *,
    monotonic: Callable[[], float] = time.monotonic,
) -> int:
    """Publish all that is due, as far as the time goes; return how many. Raises NotRelayed.

    The log says how the outbox stands: alerts go by the age of the oldest.
    """
    done = Relayed()
    ends = monotonic() + BUDGET_S
    for page in outbox.pages():
        now = clock.now()
        ages = [(now - waiting.committed).total_seconds() for waiting in page]
        done.waiting += len(page)
        done.oldest_s = max([done.oldest_s, *ages])
        _publish(
            outbox, sender, [(w, w.next_attempt(now, random)) for w in page if w.is_due(now)], done
        )
        if done.failed or monotonic() >= ends:
            break
    facts = {"waiting": done.waiting, "published": done.published, "failed": done.failed}
    log.info("outbox relayed", extra={"facts": {**facts, "oldestAgeS": round(done.oldest_s, 1)}})
    if done.failed:
        raise NotRelayed(f"{done.failed} of {done.failed + done.published}")
    return done.published


def _publish(
    outbox: Outbox, sender: Sender, due: Sequence[tuple[Waiting, datetime]], done: Relayed
) -> None:
    """Claim first: most are struck off soon after they are published, and then are not there."""
    if not due:
        return
    claimed = outbox.claim(due)
    through = sender.publish_again([(one.event, one.committed) for one in claimed])
    done.published += through
    done.failed += len(claimed) - through


def ask_again(messages: OpenMessages, publisher: Publisher, clock: Clock) -> int:
    """Ask again for messages that nobody seems to be sending; return how many.

    Sending is idempotent, so asking too often does no harm; asking never would.
    """
    now = clock.now()
    left = messages.left_behind(now - LEFT_BEHIND, MOST_LEFT_BEHIND)
    asked = 0
    for start in range(0, len(left), TOGETHER):
        some = left[start : start + TOGETHER]
        events = [_request(message, now) for message in some]
        try:
            committed = messages.ask_again(some, events)
        except (Clash, Gone):
            continue  # another run has just done so; the next one looks again
        publisher.publish(events, committed)
        asked += len(some)
    return asked


def _request(message: StoredMessage, now: datetime) -> Event:
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

"""Publishing after the commit: at once, within a bounded time, or left to outbox_relay."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from erejestracja.domain.events import Event
from erejestracja.events.envelope import attributes, encoded
from erejestracja.events.settings import PubSubSettings

WAIT_S = 0.3
# After a failure requests leave their events to the relay for this long.
REST_S = 1.0
# What the relay has to say is much, and nobody waits for it. Pub/Sub takes a thousand at a time.
RELAY_WAIT_S = 5.0
TOGETHER = 500

log = logging.getLogger(__name__)


class Send(Protocol):
    """One call to Pub/Sub: all messages are taken, or it raises."""

    def __call__(self, *, topic: str, messages: Sequence[dict[str, Any]], timeout: float) -> object:
        """Publish messages to a topic."""
        ...


class PubSubPublisher:
    """Port Publisher. A dead or slow Pub/Sub does not cost every request the whole wait."""

    def __init__(
        self, send: Send, project: str, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._send = send
        self._project = project
        self._monotonic = monotonic
        self._resting_until = float("-inf")

    def publish(self, events: Sequence[Event], committed_at: datetime) -> None:
        """Publish events of one commit; what does not get through stays in the outbox."""
        if self._monotonic() < self._resting_until:
            return
        try:
            self._tell([(event, committed_at) for event in events], WAIT_S)
        except Exception as failed:  # noqa: BLE001 - whatever it is, the commit stands
            self._resting_until = self._monotonic() + REST_S
            log.warning("leaving events to the relay for a while: %s", type(failed).__name__)

    def publish_again(self, events: Sequence[tuple[Event, datetime]]) -> int:
        """Publish events of any commits; return how many got through before the first failure."""
        through = 0
        for start in range(0, len(events), TOGETHER):
            some = events[start : start + TOGETHER]
            try:
                self._tell(some, RELAY_WAIT_S)
            except Exception:
                log.exception("Pub/Sub took %d of %d events", through, len(events))
                break
            through += len(some)
        return through

    def _tell(self, events: Sequence[tuple[Event, datetime]], timeout: float) -> None:
        by_topic: dict[str, list[dict[str, Any]]] = {}
        for event, at in events:
            message = {"data": encoded(event), "attributes": attributes(event, at)}
            by_topic.setdefault(event.topic, []).append(message)
        for topic, messages in by_topic.items():
            path = f"projects/{self._project}/topics/{topic}"
            self._send(topic=path, messages=messages, timeout=timeout)


def open_publisher() -> PubSubPublisher:
    """Return the publisher; nothing is sent before the first event."""
    from google.cloud.pubsub_v1 import PublisherClient
    from google.pubsub_v1 import PublisherClient as Calls

    # The client's own way to publish starts a thread and a timer for each batch, which costs a
    # request five times as much as this one call; retries are the relay's.
    send = partial(Calls.publish, PublisherClient(), retry=None)
    return PubSubPublisher(send, PubSubSettings().project)

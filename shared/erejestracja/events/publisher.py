"""Publishing after the commit: at once, within a bounded time, or left to outbox_relay."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from datetime import datetime
from typing import Any

from erejestracja.domain.events import Event
from erejestracja.events.envelope import attributes, encoded
from erejestracja.events.settings import PubSubSettings

# Concurrent requests share a batch: on the emulator one message alone costs ten times as much CPU.
BATCH_S = 0.005
WAIT_S = 0.3
# After a failure requests hand their events over and do not wait for this long.
REST_S = 5.0
CALL_DEADLINE_S = 5.0

log = logging.getLogger(__name__)


class PubSubPublisher:
    """Port Publisher. A dead or slow Pub/Sub does not cost every request the whole wait."""

    def __init__(
        self, client: Any, project: str, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._project = project
        self._monotonic = monotonic
        self._resting_until = float("-inf")

    def publish(self, events: Sequence[Event], committed_at: datetime) -> None:
        """Publish events of one commit; what does not get through stays in the outbox."""
        sent = [self.send(event, committed_at) for event in events]
        if not sent or self._monotonic() < self._resting_until:
            return
        done, late = wait(sent, timeout=WAIT_S)
        failed = next((one.exception() for one in done if one.exception()), None)
        if late or failed:
            self._resting_until = self._monotonic() + REST_S
            why = type(failed).__name__ if failed else "too slow"
            log.warning("not waiting for Pub/Sub for a while: %s", why)

    def send(self, event: Event, committed_at: datetime) -> "Future[str]":
        """Hand one event to the client; the future ends when Pub/Sub has it, or will not."""
        path = f"projects/{self._project}/topics/{event.topic}"
        try:
            future: Future[str] = self._client.publish(
                path, encoded(event), **attributes(event, committed_at)
            )
        except Exception as failed:  # noqa: BLE001 - a stopped or unreachable client raises at once
            future = Future()
            future.set_exception(failed)
        return future


def open_publisher() -> PubSubPublisher:
    """Return the publisher; nothing is sent before the first event."""
    from google.api_core.retry import Retry
    from google.cloud.pubsub_v1 import PublisherClient
    from google.cloud.pubsub_v1.types import BatchSettings, PublisherOptions

    # One owner of retries: the relay. The client tries for some seconds and gives up.
    options = PublisherOptions(
        retry=Retry(initial=0.1, maximum=1.0, timeout=CALL_DEADLINE_S), timeout=CALL_DEADLINE_S
    )
    client = PublisherClient(
        batch_settings=BatchSettings(max_messages=100, max_latency=BATCH_S),
        publisher_options=options,
    )
    return PubSubPublisher(client, PubSubSettings().project)

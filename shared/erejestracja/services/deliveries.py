"""Tell a point's own software what happened there: once where it answers, later where it does not.

Whoever answers slowly, or not at all, holds up nobody else. An attempt that failed is written down
with the time of the next, and its event is acknowledged: were it left to Pub/Sub to deliver again,
Pub/Sub would slow down for all of us. upkeep asks for what is due. Pub/Sub keeps some pushes of a
subscription under way and no more; so who was slow lately is told of events on request, by the
subscription that requests come by.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Lock
from typing import Any, Protocol

import orjson

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PointId
from erejestracja.domain.sending import TryLater
from erejestracja.domain.webhook import (
    ASKED,
    TEST,
    Delivery,
    DeliveryStatus,
    News,
    Unwanted,
    Webhook,
    WebhookId,
    asked,
    news_of,
)
from erejestracja.events import envelope
from erejestracja.events.envelope import BadEvent
from erejestracja.ports import Clash, Clock, Gone, Publisher

# Threads of an instance that one receiver may keep waiting.
MOST_AT_ONCE = 4
# An answer that takes longer is slow, and its receiver is taken for slow for a while.
SLOW = timedelta(seconds=1)
SLOW_FOR = timedelta(minutes=10)
# A request that is lost is made anew by upkeep.
ASKED_AGAIN_AFTER = timedelta(minutes=2)
# Deliveries looked through for one that was taken, before a webhook is paused.
LOOKED_AT = 500
SYSTEM = "system"


class Webhooks(Protocol):
    """Webhooks as Spanner has them."""

    def of(self, point: PointId) -> Sequence[Webhook]:
        """Return a point's webhooks."""
        ...

    def get(self, point: PointId, webhook: WebhookId) -> Webhook | None:
        """Return one of a point's webhooks."""
        ...

    def replace(self, webhook: Webhook, actor: str) -> None:
        """Store the next version. Raises Clash or Gone where that before does not stand."""
        ...


class Deliveries(Protocol):
    """Deliveries as Spanner has them."""

    def get(self, webhook: WebhookId, happened_at: datetime, event: EventId) -> Delivery | None:
        """Return a delivery."""
        ...

    def since(self, webhook: WebhookId, instant: datetime, limit: int) -> Sequence[Delivery]:
        """Return what happened from an instant on, the oldest first."""
        ...

    def put(self, delivery: Delivery) -> None:
        """Store a delivery as it is now."""
        ...

    def ask(self, deliveries: Sequence[Delivery], events: Sequence[Event]) -> datetime:
        """Store deliveries and the requests to try them, in one commit that may be repeated."""
        ...


class Signer(Protocol):
    """Signs with sealed secrets."""

    def headers(
        self, secrets: Sequence[str], message: str, now: datetime, body: bytes
    ) -> Mapping[str, str]:
        """Return what lets a receiver know that we sent a body, signed by each of the secrets."""
        ...


class Receivers(Protocol):
    """Reaches points' software."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Hand over a body. Raises TryLater, or Unwanted."""
        ...


class Turns:
    """Who is being told right now: of each no more than a few at once."""

    def __init__(self, most: int = MOST_AT_ONCE) -> None:
        self._most = most
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def of(self, who: str) -> Iterator[bool]:
        """Yield whether there was a turn, which is kept until the end of the block."""
        with self._lock:
            free = self._taken[who] < self._most
            self._taken[who] += free
        try:
            yield free
        finally:
            with self._lock:
                self._taken[who] -= free
                if not self._taken[who]:
                    del self._taken[who]


class Slow:
    """Who was slow to answer lately, as far as this instance has seen."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def note(self, who: str, took: timedelta, now: datetime) -> None:
        """Remember how long somebody took to answer."""
        if took > SLOW:
            self._until[who] = now + SLOW_FOR

    def has(self, who: str, now: datetime) -> bool:
        """Tell whether somebody was slow lately."""
        until = self._until.get(who)
        if until is None or now < until:
            return until is not None
        self._until.pop(who, None)
        return False


@dataclass(frozen=True, slots=True)
class Messenger:
    """Delivers events to webhooks."""

    webhooks: Webhooks
    deliveries: Deliveries
    signer: Signer
    receivers: Receivers
    publisher: Publisher
    clock: Clock
    random: Random
    turns: Turns = field(default_factory=Turns)
    slow: Slow = field(default_factory=Slow)

    def hear(self, told: envelope.Delivery) -> None:
        """Deliver what an event says, or what it asks for; told twice, it is delivered once.

        Raises BadEvent for an event that cannot be understood.
        """
        if told.type == ASKED:
            self._asked(told.data)
            return
        with _understanding():
            found = news_of(told.type, told.data)
        for news in found:
            self._tell(news, told)

    def _tell(self, news: News, told: envelope.Delivery) -> None:
        for webhook in self.webhooks.of(news.point):
            event = EventId(told.id)
            if self.deliveries.get(webhook.id, told.committed, event) is None:
                delivery = Delivery(webhook.id, event, told.committed, news)
                if self.slow.has(webhook.id, self.clock.now()):
                    self._ask(delivery)
                else:
                    self._deliver(webhook, delivery)

    def _ask(self, delivery: Delivery) -> None:
        now = self.clock.now()
        events = [asked(delivery, now)]
        due = delivery.afresh(now + ASKED_AGAIN_AFTER)
        self.publisher.publish(events, self.deliveries.ask([due], events))

    def _asked(self, data: Mapping[str, Any]) -> None:
        with _understanding():
            name, point = WebhookId(data["webhook"]), PointId(data["point"])
            key = (datetime.fromisoformat(data["happenedAt"]), EventId(data["event"]))
        delivery = self.deliveries.get(name, *key)
        if delivery is None or delivery.status is not DeliveryStatus.PENDING:
            return
        webhook = self.webhooks.get(point, name)
        if webhook is None:
            self.deliveries.put(delivery.failed("deleted"))
        else:
            self._deliver(webhook, delivery)

    def _deliver(self, webhook: Webhook, delivery: Delivery) -> None:
        if webhook.paused and delivery.news.type != TEST:
            self.deliveries.put(delivery.failed("paused"))
            return
        with self.turns.of(webhook.id) as turn:
            if turn:
                self._attempt(webhook, delivery)
            else:
                self.deliveries.put(delivery.put_off(self.clock.now(), self.random.random()))

    def _attempt(self, webhook: Webhook, delivery: Delivery) -> None:
        body = body_of(delivery)
        now = self.clock.now()
        signed = self.signer.headers(webhook.secrets_at(now), delivery.message, now, body)
        try:
            self.receivers.post(webhook.url, body, signed)
        except Unwanted as gone:
            self.deliveries.put(delivery.failed(gone.reason))
            self._pause(webhook, gone.reason)
        except TryLater as later:
            self._note(webhook, now)
            self._failed(webhook, delivery.tried(later.reason, now, self.random.random()))
        else:
            self._note(webhook, now)
            self.deliveries.put(delivery.delivered())

    def _note(self, webhook: Webhook, began: datetime) -> None:
        now = self.clock.now()
        self.slow.note(webhook.id, now - began, now)

    def _failed(self, webhook: Webhook, tried: Delivery) -> None:
        self.deliveries.put(tried)
        if tried.status is DeliveryStatus.FAILED and not self._takes_others(tried):
            self._pause(webhook, "unreachable")

    def _takes_others(self, failed: Delivery) -> bool:
        """Tell whether anything of what happened since was taken: then it is this one's fault."""
        since = self.deliveries.since(failed.webhook, failed.happened_at, LOOKED_AT)
        return any(one.status is DeliveryStatus.DELIVERED for one in since)

    def _pause(self, webhook: Webhook, reason: str) -> None:
        # A test to one that is paused fails as well, and leaves it as it is.
        if not webhook.paused:
            try:
                self.webhooks.replace(webhook.pausing(reason), SYSTEM)
            except (Clash, Gone):
                return  # somebody has just changed it; the next that fails looks again


@contextmanager
def _understanding() -> Iterator[None]:
    """Turn what an event lacks into a BadEvent."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as bad:
        raise BadEvent(f"an event that lacks what it should have: {type(bad).__name__}") from bad


def body_of(delivery: Delivery) -> bytes:
    """Return the message of a delivery, the same at each attempt."""
    news = delivery.news
    happened_at = f"{delivery.happened_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    return orjson.dumps({"type": news.type, "timestamp": happened_at, "data": news.data})

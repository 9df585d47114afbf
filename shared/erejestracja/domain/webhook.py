"""Webhooks: a point's own software hears what happens there, and how each telling of it fares."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType

from erejestracja.domain.events import Event, Topic
from erejestracja.domain.ids import EventId, PointId, SessionKey, derived_id
from erejestracja.domain.sending import NotSent

WebhookId = NewType("WebhookId", str)
TOPIC: Topic = "deliveries"
ASKED = "delivery.requested"
TEST = "webhook.test"
MOVED_AWAY = "visit.movedAway"
# What a receiver is told of a visit. Not the person, opaque as the id is: who may read the visit
# has it from there, and that is audited.
VISIT = ("visit", "version", "programme", "slot", "startsAt", "day", "vaccine", "dose")
SCHEDULE = frozenset({"schedule.published", "schedule.withdrawn"})
# After each attempt that failed but the last; together some sixteen hours, over a night.
WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240, 480))
MOST_ATTEMPTS = len(WAITS) + 1
# Of a wait, so that what failed together is not tried together again.
JITTER = 0.5
LONGEST_URL = 300
MOST_PORT = 65535
# Nothing before the host, no part after a "#", and of letters only those that are in every network.
ADDRESS = re.compile(
    r"(?P<scheme>https?)://[a-z0-9.-]{1,253}(?::(?P<port>\d{1,5}))?(?:[/?][!-\"$-~]*)?",
    re.IGNORECASE,
)
# Integrators need a while to bring a new secret to all their machines.
BOTH_SECRETS = timedelta(hours=24)


class Unwanted(NotSent):
    """The receiver says that it wants nothing any more."""


class WebhookStatus(StrEnum):
    """Whether a webhook is told of anything."""

    ACTIVE = "active"
    PAUSED = "paused"


class DeliveryStatus(StrEnum):
    """Where a delivery is: what is not `pending` is final, unless it is replayed."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a point's software listens. `secret` and `former`, the one before, are sealed.

    `former` signs as well until an instant. `reason` is why it is paused. Each change makes the
    next `version`.
    """

    id: WebhookId
    point: PointId
    url: str
    secret: str
    version: int = 1
    status: WebhookStatus = WebhookStatus.ACTIVE
    reason: str | None = None
    former: str | None = None
    former_until: datetime | None = None

    @property
    def paused(self) -> bool:
        """Tell whether it is told of nothing."""
        return self.status is WebhookStatus.PAUSED

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """Return the sealed secrets that sign at an instant, the newest first."""
        if self.former and self.former_until and now < self.former_until:
            return self.secret, self.former
        return (self.secret,)

    def rotated(self, secret: str, now: datetime) -> "Webhook":
        """Return it with a new secret; the one until now signs as well for a while."""
        until = now + BOTH_SECRETS
        return replace(
            self, version=self.version + 1, secret=secret, former=self.secret, former_until=until
        )

    def pausing(self, reason: str) -> "Webhook":
        """Return it told of nothing."""
        version = self.version + 1
        return replace(self, version=version, status=WebhookStatus.PAUSED, reason=reason)

    def resumed(self) -> "Webhook":
        """Return it told of everything again."""
        version = self.version + 1
        return replace(self, version=version, status=WebhookStatus.ACTIVE, reason=None)


@dataclass(frozen=True, slots=True)
class News:
    """What a point is told of an event."""

    point: PointId
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook.

    `happened_at` is the commit that made it true, `due_at` when it is tried next, `attempts` how
    many have failed, `failure` why the last one did.
    """

    webhook: WebhookId
    event: EventId
    happened_at: datetime
    news: News
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    due_at: datetime | None = None
    failure: str | None = None

    @property
    def message(self) -> str:
        """Return what the receiver knows it by, the same at each attempt."""
        return f"msg_{derived_id('webhook', self.webhook, self.event)}"

    def delivered(self) -> "Delivery":
        """Return it as taken."""
        return replace(self, status=DeliveryStatus.DELIVERED, due_at=None, failure=None)

    def failed(self, reason: str) -> "Delivery":
        """Return it as given up."""
        return replace(self, status=DeliveryStatus.FAILED, due_at=None, failure=reason)

    def tried(self, reason: str, now: datetime, lot: float) -> "Delivery":
        """Return it after an attempt that failed: due later by a lot (0 to 1), or given up."""
        attempts = self.attempts + 1
        counted = replace(self, attempts=attempts, failure=reason)
        if attempts >= MOST_ATTEMPTS:
            return counted.failed(reason)
        return replace(counted, due_at=now + WAITS[attempts - 1] * (1 + JITTER * lot))

    def put_off(self, now: datetime, lot: float) -> "Delivery":
        """Return it due a little later, as no attempt was made."""
        return replace(self, due_at=now + WAITS[0] * (1 + JITTER * lot))

    def afresh(self, due_at: datetime) -> "Delivery":
        """Return it as never tried, and asked for."""
        return replace(self, status=DeliveryStatus.PENDING, attempts=0, due_at=due_at, failure=None)


def news_of(kind: str, data: Mapping[str, Any]) -> list[News]:
    """Return what points are told of an event; nothing of most. Raises KeyError, ValueError.

    Whoever a visit moved away from hears that it left, and not where to.
    """
    if kind in SCHEDULE:
        return [_news(data["point"], kind, {"sessions": data["sessions"]})]
    if not kind.startswith("visit."):
        return []
    told = _news(data["point"], kind, {name: data[name] for name in VISIT})
    others = {SessionKey.parse(one).point for one in data["sessions"]} - {told.point}
    left = {"visit": data["visit"], "version": data["version"]}
    return [told, *(_news(there, MOVED_AWAY, left) for there in sorted(others))]


def _news(point: str, kind: str, data: Mapping[str, Any]) -> News:
    return News(PointId(point), kind, {"point": point, **data})


def test_of(webhook: Webhook, now: datetime, due_at: datetime) -> Delivery:
    """Return the delivery of a test."""
    event = EventId(derived_id("webhook-test", webhook.id, now.isoformat()))
    news = _news(webhook.point, TEST, {"webhook": webhook.id})
    return Delivery(webhook.id, event, now, news, due_at=due_at)


def asked(delivery: Delivery, now: datetime) -> Event:
    """Return the request to try a delivery; two of the same second are one."""
    return Event(
        id=EventId(f"{delivery.message}.{now:%Y%m%d%H%M%S}"),
        topic=TOPIC,
        type=ASKED,
        data={
            "webhook": delivery.webhook,
            "point": delivery.news.point,
            "event": delivery.event,
            "happenedAt": delivery.happened_at.isoformat(),
        },
    )


def is_address(url: str, *, plainly: bool) -> bool:
    """Tell whether a webhook may have this address: https, a host's name, and no more than needed.

    `plainly` allows http too, for receivers of this very machine.
    """
    found = ADDRESS.fullmatch(url) if len(url) <= LONGEST_URL else None
    if found is None or not 0 < int(found["port"] or 443) <= MOST_PORT:
        return False
    return plainly or found["scheme"].lower() == "https"

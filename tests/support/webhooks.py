"""Webhooks and deliveries in memory, receivers that answer as a test wants, and their contract."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Actor
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PointId
from erejestracja.domain.sending import NotSent
from erejestracja.domain.visit import VisitChange
from erejestracja.domain.webhook import (
    Delivery,
    DeliveryStatus,
    News,
    Webhook,
    WebhookId,
    asked,
)
from erejestracja.ports import Clash, Gone
from erejestracja.services.changes import change_at
from tests.support.builders import NOW, POINT, a_point, a_visit

OTHER = PointId("bbbbbbbbbb")
HOOK = WebhookId("hook-1")
URL = "https://software.example.org/hook"
TEN = timedelta(seconds=10)


def a_webhook(**changes: Any) -> Webhook:
    """The point's software listens."""
    facts: dict[str, Any] = {"id": HOOK, "point": POINT, "url": URL, "secret": "sealed-1"}
    return Webhook(**(facts | changes))


def a_delivery(**changes: Any) -> Delivery:
    """A visit was booked, and the first attempt to tell of it failed."""
    facts: dict[str, Any] = {
        "webhook": HOOK,
        "event": EventId("visit-1.1"),
        "happened_at": NOW,
        "news": News(POINT, "visit.booked", {"point": POINT, "visit": "visit-1"}),
        "attempts": 1,
        "due_at": NOW + timedelta(minutes=1),
        "failure": "http_503",
    }
    return Delivery(**(facts | changes))


def told_of_a_visit(what: VisitChange = VisitChange.BOOKED, **changes: Any) -> dict[str, Any]:
    """What the suite tells when a visit at the point was changed, at the web."""
    visit = a_visit(version=changes.pop("version", 1))
    change = change_at(a_point(), visit, what, Actor("anna", frozenset()))
    return {**change.events[0].data, **changes}


@dataclass
class FakeWebhooks:
    """Port Webhooks."""

    rows: dict[tuple[str, str], Webhook] = field(default_factory=dict)
    points: tuple[PointId, ...] = (POINT, OTHER)

    @classmethod
    def having(cls, *webhooks: Webhook) -> "FakeWebhooks":
        return cls({(one.point, one.id): one for one in webhooks})

    def of(self, point: PointId) -> list[Webhook]:
        return [one for key, one in sorted(self.rows.items()) if key[0] == point]

    def get(self, point: PointId, webhook: WebhookId) -> Webhook | None:
        return self.rows.get((point, webhook))

    def add(self, webhook: Webhook, actor: str) -> None:
        assert actor
        if webhook.point not in self.points:
            raise Gone("Points")
        if (webhook.point, webhook.id) in self.rows:
            raise Clash("Webhooks")
        self.rows[webhook.point, webhook.id] = webhook

    def replace(self, webhook: Webhook, actor: str) -> None:
        assert actor
        self._check(webhook, webhook.version - 1)
        self.rows[webhook.point, webhook.id] = webhook

    def delete(self, webhook: Webhook) -> None:
        self._check(webhook, webhook.version)
        del self.rows[webhook.point, webhook.id]

    def _check(self, webhook: Webhook, version: int) -> None:
        there = self.rows.get((webhook.point, webhook.id))
        if there is None or there.version != version:
            raise Gone("Webhooks")


@dataclass
class FakeDeliveries:
    """Port Deliveries, with what was told in its commits."""

    rows: dict[tuple[str, datetime, str], Delivery] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)

    def get(self, webhook: WebhookId, happened_at: datetime, event: EventId) -> Delivery | None:
        return self.rows.get((webhook, happened_at, event))

    def since(self, webhook: WebhookId, instant: datetime, limit: int) -> list[Delivery]:
        found = [one for key, one in sorted(self.rows.items()) if key[0] == webhook]
        return [one for one in found if one.happened_at >= instant][:limit]

    def failed(self, webhook: WebhookId, instant: datetime, limit: int) -> list[Delivery]:
        found = self.since(webhook, instant, len(self.rows))
        return [one for one in found if one.status is DeliveryStatus.FAILED][:limit]

    def due(self, now: datetime, limit: int) -> list[Delivery]:
        pending = [o for o in self.rows.values() if o.status is DeliveryStatus.PENDING]
        return [one for one in pending if one.due_at and one.due_at <= now][:limit]

    def put(self, delivery: Delivery) -> None:
        self.rows[delivery.webhook, delivery.happened_at, delivery.event] = delivery

    def ask(self, deliveries: Sequence[Delivery], events: Sequence[Event]) -> datetime:
        for delivery in deliveries:
            self.put(delivery)
        self.told.extend(events)
        return NOW

    def postpone(
        self, deliveries: Sequence[Delivery], due_at: datetime, events: Sequence[Event]
    ) -> datetime:
        keys = [(one.webhook, one.happened_at, one.event) for one in deliveries]
        if not set(keys) <= set(self.rows):
            raise Gone("WebhookDeliveries")
        for key in keys:
            self.rows[key] = replace(self.rows[key], due_at=due_at)
        self.told.extend(events)
        return NOW


@dataclass
class FakeVault:
    """Secrets that are what they are called, sealed by a word."""

    made: int = 0

    def new(self) -> tuple[str, str]:
        self.made += 1
        return f"whsec_{self.made}", f"sealed-{self.made}"

    def headers(
        self, secrets: Sequence[str], message: str, now: datetime, body: bytes
    ) -> Mapping[str, str]:
        assert body
        assert now.tzinfo
        return {"webhook-id": message, "webhook-signature": " ".join(secrets)}


@dataclass
class ScriptedReceivers:
    """Answer one after the other as told; take everything after that."""

    answers: list[NotSent] = field(default_factory=list)
    posts: list[tuple[str, bytes, Mapping[str, str]]] = field(default_factory=list)
    meanwhile: Callable[[], object] = bool

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        self.posts.append((url, body, headers))
        self.meanwhile()
        if self.answers:
            raise self.answers.pop(0)


class WebhooksContract:
    """What holds of every place where webhooks are kept, at two points."""

    def test_a_webhook_is_stored_as_it_is(self, webhooks: Any) -> None:
        whole = a_webhook(reason="gone", former="sealed-0", former_until=NOW).pausing("gone")
        webhooks.add(whole, "admin")
        assert webhooks.get(POINT, HOOK) == whole
        assert list(webhooks.of(POINT)) == [whole]
        assert list(webhooks.of(OTHER)) == []
        assert webhooks.get(OTHER, HOOK) is None

    def test_it_is_made_once_and_only_at_a_point(self, webhooks: Any) -> None:
        webhooks.add(a_webhook(), "admin")
        with pytest.raises(Clash):
            webhooks.add(a_webhook(), "admin")
        with pytest.raises(Gone):
            webhooks.add(a_webhook(point=PointId("nowhere")), "admin")

    def test_one_version_is_changed_once(self, webhooks: Any) -> None:
        webhooks.add(a_webhook(), "admin")
        webhooks.replace(a_webhook().pausing("gone"), "admin")
        with pytest.raises((Clash, Gone)):
            webhooks.replace(a_webhook().rotated("sealed-2", NOW), "admin")
        assert list(webhooks.of(POINT)) == [a_webhook().pausing("gone")]

    def test_it_is_deleted_as_it_was_seen(self, webhooks: Any) -> None:
        webhooks.add(a_webhook(), "admin")
        changed = a_webhook().pausing("gone")
        webhooks.replace(changed, "admin")
        with pytest.raises(Gone):
            webhooks.delete(a_webhook())
        webhooks.delete(changed)
        assert list(webhooks.of(POINT)) == []
        with pytest.raises(Gone):
            webhooks.replace(changed.resumed(), "admin")


class DeliveriesContract:
    """What holds of every place where deliveries are kept."""

    def test_a_delivery_is_stored_as_it_is(self, deliveries: Any) -> None:
        deliveries.put(a_delivery())
        assert deliveries.get(HOOK, NOW, EventId("visit-1.1")) == a_delivery()
        assert deliveries.get(HOOK, NOW, EventId("visit-1.2")) is None
        deliveries.put(a_delivery().delivered())
        assert deliveries.get(HOOK, NOW, EventId("visit-1.1")) == a_delivery().delivered()

    def test_a_webhooks_history_is_told_from_an_instant_on(self, deliveries: Any) -> None:
        made = [a_delivery(happened_at=NOW + n * TEN, event=EventId(f"e{n}")) for n in (2, 0, 1)]
        for one in [*made, a_delivery(webhook=WebhookId("other"), happened_at=NOW + 3 * TEN)]:
            deliveries.put(one)
        told = [one.event for one in deliveries.since(HOOK, NOW + TEN, 10)]
        assert told == ["e1", "e2"]
        assert [one.event for one in deliveries.since(HOOK, NOW, 1)] == ["e0"]
        assert deliveries.failed(HOOK, NOW, 10) == []

    def test_what_failed_is_told_from_an_instant_on(self, deliveries: Any) -> None:
        for n in range(3):
            event = EventId(f"e{n}")
            failed = a_delivery(happened_at=NOW + n * TEN, event=event).failed("paused")
            deliveries.put(failed)
        deliveries.put(a_delivery(happened_at=NOW + 4 * TEN).delivered())
        failed = deliveries.failed(HOOK, NOW + TEN, 10)
        assert [(one.event, one.failure) for one in failed] == [("e1", "paused"), ("e2", "paused")]

    def test_what_is_pending_is_due_when_its_time_has_come(self, deliveries: Any) -> None:
        soon, later = a_delivery(), a_delivery(event=EventId("e2"), due_at=NOW + timedelta(hours=1))
        for one in (soon, later, a_delivery(event=EventId("e3")).delivered()):
            deliveries.put(one)
        assert deliveries.due(NOW, 100) == []
        assert deliveries.due(NOW + timedelta(minutes=1), 100) == [soon]
        assert len(deliveries.due(NOW + timedelta(hours=1), 100)) == 2

    def test_asking_stores_and_may_be_repeated(self, deliveries: Any) -> None:
        anew = a_delivery().delivered().afresh(NOW + TEN)
        for _ in range(2):
            deliveries.ask([anew], [asked(anew, NOW)])
        assert deliveries.get(HOOK, NOW, anew.event) == anew

    def test_postponing_changes_nothing_but_when_it_is_due(self, deliveries: Any) -> None:
        deliveries.put(a_delivery())
        deliveries.put(a_delivery().delivered())  # ended while upkeep was looking
        deliveries.postpone([a_delivery()], NOW + TEN, [asked(a_delivery(), NOW)])
        found = deliveries.get(HOOK, NOW, EventId("visit-1.1"))
        assert found == replace(a_delivery().delivered(), due_at=NOW + TEN)
        assert deliveries.due(NOW + TEN, 10) == []

    def test_what_was_forgotten_is_not_postponed(self, deliveries: Any) -> None:
        with pytest.raises(Gone):
            deliveries.postpone([a_delivery()], NOW + TEN, [])

"""Webhooks on the Spanner emulator, and told by the real adapters over real sockets."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from standardwebhooks import Webhook as Scheme

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import VersionMismatch
from erejestracja.domain.webhook import Webhook
from erejestracja.events import envelope
from erejestracja.services import webhooks as owners
from erejestracja.services.deliveries import Messenger
from erejestracja.services.webhooks import Switchboard
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.deliveries import SpannerDeliveries
from erejestracja.storage.spanner.outbox import Outbox
from erejestracja.storage.spanner.webhooks import SpannerWebhooks
from erejestracja.webhooks.receivers import PublicReceivers
from erejestracja.webhooks.settings import WebhookSettings
from erejestracja.webhooks.signing import Vault
from tests.support.builders import POINT, a_point, an_actor
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.receiver import Receiver, receiving
from tests.support.spanner import save
from tests.support.webhooks import OTHER, DeliveriesContract, WebhooksContract, told_of_a_visit

pytestmark = pytest.mark.emulator
ADMIN = an_actor(Role.ADMIN)
DESKS = 8


@pytest.fixture
def saved(database: Database) -> Database:
    save(database, [a_point(), a_point(id=OTHER)], [], [], [])
    return database


class TestSpannerWebhooks(WebhooksContract):
    @pytest.fixture
    def webhooks(self, saved: Database) -> SpannerWebhooks:
        return SpannerWebhooks(saved)


class TestSpannerDeliveries(DeliveriesContract):
    @pytest.fixture
    def deliveries(self, database: Database) -> SpannerDeliveries:
        return SpannerDeliveries(database)


class Whole:
    """All of it, with a clock that is set."""

    def __init__(self, database: Database) -> None:
        self.clock = SetClock(datetime.now(UTC))
        self.publisher = RememberingPublisher()
        self.vault = Vault("a key for tests")
        self.deliveries = SpannerDeliveries(database)
        parts = SpannerWebhooks(database), self.deliveries
        self.board = Switchboard(*parts, self.vault, self.publisher, self.clock, plainly=True)
        receivers = PublicReceivers(WebhookSettings(loopback=True, timeout_s=1))
        self.messenger = Messenger(
            *parts, self.vault, receivers, self.publisher, self.clock, Random(1)
        )

    def subscribed(self, receiver: Receiver) -> tuple[Webhook, str]:
        made, secret = owners.subscribed(self.board, ADMIN, POINT, receiver.url, "key")
        assert secret
        return made, secret

    def hear(self, number: int) -> None:
        told = told_of_a_visit(visit=f"visit-{number}")
        event = envelope.Delivery(f"visit-{number}.1", "visit.booked", told, self.clock.at)
        self.messenger.hear(event)

    def asked(self) -> None:
        """Do what Pub/Sub does with requests."""
        events, self.publisher.told = self.publisher.told, []
        for one in events:
            self.messenger.hear(envelope.Delivery(one.id, one.type, one.data, self.clock.at))


@pytest.fixture
def whole(saved: Database) -> Whole:
    return Whole(saved)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def test_what_was_told_can_be_verified_with_the_schemes_own_library(
    whole: Whole, receiver: Receiver
) -> None:
    webhook, first = whole.subscribed(receiver)
    _, second = owners.rotated(whole.board, ADMIN, webhook)
    whole.hear(1)
    [(headers, body)] = receiver.got
    for secret in (first, second):
        told: Any = Scheme(secret).verify(body, headers)
        assert told["type"] == "visit.booked"
        assert told["data"]["visit"] == "visit-1"


def test_an_outage_is_made_up_for_and_each_message_keeps_its_id(
    whole: Whole, receiver: Receiver
) -> None:
    webhook, _ = whole.subscribed(receiver)
    receiver.status = 503
    whole.hear(1)
    receiver.status = 204
    whole.clock.at += timedelta(minutes=2)
    assert owners.ask_again(whole.deliveries, whole.publisher, whole.clock) == 1
    whole.asked()
    assert owners.ask_again(whole.deliveries, whole.publisher, whole.clock) == 0
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 2
    [one], _ = owners.history(whole.board, webhook, datetime(2020, 1, 1, tzinfo=UTC), failed=False)
    assert (one.status, one.attempts) == ("delivered", 1)


def test_what_was_told_once_is_told_again_when_it_is_replayed(
    whole: Whole, receiver: Receiver, saved: Database
) -> None:
    webhook, _ = whole.subscribed(receiver)
    began = whole.clock.at
    for number in range(3):
        whole.hear(number)
        whole.hear(number)
        whole.clock.at += timedelta(seconds=1)
    assert len(receiver.got) == 3
    assert owners.replayed(whole.board, ADMIN, webhook, began + timedelta(seconds=1)) == (2, None)
    waiting = [one.event.type for page in Outbox(saved).pages() for one in page]
    assert waiting == ["delivery.requested"] * 2
    whole.asked()
    ids = [json.loads(body)["data"]["visit"] for _, body in receiver.got]
    assert ids[:3] == ["visit-0", "visit-1", "visit-2"]
    assert sorted(ids[3:]) == ["visit-1", "visit-2"]


def test_of_desks_that_rotate_at_once_one_does(whole: Whole, receiver: Receiver) -> None:
    webhook, _ = whole.subscribed(receiver)

    def rotate(_: int) -> str | None:
        try:
            return owners.rotated(whole.board, ADMIN, webhook)[1]
        except VersionMismatch:
            return None

    with ThreadPoolExecutor(DESKS) as pool:
        [won] = [secret for secret in pool.map(rotate, range(DESKS)) if secret]
    whole.hear(1)
    [(headers, body)] = receiver.got
    assert Scheme(won).verify(body, headers)

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound, VersionMismatch
from erejestracja.domain.ids import EventId, PointId
from erejestracja.domain.webhook import BOTH_SECRETS, Webhook, WebhookId
from erejestracja.ports import Clash
from erejestracja.services import webhooks
from erejestracja.services.webhooks import MOST_REPLAYED, MOST_WEBHOOKS, Switchboard
from tests.support.builders import NOW, POINT, an_actor
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.webhooks import (
    HOOK,
    OTHER,
    URL,
    DeliveriesContract,
    FakeDeliveries,
    FakeVault,
    FakeWebhooks,
    WebhooksContract,
    a_delivery,
    a_webhook,
)

ADMIN = an_actor(Role.ADMIN)
SECOND = timedelta(seconds=1)


class TestFakeWebhooks(WebhooksContract):
    @pytest.fixture
    def webhooks(self) -> FakeWebhooks:
        return FakeWebhooks()


class TestFakeDeliveries(DeliveriesContract):
    @pytest.fixture
    def deliveries(self) -> FakeDeliveries:
        return FakeDeliveries()


@dataclass
class Office:
    webhooks: FakeWebhooks = field(default_factory=lambda: FakeWebhooks.having(a_webhook()))
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    publisher: RememberingPublisher = field(default_factory=RememberingPublisher)
    clock: SetClock = field(default_factory=SetClock)

    @property
    def board(self) -> Switchboard:
        parts = (self.webhooks, self.deliveries, FakeVault(), self.publisher, self.clock)
        return Switchboard(*parts)

    def happened(self, number: int) -> None:
        for n in range(number):
            one = a_delivery(happened_at=NOW + n * SECOND, event=EventId(f"e{n}"))
            self.deliveries.put(one.delivered() if n % 2 else one.failed("paused"))

    def subscribe(self, key: str = "key", url: str = URL, point: PointId = POINT) -> Any:
        actor = replace(ADMIN, points=frozenset({POINT, PointId("nowhere")}))
        return webhooks.subscribed(self.board, actor, point, url, key)


def test_a_webhook_is_made_with_a_secret_that_is_told_once() -> None:
    office = Office(FakeWebhooks())
    made, secret = office.subscribe()
    assert secret == "whsec_1"
    assert (made.url, made.secret, made.paused) == (URL, "sealed-1", False)
    assert webhooks.listed(office.board, ADMIN, POINT) == [made]
    assert office.subscribe() == (made, None)


def test_a_repeat_at_the_same_time_is_the_same_webhook() -> None:
    class Racing(FakeWebhooks):
        def add(self, webhook: Webhook, actor: str) -> None:
            super().add(replace(webhook, secret="the other's"), "other")
            raise Clash(actor)

    made, secret = Office(Racing()).subscribe()
    assert (made.secret, secret) == ("the other's", None)


def test_a_webhook_leads_to_https_only() -> None:
    with pytest.raises(InvalidRequest):
        Office().subscribe(url="http://software.example.org/")


def test_a_point_has_some_webhooks_and_no_more() -> None:
    office = Office(FakeWebhooks())
    for number in range(MOST_WEBHOOKS):
        office.subscribe(str(number))
    with pytest.raises(InvalidRequest):
        office.subscribe("one more")


def test_no_webhook_is_made_of_a_point_that_is_not() -> None:
    with pytest.raises(NotFound):
        Office().subscribe(point=PointId("nowhere"))


def test_webhooks_of_other_points_are_nobodys() -> None:
    board = Office().board
    with pytest.raises(NotAllowed):
        webhooks.listed(board, ADMIN, OTHER)
    with pytest.raises(NotAllowed):
        webhooks.subscribed(board, ADMIN, OTHER, URL, "key")
    with pytest.raises(NotAllowed):
        webhooks.find(board, ADMIN, OTHER, HOOK)
    with pytest.raises(NotFound):
        webhooks.find(board, ADMIN, POINT, WebhookId("none"))


def test_a_webhook_is_found_as_it_was_seen() -> None:
    board = Office().board
    assert webhooks.find(board, ADMIN, POINT, HOOK, "1") == a_webhook()
    with pytest.raises(VersionMismatch):
        webhooks.find(board, ADMIN, POINT, HOOK, "2")


def test_a_new_secret_signs_beside_the_former() -> None:
    office = Office()
    after, secret = webhooks.rotated(office.board, ADMIN, a_webhook())
    assert secret == "whsec_1"
    assert after.former_until == NOW + BOTH_SECRETS
    assert office.webhooks.of(POINT) == [after]
    with pytest.raises(VersionMismatch):
        webhooks.rotated(office.board, ADMIN, a_webhook())


def test_it_is_deleted_as_it_was_seen() -> None:
    office = Office()
    with pytest.raises(VersionMismatch):
        webhooks.ended(office.board, replace(a_webhook(), version=2))
    webhooks.ended(office.board, a_webhook())
    assert office.webhooks.of(POINT) == []


def test_a_test_is_asked_for_and_told() -> None:
    office = Office()
    test = webhooks.tested(office.board, a_webhook())
    assert office.deliveries.since(HOOK, NOW, 5) == [test]
    assert [event.data["event"] for event in office.publisher.told] == [test.event]
    assert office.publisher.told == office.deliveries.told


def test_what_failed_is_listed_and_where_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MOST_SHOWN", 2)
    office = Office()
    office.happened(5)
    found, more = webhooks.history(office.board, a_webhook(), NOW, failed=True)
    assert [one.event for one in found] == ["e0", "e2"]
    assert more == NOW + 4 * SECOND
    found, more = webhooks.history(office.board, a_webhook(), NOW + 3 * SECOND, failed=False)
    assert ([one.event for one in found], more) == (["e3", "e4"], None)


def test_a_replay_delivers_all_of_it_anew_and_resumes() -> None:
    office = Office()
    office.happened(5)
    paused = a_webhook().pausing("unreachable")
    office.webhooks = FakeWebhooks.having(paused)
    assert webhooks.replayed(office.board, ADMIN, paused, NOW + SECOND) == (4, None)
    assert not office.webhooks.of(POINT)[0].paused
    states = [(one.status, one.attempts) for one in office.deliveries.since(HOOK, NOW, 9)]
    assert states == [("failed", 1), *[("pending", 0)] * 4]
    assert len({event.id for event in office.publisher.told}) == 4
    with pytest.raises(VersionMismatch):
        webhooks.replayed(office.board, ADMIN, paused, NOW)


def test_a_long_replay_goes_on_where_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    office.happened(7)
    monkeypatch.setattr(webhooks, "MOST_REPLAYED", 4)
    monkeypatch.setattr(webhooks, "TOGETHER", 3)
    assert webhooks.replayed(office.board, ADMIN, a_webhook(), NOW) == (4, NOW + 4 * SECOND)
    assert MOST_REPLAYED % 100 == 0


def test_upkeep_asks_for_what_is_due_and_once() -> None:
    office = Office()
    office.deliveries.put(a_delivery())
    office.deliveries.put(a_delivery(event=EventId("e2"), due_at=NOW + timedelta(hours=1)))
    parts = (office.deliveries, office.publisher, office.clock)
    assert webhooks.ask_again(*parts) == 0
    office.clock.at += timedelta(minutes=2)
    assert webhooks.ask_again(*parts) == 1
    assert webhooks.ask_again(*parts) == 0
    assert len(office.publisher.told) == 1


def test_what_was_forgotten_meanwhile_is_left_to_the_next_run() -> None:
    class Forgetful(FakeDeliveries):
        def postpone(self, *parts: Any) -> Any:
            self.rows.clear()
            return super().postpone(*parts)

    office = Office(deliveries=Forgetful())
    office.deliveries.put(a_delivery(due_at=NOW))
    assert webhooks.ask_again(office.deliveries, office.publisher, office.clock) == 0
    assert office.publisher.told == []

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import orjson
import pytest

from erejestracja.domain.ids import EventId
from erejestracja.domain.sending import TryLater
from erejestracja.domain.visit import VisitChange
from erejestracja.domain.webhook import (
    MOST_ATTEMPTS,
    TEST,
    Delivery,
    Unwanted,
    WebhookId,
    asked,
    test_of,
)
from erejestracja.events import envelope
from erejestracja.events.envelope import BadEvent
from erejestracja.services.deliveries import (
    ASKED_AGAIN_AFTER,
    MOST_AT_ONCE,
    SLOW,
    SLOW_FOR,
    Messenger,
    Slow,
    Turns,
)
from tests.support.builders import NOW, POINT
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.webhooks import (
    HOOK,
    OTHER,
    URL,
    FakeDeliveries,
    FakeVault,
    FakeWebhooks,
    ScriptedReceivers,
    a_delivery,
    a_webhook,
    told_of_a_visit,
)

test_of.__test__ = False  # type: ignore[attr-defined]


@dataclass
class Post:
    """A messenger with its parts in reach."""

    receivers: ScriptedReceivers = field(default_factory=ScriptedReceivers)
    webhooks: FakeWebhooks = field(default_factory=lambda: FakeWebhooks.having(a_webhook()))
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    clock: SetClock = field(default_factory=SetClock)
    publisher: RememberingPublisher = field(default_factory=RememberingPublisher)
    turns: Turns = field(default_factory=Turns)
    slow: Slow = field(default_factory=Slow)

    def hear(self, kind: str = "visit.booked", data: Any = None, name: str = "v.1") -> None:
        ways = (self.webhooks, self.deliveries, FakeVault(), self.receivers)
        parts = (*ways, self.publisher, self.clock)
        data = told_of_a_visit() if data is None else data
        Messenger(*parts, Random(1), self.turns, self.slow).hear(
            envelope.Delivery(name, kind, data, NOW)
        )

    def ask(self, delivery: Delivery) -> None:
        event = asked(delivery, NOW)
        self.hear(event.type, event.data, event.id)

    def later(self, by: timedelta) -> None:
        self.clock.at += by

    def states(self) -> list[tuple[str, str | None]]:
        return [(one.status.value, one.failure) for one in self.deliveries.rows.values()]


def a_post(*answers: Any) -> Post:
    return Post(ScriptedReceivers(list(answers)))


def test_a_point_is_told_what_happened_and_when() -> None:
    post = a_post()
    post.hear()
    [(url, body, headers)] = post.receivers.posts
    told = orjson.loads(body)
    assert url == URL
    assert (told["type"], told["timestamp"]) == ("visit.booked", "2026-12-01T09:00:00.000000Z")
    assert told["data"]["point"] == POINT
    assert "patient" not in told["data"]
    [delivery] = post.deliveries.rows.values()
    assert headers == {"webhook-id": delivery.message, "webhook-signature": "sealed-1"}
    assert post.states() == [("delivered", None)]


def test_an_event_told_twice_is_delivered_once() -> None:
    post = a_post(TryLater("timeout"))
    for _ in range(3):
        post.hear()
    assert len(post.receivers.posts) == 1
    assert post.states() == [("pending", "timeout")]


def test_both_secrets_sign_while_they_hold() -> None:
    post = a_post()
    post.webhooks = FakeWebhooks.having(a_webhook().rotated("sealed-2", NOW))
    post.hear()
    assert post.receivers.posts[0][2]["webhook-signature"] == "sealed-2 sealed-1"


def test_each_of_a_points_webhooks_is_told_and_one_that_is_down_keeps_nobody() -> None:
    post = a_post(TryLater("timeout"))
    other = a_webhook(id=WebhookId("hook-2"))
    post.webhooks = FakeWebhooks.having(a_webhook(), other)
    post.hear()
    assert post.states() == [("pending", "timeout"), ("delivered", None)]
    assert len({headers["webhook-id"] for _, _, headers in post.receivers.posts}) == 2


def test_both_points_of_a_visit_that_moved_are_told() -> None:
    post = a_post()
    there = a_webhook(id=WebhookId("hook-2"), point=OTHER)
    post.webhooks = FakeWebhooks.having(a_webhook(), there)
    sessions = [f"{OTHER}-20261203-0", *told_of_a_visit()["sessions"]]
    post.hear("visit.moved", told_of_a_visit(VisitChange.MOVED, sessions=sessions))
    kinds = [orjson.loads(body)["type"] for _, body, _ in post.receivers.posts]
    assert kinds == ["visit.moved", "visit.movedAway"]


def test_a_point_without_software_costs_one_look() -> None:
    post = a_post()
    post.webhooks = FakeWebhooks()
    post.hear()
    post.hear("hold.placed", {})
    assert post.deliveries.rows == {}


def test_what_failed_is_tried_again_when_asked_for_under_the_same_id() -> None:
    post = a_post(TryLater("http_503"))
    post.hear()
    [pending] = post.deliveries.rows.values()
    assert pending.due_at is not None
    assert NOW + timedelta(minutes=1) <= pending.due_at <= NOW + timedelta(seconds=90)
    post.ask(pending)
    post.ask(pending)
    assert len({headers["webhook-id"] for _, _, headers in post.receivers.posts}) == 1
    assert len(post.receivers.posts) == 2
    assert post.states() == [("delivered", None)]


def test_the_last_attempt_ends_it_and_pauses_who_takes_nothing() -> None:
    post = a_post(TryLater("timeout"))
    post.deliveries.put(a_delivery(attempts=MOST_ATTEMPTS - 1))
    post.ask(a_delivery())
    assert post.states() == [("failed", "timeout")]
    [webhook] = post.webhooks.of(POINT)
    assert (webhook.paused, webhook.reason) == (True, "unreachable")


def test_who_takes_others_is_not_paused_for_one() -> None:
    post = a_post(TryLater("http_500"))
    post.deliveries.put(a_delivery(attempts=MOST_ATTEMPTS - 1))
    post.deliveries.put(
        a_delivery(happened_at=NOW + timedelta(hours=1), event=EventId("e2")).delivered()
    )
    post.ask(a_delivery())
    assert not post.webhooks.of(POINT)[0].paused


def test_who_wants_nothing_any_more_is_paused_at_once() -> None:
    post = a_post(Unwanted("gone"))
    post.hear()
    assert post.states() == [("failed", "gone")]
    assert post.webhooks.of(POINT)[0].reason == "gone"


def test_who_was_changed_meanwhile_is_not_paused() -> None:
    post = a_post(Unwanted("gone"))
    changed = a_webhook().rotated("sealed-2", NOW)

    def change() -> None:
        post.webhooks.rows[POINT, HOOK] = changed

    post.receivers.meanwhile = change
    post.hear()
    assert post.webhooks.of(POINT) == [changed]


def test_while_it_is_paused_what_happens_is_kept_to_be_replayed() -> None:
    post = a_post()
    post.webhooks = FakeWebhooks.having(a_webhook().pausing("unreachable"))
    post.hear()
    assert post.states() == [("failed", "paused")]
    assert post.receivers.posts == []


def test_a_paused_webhook_can_be_tested_and_stays_paused() -> None:
    paused = a_webhook().pausing("unreachable")
    post = a_post(Unwanted("gone"))
    post.webhooks = FakeWebhooks.having(paused)
    test = test_of(paused, NOW, NOW)
    post.deliveries.put(test)
    post.ask(test)
    assert orjson.loads(post.receivers.posts[0][1])["type"] == TEST
    assert post.states() == [("failed", "gone")]
    assert post.webhooks.of(POINT) == [paused]


def test_what_is_on_its_way_to_a_deleted_webhook_ends() -> None:
    post = a_post()
    post.webhooks = FakeWebhooks()
    post.deliveries.put(a_delivery())
    post.ask(a_delivery())
    assert post.states() == [("failed", "deleted")]


def test_what_nobody_knows_of_is_not_delivered() -> None:
    post = a_post()
    post.ask(a_delivery())
    assert post.receivers.posts == []


def test_of_one_receiver_only_so_many_are_told_at_once_and_others_are() -> None:
    post = a_post()
    post.webhooks = FakeWebhooks.having(a_webhook(), a_webhook(id=WebhookId("hook-2")))
    number = 0

    def another() -> None:
        nonlocal number
        number += 1
        if number <= MOST_AT_ONCE:
            post.receivers.meanwhile = another if number < MOST_AT_ONCE else bool
            post.hear(name=f"v.{number + 1}")

    post.receivers.meanwhile = another
    post.hear()
    put_off = [one for one in post.deliveries.rows.values() if one.status == "pending"]
    assert [(one.webhook, one.attempts, one.failure) for one in put_off] == [(HOOK, 0, None)]
    assert all(isinstance(one.due_at, datetime) for one in put_off)
    with post.turns.of(HOOK) as turn:
        assert turn


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("visit.booked", {}),
        ("visit.booked", told_of_a_visit(sessions=["x"])),
        ("visit.booked", told_of_a_visit(sessions=None)),
        ("delivery.requested", {"webhook": "x"}),
        ("delivery.requested", {"webhook": "x", "happenedAt": "soon"}),
    ],
)
def test_an_event_that_cannot_be_understood_is_left_to_the_dead_letter(
    kind: str, data: Any
) -> None:
    with pytest.raises(BadEvent):
        a_post().hear(kind, data)


def test_a_fault_of_ours_is_not_taken_for_a_bad_event() -> None:
    class Broken(ScriptedReceivers):
        def post(self, *_: Any) -> None:
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        replace(a_post(), receivers=Broken()).hear()


def test_who_was_slow_is_told_of_events_by_request_until_that_is_long_ago() -> None:
    post = a_post(TryLater("timeout"))
    post.receivers.meanwhile = lambda: post.later(2 * SLOW)
    post.hear(name="v.1")
    post.receivers.meanwhile = bool
    post.hear(name="v.2")
    assert len(post.receivers.posts) == 1
    [request] = post.publisher.told
    asked_for = post.deliveries.rows[HOOK, NOW, EventId("v.2")]
    assert (asked_for.attempts, asked_for.due_at) == (0, post.clock.at + ASKED_AGAIN_AFTER)
    post.hear(request.type, request.data, request.id)
    assert [status for status, _ in post.states()] == ["pending", "delivered"]
    post.later(SLOW_FOR)
    post.hear(name="v.3")
    assert len(post.receivers.posts) == 3
    post.hear(name="v.4")
    assert len(post.publisher.told) == 1


def test_who_takes_what_they_are_told_but_slowly_is_slow_as_well() -> None:
    post = a_post()
    post.receivers.meanwhile = lambda: post.later(2 * SLOW)
    post.hear(name="v.1")
    post.hear(name="v.2")
    assert [status for status, _ in post.states()] == ["delivered", "pending"]

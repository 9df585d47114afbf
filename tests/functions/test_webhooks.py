"""Webhooks in process: a partner subscribes at schedule, and webhooks tells what was pushed."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.sending import TryLater
from erejestracja.services.deliveries import Messenger
from erejestracja.services.webhooks import Switchboard
from erejestracja.web.health import Health
from tests.functions.test_schedule import KnownTokens
from tests.support import functions
from tests.support.builders import NOW, POINT
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.webhooks import (
    OTHER,
    URL,
    FakeDeliveries,
    FakeVault,
    FakeWebhooks,
    ScriptedReceivers,
    told_of_a_visit,
)

PATH = f"/v1/points/{POINT}/webhooks"
MARKS = {"type": "visit.booked", "committed": NOW.isoformat()}


@dataclass
class WebhookSuite:
    switchboard: Switchboard
    messenger: Messenger
    tokens: KnownTokens = field(default_factory=KnownTokens)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))


class Office:
    """Both functions over one store."""

    def __init__(self) -> None:
        self.webhooks, self.deliveries = FakeWebhooks(), FakeDeliveries()
        self.receivers, self.publisher = ScriptedReceivers(), RememberingPublisher()
        vault, clock = FakeVault(), SetClock()
        parts = (self.webhooks, self.deliveries, vault)
        messenger = Messenger(*parts, self.receivers, self.publisher, clock, Random(1))
        suite = WebhookSuite(Switchboard(*parts, self.publisher, clock), messenger)
        self.schedule = functions.load("schedule", suite)
        self.pushed = functions.load("webhooks", suite)

    def __call__(self, method: str, path: str = "", who: str = "partner", **sent: Any) -> Any:
        headers = {"Authorization": f"Bearer {who}"} | sent.pop("headers", {})
        return self.schedule.open(PATH + path, method=method, headers=headers, **sent)

    def subscribed(self) -> Any:
        answer = self("POST", json={"url": URL}, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201, answer.text
        return answer.get_json()

    def push(self, number: int = 1, data: Any = None) -> int:
        data = told_of_a_visit() if data is None else data
        event = {"id": f"visit-{number}.1", "type": "visit.booked", "data": data}
        return int(functions.push(self.pushed, event, **MARKS).status_code)

    def asked(self) -> None:
        """Push what was published."""
        events, self.publisher.told = self.publisher.told, []
        for one in events:
            push = {"id": one.id, "type": one.type, "data": one.data}
            assert functions.push(self.pushed, push, **MARKS).status_code == 204


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_secret_is_shown_once(office: Office) -> None:
    made = office.subscribed()
    assert made == {
        "id": made["id"],
        "url": URL,
        "status": "active",
        "secret": "whsec_1",
        "etag": '"1"',
    }
    again = office("POST", json={"url": URL}, headers={"Idempotency-Key": "k"})
    assert (again.status_code, "secret" in again.get_json()) == (200, False)
    [listed] = office("GET").get_json()["webhooks"]
    assert "secret" not in listed
    one = office("GET", f"/{made['id']}")
    assert (one.get_json(), one.headers["ETag"]) == (listed, '"1"')


def test_what_is_pushed_is_told_and_acknowledged(office: Office) -> None:
    made = office.subscribed()
    office.receivers.answers = [TryLater("timeout")]
    assert [office.push(1), office.push(2), office.push(2)] == [204, 204, 204]
    assert len(office.receivers.posts) == 2
    pending, delivered = office("GET", f"/{made['id']}/deliveries").get_json()["deliveries"]
    assert (pending["status"], pending["reason"], pending["attempts"]) == ("pending", "timeout", 1)
    assert pending["dueAt"].startswith("2026-12-01T09:01:")
    assert delivered["id"] == office.receivers.posts[1][2]["webhook-id"]
    assert "dueAt" not in delivered


def test_an_event_that_lacks_what_it_should_have_is_left_to_the_dead_letter(
    office: Office,
) -> None:
    assert office.push(data={}) == 500


def test_a_secret_is_changed_by_whoever_saw_the_webhook_as_it_is(office: Office) -> None:
    path = f"/{office.subscribed()['id']}:rotate"
    rotated = office("POST", path, headers={"If-Match": '"1"'})
    assert rotated.get_json()["secret"] == "whsec_2"
    assert rotated.get_json()["formerUntil"] == "2026-12-02T09:00:00Z"
    assert rotated.headers["ETag"] == '"2"'
    late = office("POST", path, headers={"If-Match": '"1"'})
    assert (late.status_code, late.get_json()["code"]) == (412, "version_mismatch")
    assert office("POST", path).status_code == 400
    office.push()
    assert office.receivers.posts[0][2]["webhook-signature"] == "sealed-2 sealed-1"


def test_a_webhook_is_ended_by_whoever_saw_it_as_it_is(office: Office) -> None:
    path = f"/{office.subscribed()['id']}"
    assert office("DELETE", path).status_code == 400
    assert office("DELETE", path, headers={"If-Match": '"7"'}).status_code == 412
    assert office("DELETE", path, headers={"If-Match": '"1"'}).status_code == 204
    assert office("GET", path).status_code == 404


def test_a_test_says_how_the_receiver_does(office: Office) -> None:
    path = f"/{office.subscribed()['id']}"
    test = office("POST", f"{path}:test")
    assert (test.status_code, test.get_json()["type"]) == (202, "webhook.test")
    office.asked()
    [now] = office("GET", f"{path}/deliveries").get_json()["deliveries"]
    assert (now["id"], now["status"]) == (test.get_json()["id"], "delivered")


def test_what_a_paused_webhook_missed_is_listed_and_replayed(office: Office) -> None:
    made = office.subscribed()
    [webhook] = office.webhooks.of(POINT)
    office.webhooks.replace(webhook.pausing("unreachable"), "system")
    office.push(1)
    assert office("GET", f"/{made['id']}").get_json()["reason"] == "unreachable"
    path = f"/{made['id']}/deliveries?failed=true&from=2026-12-01T00:00:00Z"
    [missed] = office("GET", path).get_json()["deliveries"]
    assert (missed["status"], missed["reason"]) == ("failed", "paused")
    body = {"from": "2026-12-01T00:00:00Z"}
    answer = office("POST", f"/{made['id']}:replay", json=body)
    assert (answer.status_code, answer.get_json()) == (202, {"replayed": 1})
    office.asked()
    assert len(office.receivers.posts) == 1
    assert office("GET", path).get_json() == {"deliveries": []}
    assert office("GET", f"/{made['id']}").get_json()["status"] == "active"


def test_a_long_history_says_where_it_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("erejestracja.services.webhooks.MOST_SHOWN", 1)
    monkeypatch.setattr("erejestracja.services.webhooks.MOST_REPLAYED", 1)
    made = office.subscribed()
    office.push(1)
    office.push(2)
    next_from = "2026-12-01T09:00:00.000000Z"
    shown = office("GET", f"/{made['id']}/deliveries").get_json()
    assert (len(shown["deliveries"]), shown["nextFrom"]) == (1, next_from)
    replayed = office("POST", f"/{made['id']}:replay", json={"from": next_from}).get_json()
    assert replayed == {"replayed": 1, "nextFrom": next_from}


@pytest.mark.parametrize("body", [{}, {"url": "http://a.example"}, {"url": URL, "secret": "x"}])
def test_nothing_else_can_be_subscribed(office: Office, body: Any) -> None:
    assert office("POST", json=body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("GET", ""),
        ("GET", "/hook-1"),
        ("DELETE", "/hook-1"),
        ("POST", "/hook-1:rotate"),
        ("POST", "/hook-1:test"),
        ("POST", "/hook-1:replay"),
        ("GET", "/hook-1/deliveries"),
    ],
)
def test_webhooks_are_for_the_planners_of_the_point(office: Office, method: str, path: str) -> None:
    body = {"POST": {"url": URL}, "replay": {"from": "2026-12-01T00:00:00Z"}}
    json = body.get(path.partition(":")[2]) or (body.get(method) if not path else None)
    sent = {"json": json, "headers": {"If-Match": '"1"'}}
    for who in ("registrar", "stranger"):
        assert office(method, path, who, **sent).status_code == 403
    path = f"/v1/points/{OTHER}/webhooks{path}"
    headers = {"Authorization": "Bearer partner", "If-Match": '"1"'}
    assert office.schedule.open(path, method=method, json=json, headers=headers).status_code == 403

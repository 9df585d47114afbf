import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import pytest

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.events.publisher import REST_S, WAIT_S, PubSubPublisher
from tests.support.builders import NOW

EVENT = Event(EventId("v1.1"), "visits", "visit.booked", {"visit": "v1"})


@dataclass
class FakeClient:
    """Takes messages, fails, raises at once, or never answers."""

    mood: str = "well"
    sent: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def publish(self, topic: str, data: bytes, **marks: str) -> "Future[str]":
        if self.mood == "stopped":
            raise RuntimeError("publish on a stopped client")
        self.sent.append((topic, data, marks))
        future: Future[str] = Future()
        if self.mood == "well":
            future.set_result("1")
        elif self.mood == "failing":
            future.set_exception(ConnectionError())
        return future


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def a_publisher(client: FakeClient, watch: Any = time.monotonic) -> PubSubPublisher:
    return PubSubPublisher(client, "project", monotonic=watch)


def test_an_event_goes_to_its_topic_with_its_marks() -> None:
    client = FakeClient()
    a_publisher(client).publish([EVENT], NOW)
    ((topic, data, marks),) = client.sent
    assert topic == "projects/project/topics/visits"
    assert data == b'{"id":"v1.1","type":"visit.booked","data":{"visit":"v1"}}'
    assert marks == {"type": "visit.booked", "committed": "2026-12-01T09:00:00+00:00"}


def test_nothing_is_nothing() -> None:
    client = FakeClient(mood="stopped")
    a_publisher(client).publish([], NOW)
    assert client.sent == []


@pytest.mark.parametrize("mood", ["failing", "silent", "stopped"])
def test_a_request_never_fails_or_hangs_for_pubsub(
    mood: str, caplog: pytest.LogCaptureFixture
) -> None:
    started = time.monotonic()
    a_publisher(FakeClient(mood)).publish([EVENT], NOW)
    assert time.monotonic() - started < WAIT_S + 1
    assert "not waiting for Pub/Sub" in caplog.text


def test_while_pubsub_is_away_requests_do_not_wait_for_it() -> None:
    client, watch = FakeClient(mood="silent"), Watch()
    publisher = a_publisher(client, watch)
    publisher.publish([EVENT], NOW)
    started = time.monotonic()
    publisher.publish([EVENT], NOW)
    assert time.monotonic() - started < WAIT_S / 2
    assert len(client.sent) == 2


def test_after_a_rest_requests_wait_again() -> None:
    client, watch = FakeClient(mood="silent"), Watch()
    publisher = a_publisher(client, watch)
    publisher.publish([EVENT], NOW)
    watch.at += REST_S
    started = time.monotonic()
    publisher.publish([EVENT], NOW)
    assert time.monotonic() - started >= WAIT_S

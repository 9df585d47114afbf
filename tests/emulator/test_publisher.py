"""Publishing to the Pub/Sub emulator with the real client."""

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import orjson
import pytest

from emulators.suite.environment import PROJECT
from erejestracja.domain.events import Event, Topic
from erejestracja.domain.ids import EventId
from erejestracja.events.envelope import delivered
from erejestracja.events.publisher import WAIT_S, PubSubPublisher, open_publisher
from tests.support.builders import NOW
from tests.support.emulators import free_port

pytestmark = pytest.mark.emulator
NUMBERS = count(1)


@dataclass
class Topics:
    """A topic that events are told on, and what has come out of its subscription."""

    publisher: PubSubPublisher
    subscriber: Any
    subscription: str
    topic: Topic

    def event(self, name: str) -> Event:
        return Event(EventId(name), self.topic, "visit.booked", {"visit": name})

    def received(self, wanted: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        ends = time.monotonic() + 10
        while len(found) < wanted and time.monotonic() < ends:
            answer = self.subscriber.pull(
                subscription=self.subscription, max_messages=wanted, timeout=5
            )
            for received in answer.received_messages:
                delivery = delivered(as_pushed(received.message))
                found[delivery.id] = delivery
        return found


def as_pushed(message: Any) -> bytes:
    data = base64.b64encode(message.data).decode()
    return orjson.dumps({"message": {"data": data, "attributes": dict(message.attributes)}})


@pytest.fixture
def topics(pubsub: str) -> Iterator[Topics]:
    from google.cloud import pubsub_v1

    assert pubsub
    publisher, subscriber = open_publisher(), pubsub_v1.SubscriberClient()
    administrator = pubsub_v1.PublisherClient()
    # A topic of this test's own, under one of the domain's names.
    name: Any = f"visits-{next(NUMBERS)}"
    path = subscriber.topic_path(PROJECT, name)
    subscription = subscriber.subscription_path(PROJECT, name)
    administrator.create_topic(name=path)
    subscriber.create_subscription(name=subscription, topic=path)
    yield Topics(publisher, subscriber, subscription, name)
    administrator.stop()
    subscriber.close()


def test_an_event_arrives_as_it_was_committed(topics: Topics) -> None:
    topics.publisher.publish([topics.event("a"), topics.event("b")], NOW)
    found = topics.received(2)
    assert set(found) == {"a", "b"}
    assert (found["a"].data, found["a"].committed) == ({"visit": "a"}, NOW)


def test_the_relay_publishes_many_at_once(topics: Topics) -> None:
    told = [(topics.event(f"m{n}"), NOW) for n in range(1200)]
    assert topics.publisher.publish_again(told) == 1200
    assert len(topics.received(1200)) == 1200


def test_a_pubsub_that_is_not_there_costs_a_request_no_more_than_a_moment(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{free_port()}")
    publisher = open_publisher()
    event = Event(EventId("a"), "visits", "visit.booked", {})
    began = time.monotonic()
    publisher.publish([event], NOW)
    first = time.monotonic() - began
    began = time.monotonic()
    for _ in range(100):
        publisher.publish([event], NOW)
    others = time.monotonic() - began
    assert "leaving events to the relay" in caplog.text
    assert first < WAIT_S + 0.5
    assert others < 0.1
    assert publisher.publish_again([(event, NOW)]) == 0

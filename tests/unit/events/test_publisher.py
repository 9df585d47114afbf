from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.events.publisher import REST_S, TOGETHER, WAIT_S, PubSubPublisher
from tests.support.builders import NOW

EVENT = Event(EventId("v1.1"), "visits", "visit.booked", {"visit": "v1"})
ASKED = Event(EventId("m1.requested"), "sms-requested", "sms.requested", {"message": "m1"})


@dataclass
class FakePubSub:
    """Takes messages, or is away after so many calls."""

    fails_after: float = float("inf")
    calls: list[tuple[str, Sequence[dict[str, Any]], float]] = field(default_factory=list)

    def __call__(self, *, topic: str, messages: Sequence[dict[str, Any]], timeout: float) -> object:
        self.calls.append((topic.rpartition("/")[2], messages, timeout))
        if len(self.calls) > self.fails_after:
            raise TimeoutError
        return object()


@dataclass
class Watch:
    """A clock that is moved by hand."""

    at: float = 100.0

    def __call__(self) -> float:
        return self.at


def test_an_event_goes_to_its_topic_with_its_marks() -> None:
    pubsub = FakePubSub()
    PubSubPublisher(pubsub, "project").publish([EVENT], NOW)
    ((topic, (message,), timeout),) = pubsub.calls
    assert (topic, timeout) == ("visits", WAIT_S)
    assert message["data"] == b'{"id":"v1.1","type":"visit.booked","data":{"visit":"v1"}}'
    marks = {"type": "visit.booked", "committed": "2026-12-01T09:00:00+00:00"}
    assert message["attributes"] == marks


def test_events_of_one_topic_go_together() -> None:
    pubsub = FakePubSub()
    PubSubPublisher(pubsub, "project").publish(
        [EVENT, ASKED, replace(EVENT, id=EventId("v2.1"))], NOW
    )
    assert [(topic, len(told)) for topic, told, _ in pubsub.calls] == [
        ("visits", 2),
        ("sms-requested", 1),
    ]


def test_nothing_is_nothing() -> None:
    pubsub = FakePubSub()
    PubSubPublisher(pubsub, "project").publish([], NOW)
    assert pubsub.calls == []


def test_a_request_does_not_fail_with_pubsub_and_those_after_it_do_not_ask(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pubsub, watch = FakePubSub(fails_after=0), Watch()
    publisher = PubSubPublisher(pubsub, "project", monotonic=watch)
    for _ in range(3):
        publisher.publish([EVENT, ASKED], NOW)
    assert len(pubsub.calls) == 1
    assert "leaving events to the relay for a while: TimeoutError" in caplog.text


def test_after_a_rest_pubsub_is_asked_again() -> None:
    pubsub, watch = FakePubSub(fails_after=0), Watch()
    publisher = PubSubPublisher(pubsub, "project", monotonic=watch)
    publisher.publish([EVENT], NOW)
    watch.at += REST_S
    publisher.publish([EVENT], NOW)
    assert len(pubsub.calls) == 2


def test_the_relay_publishes_events_of_any_commits_many_at_a_time() -> None:
    pubsub = FakePubSub()
    told = [(EVENT, NOW + timedelta(seconds=n)) for n in range(TOGETHER + 1)]
    assert PubSubPublisher(pubsub, "project").publish_again(told) == TOGETHER + 1
    assert [len(messages) for _, messages, _ in pubsub.calls] == [TOGETHER, 1]
    assert pubsub.calls[1][1][0]["attributes"]["committed"] == told[-1][1].isoformat()


def test_the_relay_hears_how_many_got_through(caplog: pytest.LogCaptureFixture) -> None:
    pubsub = FakePubSub(fails_after=1)
    told = [(EVENT, NOW)] * (3 * TOGETHER)
    assert PubSubPublisher(pubsub, "project").publish_again(told) == TOGETHER
    assert len(pubsub.calls) == 2
    assert f"took {TOGETHER} of {3 * TOGETHER}" in caplog.text

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, MessageId
from erejestracja.domain.message_state import MessageStatus
from erejestracja.events.waiting import Waiting
from erejestracja.ports import Clash
from erejestracja.services.relay import BUDGET_S, LEFT_BEHIND, NotRelayed, ask_again, relay
from tests.support.builders import NOW
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.messages import MESSAGE, FakeMessages, a_message

MINUTE = timedelta(minutes=1)


def an_event(name: str) -> Event:
    return Event(EventId(name), "visits", "visit.booked", {"visit": name})


def waiting(name: str, **changes: Any) -> Waiting:
    facts: dict[str, Any] = {
        "event": an_event(name),
        "committed": NOW - MINUTE,
        "attempts": 0,
        "not_before": None,
    }
    return Waiting(**(facts | changes))


@dataclass
class FakeOutbox:
    paged: list[list[Waiting]]
    gone: set[str] = field(default_factory=set)
    claimed: dict[str, datetime] = field(default_factory=dict)
    seen: int = 0

    def pages(self) -> Iterator[Sequence[Waiting]]:
        for page in self.paged:
            self.seen += 1
            yield page

    def claim(self, chosen: Sequence[tuple[Waiting, datetime]]) -> list[Waiting]:
        there = [(one, until) for one, until in chosen if one.event.id not in self.gone]
        self.claimed |= {one.event.id: until for one, until in there}
        return [one for one, _ in there]


@dataclass
class FakeSender:
    failing: set[str] = field(default_factory=set)
    sent: list[tuple[str, datetime]] = field(default_factory=list)

    def publish_again(self, events: Sequence[tuple[Event, datetime]]) -> int:
        for through, (event, committed_at) in enumerate(events):
            if event.id in self.failing:
                return through
            self.sent.append((event.id, committed_at))
        return len(events)


def run(outbox: FakeOutbox, sender: FakeSender, **more: Any) -> int:
    return relay(outbox, sender, SetClock(NOW), Random(1), **more)


def test_what_did_not_get_through_is_published_with_its_own_instant() -> None:
    sender = FakeSender()
    assert run(FakeOutbox([[waiting("a"), waiting("b")]]), sender) == 2
    assert sender.sent == [("a", NOW - MINUTE), ("b", NOW - MINUTE)]


def test_what_was_committed_just_now_is_left_to_who_committed_it() -> None:
    sender = FakeSender()
    young = waiting("young", committed=NOW - timedelta(seconds=5))
    assert run(FakeOutbox([[young]]), sender) == 0
    assert sender.sent == []


def test_what_was_published_lately_waits_for_its_next_turn() -> None:
    sender = FakeSender()
    later = waiting("later", attempts=1, not_before=NOW + MINUTE)
    due = waiting("due", attempts=1, not_before=NOW)
    assert run(FakeOutbox([[later, due]]), sender) == 1
    assert [name for name, _ in sender.sent] == ["due"]


def test_each_time_in_vain_makes_the_next_later_up_to_ten_minutes() -> None:
    pauses = []
    for attempts in (0, 1, 2, 3, 50):
        outbox = FakeOutbox([[waiting("a", attempts=attempts, not_before=NOW)]])
        run(outbox, FakeSender())
        pauses.append((outbox.claimed["a"] - NOW).total_seconds())
    assert pauses == sorted(pauses)
    assert 16 <= pauses[0] <= 24
    assert 480 <= pauses[-1] <= 720


def test_what_was_archived_meanwhile_is_not_published() -> None:
    sender = FakeSender()
    assert run(FakeOutbox([[waiting("a"), waiting("b")]], gone={"a"}), sender) == 1
    assert [name for name, _ in sender.sent] == ["b"]


def test_where_pubsub_is_away_the_rest_is_not_tried() -> None:
    outbox = FakeOutbox([[waiting("a"), waiting("b")], [waiting("c")]])
    with pytest.raises(NotRelayed, match="1 of 2"):
        run(outbox, FakeSender(failing={"b"}))
    assert "c" not in outbox.claimed


def test_it_stops_when_its_time_is_up() -> None:
    outbox = FakeOutbox([[waiting("a")], [waiting("b")], [waiting("c")]])
    ticks = count(step=BUDGET_S / 2)
    assert run(outbox, FakeSender(), monotonic=lambda: next(ticks)) == 2
    assert outbox.seen == 2


def test_the_log_tells_how_the_outbox_stands(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    old = waiting("old", committed=NOW - timedelta(hours=1), not_before=NOW + MINUTE)
    run(FakeOutbox([[waiting("a")], [old]]), FakeSender())
    (record,) = caplog.records
    assert record.__dict__["facts"] == {
        "waiting": 2,
        "published": 1,
        "failed": 0,
        "oldestAgeS": 3600.0,
    }


def test_an_empty_outbox_is_no_age() -> None:
    assert run(FakeOutbox([[]]), FakeSender()) == 0


class TestAskingAgain:
    def test_a_message_left_behind_is_asked_for_again_once_a_minute(self) -> None:
        messages, publisher = FakeMessages.of(a_message()), RememberingPublisher()
        clock = SetClock(NOW + LEFT_BEHIND + MINUTE)
        assert ask_again(messages, publisher, clock) == 1
        (event,) = publisher.told
        assert (event.id, event.type) == (f"{MESSAGE}.requested.202612010903", "sms.requested")
        assert event.data["message"] == MESSAGE
        assert messages.told == [event]

    def test_a_young_one_is_left_alone(self) -> None:
        messages, publisher = FakeMessages.of(a_message()), RememberingPublisher()
        assert ask_again(messages, publisher, SetClock(NOW + LEFT_BEHIND)) == 0

    def test_one_at_its_end_is_left_alone(self) -> None:
        messages = FakeMessages.of(a_message(status=MessageStatus.SENT))
        assert ask_again(messages, RememberingPublisher(), SetClock(NOW + 3 * MINUTE)) == 0

    def test_many_are_asked_for_some_at_a_time(self) -> None:
        many = [a_message(id=MessageId(f"m{n}")) for n in range(120)]
        messages, publisher = FakeMessages.of(*many), RememberingPublisher()
        assert ask_again(messages, publisher, SetClock(NOW + 3 * MINUTE)) == 120
        assert messages.commits == 3

    def test_what_another_run_has_just_asked_for_is_no_matter(self) -> None:
        messages = FakeMessages.of(a_message())
        messages.clash = Clash("Outbox")
        publisher = RememberingPublisher()
        assert ask_again(messages, publisher, SetClock(NOW + 3 * MINUTE)) == 0
        assert publisher.told == []

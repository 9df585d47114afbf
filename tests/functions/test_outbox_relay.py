"""outbox_relay in process: a scheduler's call, and what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from erejestracja.auth.limits import NoLimiter
from erejestracja.services.relay import relay
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.desk import SetClock
from tests.unit.services.test_relay import FakeOutbox, FakeSender, waiting


@dataclass
class RelaySuite:
    outbox: FakeOutbox
    sender: FakeSender
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))

    def chores_of(self, function: str) -> Mapping[str, Callable[[], int]]:
        assert function == "outbox_relay"
        return {"published": lambda: relay(self.outbox, self.sender, SetClock(), Random(1))}

    @property
    def tokens(self) -> Any:
        raise AssertionError("nobody logs in here")


def called(failing: set[str]) -> Any:
    suite = RelaySuite(FakeOutbox([[waiting("a"), waiting("b")]]), FakeSender(failing))
    return functions.load("outbox_relay", suite).post("/")


def test_the_scheduler_hears_how_many_were_published() -> None:
    answer = called(set())
    assert (answer.status_code, answer.get_json()) == (
        200,
        {"done": {"published": 2}, "failed": []},
    )


def test_the_scheduler_hears_that_pubsub_did_not_take_all() -> None:
    answer = called({"a"})
    assert (answer.status_code, answer.get_json()) == (500, {"done": {}, "failed": ["published"]})

"""What /healthz says, and that asking it costs nobody anything."""

import threading
import time

import pytest

from erejestracja.web.health import Check, Health
from erejestracja.web.routing import Routes
from tests.unit.web.fakes import FakeSuite, caller


class Part:
    """A part of the world; may be away, or hang until it is let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.away = False
        self.hangs = threading.Event()
        self.hangs.set()

    def probe(self) -> None:
        self.asked += 1
        self.hangs.wait(5)
        if self.away:
            raise ConnectionError("10.0.0.1 refused, password=x")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_all_is_well() -> None:
    health = Health({"spanner": Check(Part().probe), "redis": Check(Part().probe, needed=False)})
    response = caller(Routes("search", ()), FakeSuite(health=health)).get("/healthz")
    assert response.status_code == 200
    assert response.get_json() == {"status": "ok", "checks": {"spanner": "ok", "redis": "ok"}}
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("needed", "status", "code"), [(True, "down", 503), (False, "degraded", 200)]
)
def test_a_part_that_is_away_is_named_and_says_nothing_else(
    needed: bool, status: str, code: int
) -> None:
    part = Part()
    part.away = True
    health = Health({"redis": Check(part.probe, needed=needed), "spanner": Check(Part().probe)})
    response = caller(Routes("search", ()), FakeSuite(health=health)).get("/healthz")
    assert response.status_code == code
    assert response.get_json() == {"status": status, "checks": {"redis": "down", "spanner": "ok"}}


def test_findings_are_remembered_for_a_second() -> None:
    part, clock = Part(), Clock()
    health = Health({"spanner": Check(part.probe)}, monotonic=clock)
    for _ in range(10):
        assert health.findings()["status"] == "ok"
    assert part.asked == 1
    part.away = True
    clock.now += 1.0
    assert health.findings()["status"] == "down"
    assert part.asked == 2


def test_a_part_that_hangs_is_down_in_time_and_is_not_asked_again_meanwhile() -> None:
    part = Part()
    part.hangs.clear()
    health = Health({"spanner": Check(part.probe)}, longest_s=0.05)
    began = time.monotonic()
    assert health.findings()["status"] == "down"
    assert time.monotonic() - began < 1
    health._until = 0.0
    assert health.findings()["status"] == "down"
    assert part.asked == 1
    part.hangs.set()
    health._asked["spanner"].result(1)
    health._until = 0.0
    assert health.findings()["status"] == "ok"

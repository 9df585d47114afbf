"""reporting in process: pushes in, rows in the archive, and the outbox struck off."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from erejestracja.domain.ids import EventId
from erejestracja.services.reporting import Reporter
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.builders import NOW
from tests.support.functions import SUITE

MARKS = {"type": "visit.booked", "committed": NOW.isoformat()}


@dataclass
class Archive:
    """Refuses every row whose dose is no number, as BigQuery does."""

    rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def append(self, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        refused = {row["event_id"] for row in rows if isinstance(row["dose"], str)}
        self.rows |= {row["event_id"]: row for row in rows if row["event_id"] not in refused}
        return refused


@dataclass
class Outbox:
    struck: set[str] = field(default_factory=set)

    def strike(self, events: Sequence[EventId]) -> None:
        self.struck.update(events)


@dataclass
class ReportingSuite:
    archive: Archive = field(default_factory=Archive)
    outbox: Outbox = field(default_factory=Outbox)
    health: Health = field(default_factory=lambda: Health({}))

    def __post_init__(self) -> None:
        key = b"a key for tests"
        self.reporter = Reporter(self.archive, self.outbox, key, lambda: NOW, longest_s=0.2)


@pytest.fixture
def suite() -> ReportingSuite:
    return ReportingSuite()


@pytest.fixture
def function(suite: ReportingSuite) -> Any:
    return functions.load("reporting", suite)


def pushed(function: Any, name: str, **data: Any) -> int:
    event = {"id": name, "type": "visit.booked", "data": {"patient": "patienta"} | data}
    client = function.application.test_client()
    return int(functions.push(client, event, **MARKS).status_code)


def test_a_push_is_a_row_and_leaves_the_outbox(function: Any, suite: ReportingSuite) -> None:
    assert pushed(function, "v1.1", dose=1) == 204
    row = suite.archive.rows["v1.1"]
    assert (row["type"], row["occurred_at"]) == ("visit.booked", NOW.isoformat())
    assert suite.outbox.struck == {"v1.1"}


def test_no_patient_id_reaches_the_archive(function: Any, suite: ReportingSuite) -> None:
    pushed(function, "v1.1")
    assert "patienta" not in str(suite.archive.rows)


def test_of_pushes_that_come_together_only_the_bad_one_stays_in_the_outbox(
    function: Any, suite: ReportingSuite
) -> None:
    doses: list[Any] = [1, "first", 2]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: pushed(function, f"v{n}", dose=doses[n]), range(3)))
    assert suite.outbox.struck == {"v0", "v2"}
    assert pushed(function, "v1", dose="first") == 500


def test_no_event_of_ours_is_left_to_the_dead_letter(function: Any, suite: ReportingSuite) -> None:
    assert functions.push(function, {"id": "x"}, **MARKS).status_code == 500
    assert suite.archive.rows == {}


def test_it_hears_every_topic_that_is_committed() -> None:
    assert {*SUITE["functions"]["reporting"]["topics"]} == {*SUITE["topics"]} - {
        "heartbeat",
        "files",
    }

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from erejestracja.domain.ids import EventId
from erejestracja.events.envelope import Delivery
from erejestracja.services.gathering import NotDone
from erejestracja.services.reporting import Reporter, pseudonym, row_of
from tests.support.builders import NOW

KEY = b"a key for tests"
DATA = {
    "visit": "v1",
    "patient": "patienta",
    "point": "aaaaaaaaaa",
    "powiat": "0663",
    "programme": "covid-19",
    "vaccine": "cov19.pfizer",
    "dose": 1,
    "day": "2026-12-07",
    "channel": "web",
    "slot": "aaaaaaaaaa-20261207-16-0",
}


def a_delivery(name: str = "v1.1", **data: Any) -> Delivery:
    return Delivery(name, "visit.booked", DATA | data, NOW)


@dataclass
class FakeArchive:
    refuses: set[str] = field(default_factory=set)
    away: bool = False
    written: list[list[str]] = field(default_factory=list)

    def append(self, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        if self.away:
            raise ConnectionError("BigQuery")
        ids = [row["event_id"] for row in rows]
        self.written.append(ids)
        return self.refuses & set(ids)


@dataclass
class FakeOutbox:
    away: bool = False
    struck: list[str] = field(default_factory=list)

    def strike(self, events: Sequence[EventId]) -> None:
        if self.away:
            raise ConnectionError("Spanner")
        self.struck.extend(events)


def a_reporter(archive: FakeArchive, outbox: FakeOutbox, most: int = 1) -> Reporter:
    return Reporter(archive, outbox, KEY, lambda: NOW, most=most, longest_s=5)


def outcome(reporter: Reporter, event: Delivery) -> str:
    try:
        reporter.report(event)
    except NotDone as why:
        return str(why)
    return "archived"


def together(reporter: Reporter, names: Sequence[str]) -> dict[str, str]:
    with ThreadPoolExecutor(len(names)) as pool:
        done = pool.map(lambda name: (name, outcome(reporter, a_delivery(name))), names)
        return dict(done)


class TestReporter:
    def test_an_event_is_struck_off_once_it_is_archived(self) -> None:
        archive, outbox = FakeArchive(), FakeOutbox()
        a_reporter(archive, outbox).report(a_delivery())
        assert (archive.written, outbox.struck) == ([["v1.1"]], ["v1.1"])

    def test_what_comes_together_is_written_at_once(self) -> None:
        archive, outbox = FakeArchive(), FakeOutbox()
        names = [f"e{n}" for n in range(8)]
        assert set(together(a_reporter(archive, outbox, 8), names).values()) == {"archived"}
        assert [sorted(batch) for batch in archive.written] == [names]
        assert sorted(outbox.struck) == names

    def test_a_bad_row_fails_alone(self) -> None:
        archive, outbox = FakeArchive(refuses={"e1"}), FakeOutbox()
        together(a_reporter(archive, outbox, 3), ["e0", "e1", "e2"])
        assert sorted(outbox.struck) == ["e0", "e2"]
        again = outcome(a_reporter(archive, outbox), a_delivery("e1"))
        assert again == "the archive refused its row"

    def test_where_the_archive_is_away_nothing_is_struck_off(self) -> None:
        outbox = FakeOutbox()
        with pytest.raises(NotDone, match="ConnectionError"):
            a_reporter(FakeArchive(away=True), outbox).report(a_delivery())
        assert outbox.struck == []

    def test_where_the_outbox_is_away_the_event_comes_again(self) -> None:
        with pytest.raises(NotDone):
            a_reporter(FakeArchive(), FakeOutbox(away=True)).report(a_delivery())

    def test_where_every_row_is_refused_the_outbox_is_not_asked(self) -> None:
        outbox = FakeOutbox(away=True)
        with pytest.raises(NotDone, match="refused"):
            a_reporter(FakeArchive(refuses={"v1.1"}), outbox).report(a_delivery())

    def test_an_event_that_comes_twice_at_once_is_one_row(self) -> None:
        archive, outbox = FakeArchive(), FakeOutbox()
        reporter = a_reporter(archive, outbox, 2)
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda _: outcome(reporter, a_delivery()), range(2)))
        assert done == ["archived", "archived"]
        assert archive.written == [["v1.1"]]


class TestRow:
    def test_what_has_a_column_stands_there_and_the_rest_in_data(self) -> None:
        row = row_of(a_delivery(), KEY, NOW)
        assert (row["powiat"], row["dose"], row["day"]) == ("0663", 1, "2026-12-07")
        assert orjson.loads(row["data"]) == {"visit": "v1", "slot": DATA["slot"]}

    def test_a_person_is_a_pseudonym_that_the_key_alone_makes(self) -> None:
        row = row_of(a_delivery(), KEY, NOW)
        assert "patienta" not in str(row)
        assert row["person_key"] == pseudonym("patienta", KEY)
        assert row["person_key"] != pseudonym("patienta", b"another key")
        assert row["person_key"] != pseudonym("patientb", KEY)

    def test_an_event_about_nobody_has_none(self) -> None:
        assert row_of(a_delivery(patient=None), KEY, NOW)["person_key"] is None

    def test_a_voivodeship_follows_from_its_powiat(self) -> None:
        assert row_of(a_delivery(), KEY, NOW)["voivodeship"] == "06"
        assert row_of(a_delivery(powiat=None), KEY, NOW)["voivodeship"] is None
        assert row_of(a_delivery(voivodeship="14"), KEY, NOW)["voivodeship"] == "14"

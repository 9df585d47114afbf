from dataclasses import dataclass, field
from typing import Any

import pytest

from erejestracja.domain.exports import ExportStatus, Refused, Superseded
from erejestracja.domain.sending import AccountTrouble, NotSent, NotYet, TryLater
from erejestracja.domain.vaccination import VaccinationStatus
from erejestracja.events.envelope import BadEvent
from erejestracja.services.record_export import MOST_ATTEMPTS, TOGETHER, Exporter
from tests.support.builders import POINT
from tests.support.desk import RememberingPublisher
from tests.support.exports import (
    RECORD,
    FakeExports,
    FakeIdentities,
    FakeRecords,
    ScriptedRecord,
    a_pesel,
    a_vaccination,
    an_export,
)


@dataclass
class Office:
    """An exporter with its parts in reach."""

    national: ScriptedRecord
    records: FakeRecords = field(default_factory=lambda: FakeRecords([a_vaccination()]))
    people: FakeIdentities = field(default_factory=FakeIdentities)
    exports: FakeExports = field(default_factory=lambda: FakeExports.of(an_export()))
    publisher: RememberingPublisher = field(default_factory=RememberingPublisher)

    def export(self, data: Any = None) -> None:
        parts = (self.records, self.people, self.exports, self.national, self.publisher)
        Exporter(*parts).export({"vaccination": RECORD, "version": 1} if data is None else data)

    def outcome(self, version: int = 1) -> tuple[str, str | None]:
        export = self.exports.rows[RECORD, version]
        return export.status, export.failure

    @property
    def told(self) -> list[str]:
        assert self.publisher.told == self.exports.told
        return [event.type for event in self.publisher.told]


def an_office(*answers: NotSent) -> Office:
    return Office(ScriptedRecord(list(answers)))


def test_a_dose_is_sent_to_the_national_record() -> None:
    office = an_office()
    office.export()
    [sent] = office.national.offered
    assert sent["id"] == RECORD
    assert sent["patient"]["identifier"]["value"] == str(a_pesel())
    assert office.outcome() == (ExportStatus.ACCEPTED, None)
    assert office.exports.rows[RECORD, 1].reference == "1"
    assert office.told == ["export.accepted"]


def test_what_is_told_of_it_names_no_person() -> None:
    office = an_office()
    office.export()
    [event] = office.publisher.told
    assert event.id == f"{RECORD}.1.accepted.0"
    assert event.topic == "exports"
    assert event.data == {"vaccination": RECORD, "version": 1, "point": POINT, "reason": None}


def test_the_same_event_told_twice_sends_once() -> None:
    office = an_office()
    office.export()
    office.export()
    assert len(office.national.offered) == 1


def test_an_older_event_sends_what_is_newest() -> None:
    office = an_office()
    taken_back = a_vaccination(version=2, status=VaccinationStatus.ENTERED_IN_ERROR)
    office.records.versions.append(taken_back)
    office.export({"vaccination": RECORD, "version": 1})
    [sent] = office.national.offered
    assert (sent["status"], sent["meta"]["versionId"]) == ("entered-in-error", "2")
    assert office.outcome(2) == (ExportStatus.ACCEPTED, None)


def test_an_older_event_does_nothing_once_the_newest_is_there() -> None:
    office = an_office()
    office.records.versions.append(a_vaccination(version=2))
    office.export({"vaccination": RECORD, "version": 2})
    office.export({"vaccination": RECORD, "version": 1})
    assert len(office.national.offered) == 1


def test_a_record_from_before_there_were_exports_is_sent_too() -> None:
    office = an_office()
    office.exports.rows.clear()
    office.export()
    assert office.outcome() == (ExportStatus.ACCEPTED, None)


def test_a_refusal_ends_it_with_its_reason() -> None:
    office = an_office(Refused("dose_inconsistent"))
    office.export()
    assert office.outcome() == (ExportStatus.REJECTED, "dose_inconsistent")
    assert office.told == ["export.rejected"]
    assert office.publisher.told[0].data["reason"] == "dose_inconsistent"
    office.export()
    assert len(office.national.offered) == 1


def test_who_has_no_pesel_is_for_a_person_to_see_to() -> None:
    office = an_office()
    office.people.number = None
    office.export()
    assert office.national.offered == []
    assert office.outcome() == (ExportStatus.REJECTED, "no_pesel")


def test_a_record_that_is_down_is_tried_again() -> None:
    office = an_office(TryLater("http_503"))
    with pytest.raises(NotYet, match="http_503"):
        office.export()
    assert office.outcome() == (ExportStatus.PENDING, "http_503")
    assert office.told == []
    office.export()
    assert office.outcome() == (ExportStatus.ACCEPTED, None)


def test_a_longer_outage_is_left_to_upkeep_and_fills_no_dead_letter() -> None:
    office = an_office(*[TryLater("http_503")] * TOGETHER)
    for _ in range(TOGETHER - 1):
        with pytest.raises(NotYet):
            office.export()
    office.export()
    assert office.outcome() == (ExportStatus.PENDING, "http_503")
    assert office.exports.rows[RECORD, 1].attempts == TOGETHER


def test_after_the_last_attempt_it_is_a_persons() -> None:
    office = an_office(TryLater("ReadTimeout"))
    office.exports = FakeExports.of(an_export(attempts=MOST_ATTEMPTS - 1))
    office.export()
    assert office.outcome() == (ExportStatus.GIVEN_UP, "ReadTimeout")
    assert office.told == ["export.gave_up"]
    assert MOST_ATTEMPTS % TOGETHER == 0


def test_trouble_with_our_account_fails_no_record(caplog: pytest.LogCaptureFixture) -> None:
    office = an_office(AccountTrouble("token_refused"))
    with pytest.raises(NotYet, match="token_refused"):
        office.export()
    assert office.exports.rows[RECORD, 1] == an_export()
    assert {record.levelname for record in caplog.records} == {"ERROR"}


def test_what_came_later_but_was_faster_is_left_as_it_is() -> None:
    office = an_office(Superseded("newer_there"))
    office.national.meanwhile = lambda: office.records.versions.append(a_vaccination(version=2))
    office.export()
    assert office.exports.rows[RECORD, 1] == an_export()
    assert office.told == []


def test_a_national_record_that_knows_more_than_ours_is_a_persons_matter() -> None:
    office = an_office(Superseded("newer_there"))
    office.export()
    assert office.outcome() == (ExportStatus.REJECTED, "newer_there")


def test_the_same_end_after_asking_again_is_told_anew() -> None:
    office = an_office(Refused("unknown_lot"))
    office.exports = FakeExports.of(an_export(rounds=2))
    office.export()
    assert office.publisher.told[0].id == f"{RECORD}.1.rejected.2"


@pytest.mark.parametrize("data", [{}, {"vaccination": 7}, {"vaccination": "nobody-has-this"}])
def test_an_event_that_names_no_record_is_bad(data: Any) -> None:
    with pytest.raises(BadEvent):
        an_office().export(data)

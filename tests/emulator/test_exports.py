"""Exports on the Spanner emulator: asked for with the record, ended, on a list, asked again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from erejestracja.domain.exports import (
    Export,
    ExportStatus,
    asked_by_person,
    asked_by_upkeep,
    told_of_end,
)
from erejestracja.domain.ids import PatientId, PointId, VaccinationId
from erejestracja.ports import Clash, Gone
from erejestracja.storage.spanner import exports
from erejestracja.storage.spanner.database import Batch, Database
from erejestracja.storage.spanner.exports import Identities, SpannerExports
from erejestracja.storage.spanner.outbox import Outbox
from tests.support.builders import NOW, PATIENT, POINT
from tests.support.exports import RECORD, a_pesel, a_vaccination, an_export

pytestmark = pytest.mark.emulator
OTHER = PointId("bbbbbbbbbb")
REFUSED: dict[str, Any] = {"status": ExportStatus.REJECTED, "failure": "unknown_lot"}


def ask(database: Database, *versions: dict[str, Any]) -> datetime:
    def fill(batch: Batch) -> None:
        for changes in versions or ({},):
            exports.request(batch, a_vaccination(**changes))

    return database.commit(fill)


def end(database: Database, **changes: Any) -> Export:
    ended = an_export(**(REFUSED | changes))
    SpannerExports(database).end(ended, told_of_end(ended))
    return ended


def told(database: Database) -> list[str]:
    return sorted(w.event.id for page in Outbox(database).pages() for w in page)


def timeless(export: Export | None) -> Export | None:
    return replace(export, since=None) if export else None


def found(database: Database, version: int = 1) -> Export | None:
    return timeless(SpannerExports(database).get(RECORD, version))


def test_a_version_of_a_record_is_asked_for_once(database: Database) -> None:
    ask(database)
    assert found(database) == an_export()
    with pytest.raises(Clash):
        ask(database)


def test_nobody_asked_for_what_is_not_there(database: Database) -> None:
    assert found(database) is None
    assert SpannerExports(database).newest(RECORD) is None


def test_an_end_is_written_and_told_in_one_commit_and_may_be_repeated(database: Database) -> None:
    ask(database)
    ended = end(database)
    end(database)
    assert found(database) == ended
    assert told(database) == [f"{RECORD}.1.rejected.0"]


def test_the_end_of_a_version_forgets_those_before_it(database: Database) -> None:
    ask(database, {}, {"version": 2})
    end(database, version=2)
    assert found(database) is None
    assert SpannerExports(database).left_behind(datetime.now(UTC) + timedelta(1), 10) == []


def test_an_attempt_that_failed_is_counted_with_its_reason(database: Database) -> None:
    ask(database)
    tried = an_export(attempts=3, failure="http_503")
    SpannerExports(database).count_attempt(tried)
    assert found(database) == tried


def test_an_attempt_of_a_version_no_longer_wanted_is_not_counted(database: Database) -> None:
    ask(database, {}, {"version": 2})
    end(database, version=2)
    with pytest.raises(Gone):
        SpannerExports(database).count_attempt(an_export(attempts=1))


def test_a_point_sees_what_failed_there_the_longest_waiting_first(database: Database) -> None:
    names = [VaccinationId(name) for name in ("zzz", "mmm", "aaa")]
    for name in names:
        end(database, vaccination=name)
    end(database, vaccination=VaccinationId("elsewhere"), point=OTHER)
    end(database, vaccination=VaccinationId("fine"), status=ExportStatus.ACCEPTED, failure=None)
    end(database, vaccination=VaccinationId("left"), status=ExportStatus.GIVEN_UP)
    failed = SpannerExports(database).failed(POINT, 10)
    assert [one.vaccination for one in failed] == [*names, "left"]
    assert len(SpannerExports(database).failed(POINT, 2)) == 2
    assert SpannerExports(database).failed(PointId("nowhere"), 10) == []


def test_what_failed_is_nobodys_work_once_a_newer_version_is_on_its_way(
    database: Database,
) -> None:
    end(database)
    ask(database, {"version": 2})
    assert SpannerExports(database).failed(POINT, 10) == []
    newest = SpannerExports(database).newest(RECORD)
    assert timeless(newest) == an_export(version=2)


def test_what_is_pending_for_long_is_left_behind(database: Database) -> None:
    asked = ask(database, {}, {"id": VaccinationId("another")})
    end(database)
    behind = SpannerExports(database).left_behind(asked + timedelta(microseconds=1), 10)
    assert [one.vaccination for one in behind] == ["another"]
    assert SpannerExports(database).left_behind(asked, 10) == []


def test_however_many_are_left_behind_none_starves(database: Database) -> None:
    names = {f"dose{number}" for number in range(60)}
    before = ask(database, *({"id": VaccinationId(name)} for name in names))
    before += timedelta(microseconds=1)
    rows, asked = SpannerExports(database), set[str]()
    while some := rows.left_behind(before, 16):
        assert len(some) <= 16
        assert asked.isdisjoint(one.vaccination for one in some)
        asked |= {one.vaccination for one in some}
        rows.ask_again(some, [asked_by_upkeep(one, NOW) for one in some])
    assert asked == names


def test_asking_again_tells_once_and_counts_as_a_change(database: Database) -> None:
    asked = ask(database)
    rows = SpannerExports(database)
    event = asked_by_upkeep(an_export(), NOW)
    rows.ask_again([an_export()], [event])
    assert told(database) == [f"{RECORD}.1.asked.202612010900"]
    assert rows.left_behind(asked + timedelta(microseconds=1), 10) == []
    with pytest.raises(Clash):
        rows.ask_again([an_export()], [event])


def test_two_people_who_ask_at_once_ask_once(database: Database) -> None:
    end(database)
    again = an_export(rounds=1)
    SpannerExports(database).reopen(again, asked_by_person(again))
    assert found(database) == again
    with pytest.raises(Clash):
        SpannerExports(database).reopen(again, asked_by_person(again))
    assert SpannerExports(database).failed(POINT, 10) == []


def test_who_a_person_is_to_the_state_is_known_where_there_is_a_number(
    database: Database,
) -> None:
    def fill(batch: Batch) -> None:
        for name, number in ((PATIENT, str(a_pesel())), ("without", None)):
            batch.insert(
                "Patients",
                PatientId=name,
                Pesel=number,
                GivenName="Anna",
                FamilyName="Przykładowa",
                BirthDate=a_pesel().birth_date,
                Language="pl",
                Sex="F",
                UpdatedAt=datetime(2026, 1, 1, tzinfo=UTC),
            )

    database.commit(fill)
    people = Identities(database)
    assert people.pesel(PATIENT) == a_pesel()
    assert people.pesel(PatientId("without")) is None
    assert people.pesel(PatientId("unknown")) is None

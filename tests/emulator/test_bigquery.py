"""The archive on a real BigQuery emulator: rows once, views over them, provisioned twice."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.calendar import local_day
from erejestracja.domain.forecast import Due, begun, forecast
from erejestracja.domain.ids import PatientId
from erejestracja.domain.supply import Supply
from erejestracja.domain.vaccination import VaccinationStatus
from erejestracja.events.envelope import Delivery
from erejestracja.services.doses import told_of_dose
from erejestracja.services.reporting import row_of
from erejestracja.storage.bigquery.archive import (
    BigQueryArchive,
    RefusedRows,
    ReportingSettings,
    open_archive,
)
from erejestracja.storage.bigquery.provision import main, provision
from tests.support import bigquery
from tests.support.builders import AT_EIGHT, DAY, NOW, POINT, a_point
from tests.support.courses_contract import a_course, a_given
from tests.support.emulators import or_skip

pytestmark = pytest.mark.emulator
KEY = b"a key for tests"
VISIT = {
    "visit": "v1",
    "patient": "patienta",
    "point": "aaaaaaaaaa",
    "powiat": "0663",
    "voivodeship": "06",
    "programme": "covid-19",
    "vaccine": "cov19.pfizer",
    "dose": 1,
    "day": "2026-12-07",
    "channel": "web",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("bigquery")
        yield or_skip(lambda: stack.enter_context(bigquery.running(folder)))


@pytest.fixture
def dataset(client: Any, request: pytest.FixtureRequest) -> str:
    """Return a provisioned dataset of this test's own."""
    name = str(request.node.name)[:60]
    provision(client, name)
    return name


@pytest.fixture
def archive(dataset: str, monkeypatch: pytest.MonkeyPatch) -> BigQueryArchive:
    """Return the archive as a function opens it."""
    monkeypatch.setenv("BIGQUERY_DATASET", dataset)
    monkeypatch.setenv("REPORTING_KEY", KEY.decode())
    return open_archive(ReportingSettings())


def row(name: str, kind: str = "visit.booked", **data: Any) -> dict[str, Any]:
    facts = data if kind.startswith("sms.") else VISIT | data
    return row_of(Delivery(name, kind, facts, NOW), KEY, NOW)


def rows(client: Any, dataset: str, name: str = "events") -> list[dict[str, Any]]:
    sql = f"SELECT * FROM {dataset}.{name}"
    return [dict(found) for found in client.query_and_wait(sql, retry=None, job_retry=None)]


def ids(client: Any, dataset: str, name: str = "events") -> Sequence[str]:
    return sorted(found["event_id"] for found in rows(client, dataset, name))


def test_provisioning_again_changes_nothing(client: Any, dataset: str) -> None:
    assert provision(client, dataset) == []
    table = client.get_table(f"{dataset}.events_raw")
    assert table.time_partitioning.field == "occurred_at"
    assert table.clustering_fields == ["type", "powiat"]


@pytest.mark.usefixtures("archive")
def test_the_command_says_what_it_made(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    assert capsys.readouterr().out == "made: nothing, all there\n"


def test_what_was_archived_is_there_whole(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    assert archive.append([row("v1.1", slot="s1")]) == set()
    (found,) = rows(client, dataset)
    assert found["occurred_at"] == found["received_at"] == NOW
    assert (found["type"], found["powiat"], found["dose"]) == ("visit.booked", "0663", 1)
    assert found["day"].isoformat() == "2026-12-07"
    assert found["data"] == '{"visit":"v1","slot":"s1"}'


def test_an_event_that_comes_twice_is_one_row(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    archive.append([row("v1.1")])
    archive.append([row("v1.1"), row("v2.1")])
    assert ids(client, dataset) == ["v1.1", "v2.1"]


def test_a_second_row_of_long_after_is_one_event_in_the_view(client: Any, dataset: str) -> None:
    # Without an insert id BigQuery cannot know, as it does not after some minutes.
    late = row("v1.1") | {"received_at": (NOW + timedelta(hours=1)).isoformat()}
    for one in (late, row("v1.1")):
        client.insert_rows_json(f"{dataset}.events_raw", [one], row_ids=[None], retry=None)
    assert ids(client, dataset, "events_raw") == ["v1.1", "v1.1"]
    (found,) = rows(client, dataset)
    assert found["received_at"] == NOW


def test_a_bad_row_is_refused_and_its_neighbours_are_kept(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    assert archive.append([row("good"), row("bad", dose="first"), row("fine")]) == {"bad"}
    assert ids(client, dataset) == ["fine", "good"]


def test_where_every_row_is_refused_the_table_is_to_blame(archive: BigQueryArchive) -> None:
    with pytest.raises(RefusedRows):
        archive.append([row("a", dose="x"), row("b", dose="x")])


def test_one_bad_row_alone_is_just_bad(archive: BigQueryArchive) -> None:
    assert archive.append([row("a", dose="x")]) == {"a"}


def test_bookings_are_counted_by_day_and_powiat(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    archive.append(
        [
            row("v1.1"),
            row("v2.1", patient="patientb"),
            row("v2.2", "visit.cancelled", patient="patientb"),
            row("v3.1", powiat="1465", voivodeship="14"),
        ]
    )
    found = sorted(rows(client, dataset, "visits_daily"), key=lambda r: r["powiat"])
    counts = [(r["powiat"], r["booked"], r["cancelled"], r["people"]) for r in found]
    assert counts == [("0663", 2, 1, 2), ("1465", 1, 0, 1)]
    assert found[0]["happened_on"].isoformat() == "2026-12-01"


def test_holds_are_counted_by_what_became_of_them(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    archive.append(
        [row("h1", "hold.placed"), row("h2", "hold.placed"), row("h2.x", "hold.expired")]
    )
    (found,) = rows(client, dataset, "holds_daily")
    assert (found["placed"], found["released"], found["expired"]) == (2, 0, 1)


def test_messages_are_counted_with_what_they_cost(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    def told(name: str, kind: str, **data: Any) -> dict[str, Any]:
        return row(f"{name}.{kind}", f"sms.{kind}", message=name, template="booked", **data)

    archive.append(
        [
            told("m1", "requested"),
            row("m1.again", "sms.requested", message="m1", template="booked"),
            told("m1", "sent", segments=1, price=0.07),
            told("m1", "delivered"),
            told("m2", "requested"),
            told("m2", "sent", segments=2, price=0.14),
            told("m3", "requested"),
            told("m3", "unreachable", reason="no_phone"),
        ]
    )
    (found,) = rows(client, dataset, "messages_daily")
    counts = (found["requested"], found["sent"], found["delivered"], found["not_sent"])
    assert counts == (3, 2, 1, 1)
    assert (found["segments"], round(found["price"], 2)) == (3, 0.21)


def a_dose(name: str, version: int, **changes: Any) -> dict[str, Any]:
    facts = {"vaccination": name, "version": version, "status": "given", "lot": "ABC123"}
    return row(f"{name}.{version}", "vaccination.recorded", **(facts | changes))


def test_doses_count_as_their_newest_version_says(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    archive.append(
        [
            a_dose("d1", 1),
            a_dose("d1", 2, day="2026-12-06"),
            a_dose("d2", 1, patient="patientb"),
            a_dose("d2", 2, patient="patientb", status="enteredInError"),
            a_dose("d3", 1, patient="patientc"),
            a_dose("d4", 1, dose=2, day="2026-12-28"),
            # The same dose, which another point had recorded already.
            a_dose("d5", 1, dose=2, day="2026-12-28"),
        ]
    )
    daily = {
        (r["happened_on"].isoformat(), r["dose"]): r["given"]
        for r in rows(client, dataset, "doses_daily")
    }
    assert daily == {("2026-12-06", 1): 1, ("2026-12-07", 1): 1, ("2026-12-28", 2): 2}
    weekly = {
        (r["happened_on"].isoformat(), r["dose"]): (r["given"], r["followed"])
        for r in rows(client, dataset, "next_doses_weekly")
    }
    assert weekly == {
        ("2026-11-30", 1): (1, 1),
        ("2026-12-07", 1): (1, 0),
        ("2026-12-28", 2): (2, 0),
    }


def test_the_forecast_is_of_whom_the_statistics_still_wait_for(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    # Sundays and Mondays, one dose recorded twice, one taken back, one followed by another.
    first = [
        a_given(PatientId(name), performed_at=AT_EIGHT + timedelta(days=days))
        for name, days in (("a", -1), ("b", 0), ("c", 6), ("d", 7), ("e", 0))
    ]
    wrong = replace(first[1], version=2, status=VaccinationStatus.ENTERED_IN_ERROR)
    second = a_given(PatientId("e"), 2, performed_at=AT_EIGHT + timedelta(days=8))
    told = [told_of_dose(one, a_point()) for one in (*first, wrong, second)]
    archive.append([row_of(Delivery(e.id, e.type, e.data, NOW), KEY, NOW) for e in told])
    waited_for = {
        r["happened_on"]: r["given"] - r["followed"]
        for r in rows(client, dataset, "next_doses_weekly")
        if r["dose"] == 1 and r["given"] > r["followed"]
    }
    given = [a_course(one) for one in (*first, second) if one.id != wrong.id]
    days = {one.patient: local_day(one.performed_at) for one in first}
    due = [Due(one.vaccine, days[one.patient], None) for one in begun(given)]
    [outlook] = forecast(Supply(POINT), due, [], DAY - timedelta(days=7), 3)
    assert waited_for == {week.starts: week.due for week in outlook.weeks}
    assert list(waited_for.values()) == [1, 1, 1]


def test_vials_are_counted_by_where_they_went(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    moves = [
        ("delivery", 60),
        ("use", 1),
        ("use", 1),
        ("givenBack", 1),
        ("waste", 4),
        ("return", 6),
    ]
    archive.append(
        [
            row(f"l.{n}", "lot.entered", lot="ABC123", movement=movement, doses=doses)
            for n, (movement, doses) in enumerate(moves)
        ]
    )
    (found,) = rows(client, dataset, "vials_daily")
    counts = (found["came"], found["used"], found["wasted"], found["went"])
    assert counts == (60, 1, 4, 6)


def test_calls_of_standby_lists_are_counted_by_how_they_ended(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    told = [
        ("standby.joined", None),
        ("standby.called", None),
        ("standby.answered", "notReached"),
        ("standby.called", None),
        ("standby.answered", "coming"),
        ("standby.left", None),
        ("visit.replaced", None),
        ("visit.replaced", None),
        ("visit.unreplaced", None),
    ]
    archive.append([row(f"s.{n}", kind, outcome=outcome) for n, (kind, outcome) in enumerate(told)])
    (found,) = rows(client, dataset, "standby_daily")
    names = ("called", "coming", "not_reached", "declined", "taken_off", "swapped", "swapped_back")
    assert tuple(found[name] for name in names) == (2, 1, 1, 0, 1, 2, 1)


def test_who_waits_is_counted_apart_from_who_lost_a_visit(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    told = [
        ("waiting.asked", False, None),
        ("waiting.offered", False, None),
        ("waiting.declined", False, None),
        ("waiting.offered", False, None),
        ("waiting.ended", False, "silent"),
        ("waiting.offered", True, None),
        ("waiting.ended", True, "booked"),
    ]
    archive.append(
        [
            row(f"w.{n}", kind, lost=lost, reason=reason)
            for n, (kind, lost, reason) in enumerate(told)
        ]
    )
    found = {one["lost"]: one for one in rows(client, dataset, "waiting_daily")}
    names = ("offered", "declined", "unanswered", "booked")
    assert tuple(found[False][name] for name in names) == (2, 1, 1, 0)
    assert tuple(found[True][name] for name in names) == (1, 0, 0, 1)


def test_calls_back_are_counted_by_the_hour_and_why(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    told: list[tuple[str, dict[str, Any]]] = [
        ("asked", {"waitedS": 0}),
        ("asked", {"waitedS": 0, "result": "noNumber"}),
        ("taken", {"waitedS": 600, "attempts": 0}),
        ("tried", {"waitedS": 660, "attempts": 1, "outcome": "busy"}),
        ("taken", {"waitedS": 9000, "attempts": 1}),
        ("tried", {"waitedS": 9060, "attempts": 2, "outcome": "reached", "result": "reached"}),
        ("taken", {"waitedS": 1200, "attempts": 0}),
    ]
    archive.append(
        [
            row(f"c.{n}", f"callback.{what}", cause="overload", **facts)
            for n, (what, facts) in enumerate(told)
        ]
    )
    (found,) = rows(client, dataset, "callbacks_hourly")
    names = ("hour", "asked", "taken", "rang", "done", "given_up", "wait_s", "longest_wait_s")
    assert tuple(found[name] for name in names) == (10, 2, 3, 2, 1, 1, 900, 1200)


def test_overrides_are_counted_by_rule_and_reason(
    client: Any, dataset: str, archive: BigQueryArchive
) -> None:
    told = [("asked", 0), ("consented", 60), ("used", 90), ("asked", 0), ("refused", 120)]
    facts = {"rule": "cohort_not_open", "ground": "physician"}
    archive.append(
        [row(f"o.{n}", f"override.{what}", afterS=s, **facts) for n, (what, s) in enumerate(told)]
    )
    archive.append([row("o.x", "override.asked", afterS=0, **(facts | {"ground": "order"}))])
    found = {one["ground"]: one for one in rows(client, dataset, "overrides_daily")}
    names = ("asked", "consented", "refused", "lapsed", "used", "decided_after_s")
    assert tuple(found["physician"][name] for name in names) == (2, 1, 1, 0, 1, 90)
    assert (found["order"]["asked"], found["order"]["decided_after_s"]) == (1, None)

"""A point's own file over HTTP: previewed, taken in, and each row answered."""

from typing import Any

import pytest

from erejestracja.ports import Clash
from erejestracja.services.handed_over import MOST_ROWS
from tests.functions.test_schedule import Caller
from tests.support.builders import POINT
from tests.support.schedule_case import Case
from tests.unit.domain.test_schedule_rows import ROW

PATH = f"/v1/points/{POINT}/slots:import"
OWN = {column: text for column, text in ROW.items() if column != "point"}


@pytest.fixture
def call() -> Caller:
    return Caller(Case())


def a_file(*changes: dict[str, str], row: dict[str, str] = OWN) -> bytes:
    rows = [";".join((row | change).values()) for change in changes]
    return "\r\n".join([";".join(row), *rows, ""]).encode("windows-1250")


def sent(
    call: Caller, body: bytes, who: str = "admin", path: str = PATH, kind: str = "text/csv"
) -> Any:
    return call(who, "POST", path, data=body, headers={"Content-Type": kind})


def test_rows_are_made_changed_or_as_they_stand(call: Caller) -> None:
    first = sent(
        call, a_file({"key": "a"}, {"key": "b", "weekdays": "6"}, {"key": "c", "step": "1"})
    )
    assert first.status_code == 200
    assert first.json["rows"] == [
        {"line": 2, "status": "accepted"},
        {"line": 3, "status": "accepted"},
        {"line": 4, "status": "refused", "reason": "invalid", "column": "step"},
    ]
    assert (first.json["accepted"], first.json["refused"]) == (2, 1)
    assert (first.json["settled"], first.json["creates"] > 0) == (True, True)
    again = sent(call, a_file({"key": "a"}, {"key": "b", "weekdays": "7"}), "partner")
    assert [row["status"] for row in again.json["rows"]] == ["repeated", "accepted"]
    assert call.case.is_open_as_ruled()


def test_a_preview_tells_whom_it_hits_and_changes_nothing(call: Caller) -> None:
    sent(call, a_file({"key": "a"}))
    visit = call.case.visit("who", index=27)
    preview = sent(call, a_file({"key": "a", "to": "14:00"}), path=f"{PATH}?dryRun=true").json
    assert (preview["dryRun"], preview["settled"], preview["accepted"]) == (True, False, 1)
    (hit,) = preview["affectedVisits"]
    assert (hit["id"], hit["keepsTime"]) == (visit.id, False)
    assert preview["withdraws"] > 0
    assert len(call.case.schedules.plans.edits) == 1


def test_a_file_in_which_all_is_as_it_stands_edits_nothing(call: Caller) -> None:
    sent(call, a_file({"key": "a"}))
    again = sent(call, a_file({"key": "a"})).json
    assert (again["repeated"], again["settled"], again["creates"]) == (1, True, 0)
    assert len(call.case.schedules.plans.edits) == 1


def test_the_point_may_be_named_and_is_no_other(call: Caller) -> None:
    named = a_file({}, {"point": ""}, {"point": "elsewhere"}, row=ROW)
    assert [row["status"] for row in sent(call, named).json["rows"]] == [
        *("accepted", "repeated", "refused")
    ]


@pytest.mark.parametrize(
    ("body", "kind", "field"),
    [
        (b"", "text/csv", "body"),
        (b"x" * 70_000, "text/csv", "body"),
        (b"{}", "application/json", "Content-Type"),
        (b"Dzie\xf1 dobry", "text/csv", "file"),
        (a_file(*[{}] * (MOST_ROWS + 1)), "text/csv", "file"),
    ],
)
def test_what_is_no_file_of_a_schedule_is_refused(
    call: Caller, body: bytes, kind: str, field: str
) -> None:
    answer = sent(call, body, kind=kind)
    assert (answer.status_code, list(answer.json["fields"])) == (400, [field])


@pytest.mark.parametrize(("who", "status"), [("registrar", 403), ("stranger", 403)])
def test_only_planners_of_the_point_may(call: Caller, who: str, status: int) -> None:
    assert sent(call, a_file({}), who).status_code == status


def test_an_edit_made_meanwhile_is_seen_and_endless_ones_are_told(call: Caller) -> None:
    sent(call, a_file({"key": "a"}))
    strikes = [1]

    def clash(what: str) -> None:
        if what == "begin" and strikes:
            strikes.pop()
            raise Clash("Table SeriesEdits")

    call.case.schedules.before_commit = clash
    assert sent(call, a_file({"key": "a", "places": "5"})).json["accepted"] == 1
    strikes += [1] * 10
    assert sent(call, a_file({"key": "a", "places": "6"})).status_code == 503


def test_what_cannot_follow_now_is_left_to_upkeep(call: Caller) -> None:
    def clash(what: str) -> None:
        if what == "withdraw":
            raise Clash("Table Places")

    sent(call, a_file({"key": "a"}))
    call.case.schedules.before_commit = clash
    assert sent(call, a_file({"key": "a", "places": "5"})).json["settled"] is False

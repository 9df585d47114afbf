"""Closures over HTTP, in process: previewed, made, watched, undone."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from erejestracja.services.closing import Hits
from tests.functions.test_schedule import BODY, Caller, ScheduleSuite, code
from tests.support import functions
from tests.support.builders import POINT
from tests.support.schedule_case import Case

PATH = f"/v1/points/{POINT}/closures"
CLOSURE = {
    "from": "2026-12-07T10:00:00+01:00",
    "to": "2026-12-07T12:00:00+01:00",
    "reason": "breakdown",
    "strategy": "cancel",
}


@dataclass
class ClosingSuite(ScheduleSuite):
    hits: Hits | None = None


class ClosingCaller(Caller):
    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self._client = functions.load("schedule", ClosingSuite(case.board, hits=case.schedules))

    def close(self, **changes: Any) -> Any:
        answer = self("admin", "POST", PATH, json=CLOSURE | changes)
        assert answer.status_code == 201, answer.text
        return answer.get_json()


@pytest.fixture
def call() -> ClosingCaller:
    call = ClosingCaller(Case())
    call.made(breaks=[], places=1)
    return call


def test_a_preview_says_what_becomes_of_each_visit(call: ClosingCaller) -> None:
    early, hit = call.case.visit("anna"), call.case.visit("jan", index=8)
    found = call("admin", "POST", PATH + "?dryRun=true", json=CLOSURE).get_json()
    assert (found["dryRun"], found["creates"], found["withdraws"]) == (True, 24, 32)
    becomes = {one["id"]: one["becomes"] for one in found["affectedVisits"]}
    assert becomes == {early.id: "keepsTime", hit.id: "cancelled"}
    assert call("admin", "GET", PATH).get_json() == {"closures": []}


@pytest.mark.parametrize(("strategy", "word"), [("keep", "stays"), ("reaccommodate", "orphaned")])
def test_each_strategy_has_its_word(call: ClosingCaller, strategy: str, word: str) -> None:
    call.case.visit("jan", index=8)
    [visit] = call.close(strategy=strategy)["affectedVisits"]
    assert (visit["becomes"], visit["keepsTime"]) == (word, False)


def test_a_closure_is_made_watched_and_undone(call: ClosingCaller) -> None:
    hit = call.case.visit("jan", index=8)
    made = call.close()
    path = f"{PATH}/{made['closure']['id']}"
    assert (made["settled"], made["closure"]["from"]) == (True, "2026-12-07T09:00:00Z")
    far = call("admin", "GET", path).get_json()
    assert far["visits"] == far["unreachable"] == [{"visit": hit.id, "outcome": "cancelled"}]
    undo = {"undoToken": made["undoToken"]}
    assert call("partner", "POST", f"{path}:undo", json=undo).get_json()["closure"]["undone"]
    assert len(call.case.slots()) == 32
    assert code(call("admin", "POST", f"{path}:undo", json=undo)) == (412, "version_mismatch")
    wrong = call("admin", "POST", f"{path}:undo", json={"undoToken": "7"})
    assert wrong.get_json()["fields"] == {"undoToken": "is not this closure's"}


def test_a_room_is_closed_beside_another(call: ClosingCaller) -> None:
    for room in ("Gabinet 1", " GABINET  2 "):
        answer = call.made(opens="16:00", closes="18:00", breaks=[], room=room)
        assert answer["room"] == " ".join(room.split())
    hours = {"from": "2026-12-07T17:00:00+01:00", "to": "2026-12-07T18:00:00+01:00"}
    found = call.close(**hours, room="Gabinet 2")
    assert (found["closure"]["room"], found["withdraws"], found["creates"]) == ("Gabinet 2", 16, 8)
    assert len(call.case.slots(room="GABINET 2")) == 4
    assert len(call.case.slots(room="Gabinet 1")) == 8
    answer = call("admin", "POST", PATH, json=CLOSURE | hours | {"room": "Gabinet 3"})
    assert answer.get_json()["fields"] == {"room": "has nothing to close"}


def test_a_visit_that_is_moved_while_it_is_asked_is_listed_all_the_same(
    call: ClosingCaller,
) -> None:
    visit = call.case.visit("jan", index=8)
    known = call.case.store.tables.visits
    slot = replace(visit.place.slot, session=replace(visit.place.slot.session, nr=99))
    known[visit.id] = (replace(visit, place=replace(visit.place, slot=slot)), "")
    found = call("admin", "POST", PATH + "?dryRun=true", json=CLOSURE).get_json()
    assert [one["id"] for one in found["affectedVisits"]] == [visit.id]


@pytest.mark.parametrize("who", ["registrar", "stranger"])
def test_nobody_else_closes(call: ClosingCaller, who: str) -> None:
    assert code(call(who, "POST", PATH, json=CLOSURE)) == (403, "not_allowed")


@pytest.mark.parametrize(
    ("field", "value"),
    [("to", "2026-12-07T10:00:00+01:00"), ("from", "2026-12-07T10:00:00"), ("strategy", "burn")],
)
def test_what_is_wrong_is_named(call: ClosingCaller, field: str, value: str) -> None:
    answer = call("admin", "POST", PATH, json=CLOSURE | {field: value})
    assert code(answer) == (400, "invalid_request")
    assert set(answer.get_json()["fields"]) == {field}


@pytest.mark.parametrize("closure", ["0", "x"])
def test_what_is_not_there_is_not_found(call: ClosingCaller, closure: str) -> None:
    assert code(call("admin", "GET", f"{PATH}/{closure}")) == (404, "not_found")


def test_an_edit_after_it_says_nothing_of_the_closure(call: ClosingCaller) -> None:
    series = call.made(**BODY | {"opens": "16:00", "closes": "18:00", "breaks": []})
    call.close()
    [_, other] = call("admin", "GET", f"/v1/points/{POINT}/series").get_json()["series"]
    assert {**other, "etag": ""} == {**series, "etag": ""}


def test_one_slot_is_changed_with_a_preview(call: ClosingCaller) -> None:
    hit, slot = call.case.visit("jan", index=8), call.case.slot("10:00")
    path = f"/v1/points/{POINT}/slots/{slot}"
    preview = call("admin", "PATCH", path + "?dryRun=true", json={"places": 0}).get_json()
    assert [one["id"] for one in preview["affectedVisits"]] == [hit.id]
    done = call("admin", "PATCH", path, json={"visibility": "internal", "places": 4})
    assert (done.status_code, done.get_json()["affectedVisits"][0]["keepsTime"]) == (200, True)
    assert code(call("admin", "PATCH", path, json={"places": 1})) == (404, "not_found")
    assert code(call("admin", "PATCH", path, json={"places": 99})) == (400, "invalid_request")
    assert code(call("registrar", "PATCH", path, json={"places": 1})) == (403, "not_allowed")


def test_a_day_is_copied_and_undone(call: ClosingCaller) -> None:
    path, body = f"/v1/points/{POINT}/copies", {"from": "2026-12-07", "to": "2026-12-12"}
    key = {"Idempotency-Key": "k"}
    preview = call("admin", "POST", path + "?dryRun=true", json=body, headers=key).get_json()
    assert preview == {
        "dryRun": True,
        "settled": False,
        "creates": 32,
        "withdraws": 0,
        "sessions": 1,
        "warnings": [],
    }
    made = call("admin", "POST", path, json=body, headers=key)
    assert (made.status_code, made.get_json()["settled"]) == (201, True)
    assert len(call.case.slots(day=5)) == 32
    assert call("admin", "POST", path, json=body, headers=key).get_json()["sessions"] == 0
    undo = call("admin", "POST", f"{path}/{made.get_json()['id']}:undo")
    assert (undo.status_code, undo.get_json()["withdraws"]) == (200, 32)
    assert call.case.slots(day=5) == []
    assert code(call("admin", "POST", f"{path}/x:undo")) == (404, "not_found")
    assert code(call("registrar", "POST", path, json=body, headers=key)) == (403, "not_allowed")
    assert code(call("admin", "POST", path, json=body)) == (400, "invalid_request")

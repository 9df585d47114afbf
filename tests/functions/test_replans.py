"""Plans made anew over HTTP, in process: previewed, carried out, watched, undone."""

from typing import Any

import pytest

from tests.functions.test_schedule import Caller, code
from tests.support.builders import DAY, PFIZER, POINT
from tests.support.supply_case import A_DAY, SupplyCase

SUPPLY = f"/v1/points/{POINT}/supply"


class Planner(Caller):
    """A week of which thirty-two places a day are covered by one delivery."""

    def __init__(self) -> None:
        self.week = SupplyCase()
        super().__init__(self.week)
        self.delivery = self.week.delivery(5 * A_DAY)
        self.week.make()

    def patch(self, query: str = "", who: str = "admin", **body: Any) -> Any:
        seen = self.week.supplies.deliveries[POINT, self.delivery].version
        path = f"{SUPPLY}/deliveries/{self.delivery}{query}"
        return self(who, "PATCH", path, json=body, headers={"If-Match": f'"{seen}"'})

    def undo(self, token: str, query: str = "") -> Any:
        path = f"{SUPPLY}/replans/{token}:undo{query}"
        return self("admin", "POST", path, json={"undoToken": token})


@pytest.fixture
def call() -> Planner:
    return Planner()


def test_a_preview_says_what_falls_and_whom_it_hits(call: Planner) -> None:
    visits = [call.week.visit(f"person-{n}", index=n) for n in range(A_DAY)]
    found = call.patch("?dryRun=true", doses=A_DAY - 2).get_json()
    assert (found["dryRun"], found["doses"], found["settled"]) == (True, A_DAY - 2, False)
    monday, tuesday = found["days"][:2]
    numbers = {"places": 2, "free": 0, "booked": 2, "again": 0}
    assert monday == {"date": DAY.isoformat(), "vaccine": PFIZER, **numbers}
    assert (tuesday["places"], tuesday["free"], tuesday["booked"]) == (A_DAY, A_DAY, 0)
    hit = [(one["id"], one["becomes"]) for one in found["affectedVisits"]]
    assert hit == [(one.id, "stays") for one in visits[-2:]]
    assert "undoToken" not in found
    asked = call.patch("?dryRun=true", doses=A_DAY - 2, strategy="cancel").get_json()
    assert {one["becomes"] for one in asked["affectedVisits"]} == {"cancelled"}
    assert sum(call.week.by_day().values()) == 5 * A_DAY


def test_it_is_carried_out_watched_and_undone(call: Planner) -> None:
    visit = call.week.visit("anna")
    cancelled: dict[str, Any] = {"status": "cancelled", "strategy": "reaccommodate"}
    refused = call.patch(**cancelled)
    assert code(refused) == (400, "invalid_request")
    assert set(refused.get_json()["fields"]) == {"reason"}
    done = call.patch(**cancelled, reason="noDelivery").get_json()
    assert (done["status"], done["settled"], done["dryRun"]) == ("cancelled", True, False)
    assert call.week.by_day() == {}
    token = done["undoToken"]
    far = call("partner", "GET", f"{SUPPLY}/replans/{token}").get_json()
    assert far["visits"] == far["unreachable"] == [{"visit": visit.id, "outcome": "orphaned"}]
    assert (far["reason"], far["undone"]) == ("noDelivery", False)
    preview = call.undo(token, "?dryRun=true").get_json()
    assert sum(one["again"] for one in preview["days"]) == 5 * A_DAY
    back = call.undo(token).get_json()
    assert (back["status"], back["settled"]) == ("confirmed", True)
    assert sum(call.week.by_day().values()) == 5 * A_DAY
    assert call.week.status(visit).value == "booked"
    assert code(call.undo(token)) == (412, "version_mismatch")


def test_without_a_strategy_all_stays_for_a_reason(call: Planner) -> None:
    assert code(call.patch(doses=A_DAY)) == (422, "not_covered")
    assert "days" not in call.patch("?override=instructed", doses=A_DAY).get_json()
    assert sum(call.week.by_day().values()) == 5 * A_DAY


def test_visits_are_kept_for_a_reason(call: Planner) -> None:
    call.week.visit("anna")
    kept: dict[str, Any] = {"status": "cancelled", "strategy": "keep"}
    assert code(call.patch(**kept)) == (422, "not_covered")
    done = call.patch("?override=transferPromised", **kept).get_json()
    assert [one["becomes"] for one in done["affectedVisits"]] == ["stays"]
    assert call.week.missing() == {DAY: 1}


@pytest.mark.parametrize("replan", ["7", "x"])
def test_what_was_never_planned_is_not_found(call: Planner, replan: str) -> None:
    path = f"{SUPPLY}/replans/{replan}"
    assert code(call("admin", "GET", path)) == (404, "not_found")
    undone = call("admin", "POST", f"{path}:undo", json={"undoToken": "7"})
    assert code(undone) == (404, "not_found")


def test_a_token_of_another_plan_undoes_nothing(call: Planner) -> None:
    done = call.patch(status="cancelled", strategy="cancel", reason="noDelivery").get_json()
    path = f"{SUPPLY}/replans/{done['undoToken']}"
    answer = call("admin", "POST", f"{path}:undo", json={"undoToken": f"{done['undoToken']}0"})
    assert code(answer) == (400, "invalid_request")
    assert call("admin", "GET", path).get_json()["undone"] is False


@pytest.mark.parametrize("who", ["registrar", "stranger"])
def test_nobody_else_plans(call: Planner, who: str) -> None:
    assert code(call.patch(who=who, doses=1, strategy="keep")) == (403, "not_allowed")

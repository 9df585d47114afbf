"""The schedule function in process: real web layer, real services, a fake store."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import Unauthenticated
from erejestracja.domain.ids import PointId
from erejestracja.domain.vials import Lot
from erejestracja.services.schedule import Board
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.builders import MODERNA, PFIZER, POINT, an_actor
from tests.support.schedule_case import Case

ACTORS = {
    "admin": an_actor(Role.ADMIN),
    "partner": an_actor(Role.PARTNER),
    "registrar": an_actor(Role.REGISTRAR),
    "stranger": an_actor(Role.ADMIN, points=frozenset({PointId("bbbbbbbbbb")})),
}
PATH = f"/v1/points/{POINT}/series"
BODY = {
    "weekdays": [1, 2, 3, 4, 5],
    "opens": "08:00",
    "closes": "16:00",
    "step": 15,
    "places": 2,
    "breaks": [{"starts": "12:00", "ends": "12:30"}],
    "vaccine": PFIZER,
    "dose": 1,
    "validFrom": "2026-12-07",
}


class KnownTokens:
    def actor(self, token: str) -> Actor:
        try:
            return ACTORS[token]
        except KeyError:
            raise Unauthenticated from None


@dataclass
class ScheduleSuite:
    board: Board
    replans: Any = None
    tokens: KnownTokens = field(default_factory=KnownTokens)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))


class Caller:
    def __init__(self, case: Case) -> None:
        self.case = case
        self._client = functions.load(
            "schedule", ScheduleSuite(case.board, case.schedules.replans())
        )

    def __call__(self, who: str, method: str, path: str = PATH, **kwargs: Any) -> Any:
        headers = {"Authorization": f"Bearer {who}"} | kwargs.pop("headers", {})
        return self._client.open(path, method=method, headers=headers, **kwargs)

    def made(self, **changes: Any) -> Any:
        answer = self("admin", "POST", json=BODY | changes)
        assert answer.status_code == 201, answer.text
        return answer.get_json()["series"]


@pytest.fixture
def call() -> Caller:
    return Caller(Case())


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def test_a_series_is_made_and_says_how_many_people_it_takes(call: Caller) -> None:
    series = call.made()
    assert (series["placesPerHour"], series["placesPerWeek"]) == (8, 5 * 30 * 2)
    listed = call("partner", "GET").get_json()["series"]
    assert listed == [series]
    assert call.case.is_as_from_scratch()


def test_a_preview_tells_the_numbers_and_changes_nothing(call: Caller) -> None:
    answer = call("admin", "POST", f"{PATH}?dryRun=true", json=BODY)
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["dryRun"], told["creates"], told["affectedVisits"]) == (True, 6 * 60, [])
    assert "series" not in told
    assert call.case.store.tables.sessions == {}


def test_a_repeat_with_the_same_key_makes_no_second_series(call: Caller) -> None:
    headers = {"Idempotency-Key": "k"}
    first = call("admin", "POST", json=BODY, headers=headers)
    again = call("admin", "POST", json=BODY, headers=headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json()["series"] == again.get_json()["series"]
    other = call("admin", "POST", json=BODY | {"places": 9}, headers=headers)
    assert code(other) == (422, "idempotency_conflict")


def test_a_change_names_whose_visits_it_hits_and_the_next_etag(call: Caller) -> None:
    series = call.made()
    visit = call.case.visit("anna")
    path, headers = f"{PATH}/{series['id']}", {"If-Match": series["etag"]}
    body = {"closes": "15:00", "validTo": "2026-12-31", "breaks": []}
    preview = call("admin", "PATCH", f"{path}?dryRun=true", json=body, headers=headers)
    changed = call("admin", "PATCH", path, json=body, headers=headers).get_json()
    assert [v["id"] for v in preview.get_json()["affectedVisits"]] == [visit.id]
    assert changed["affectedVisits"] == preview.get_json()["affectedVisits"]
    assert changed["settled"] is True
    assert changed["series"]["validTo"] == "2026-12-31"
    assert changed["series"]["etag"] != series["etag"]
    late = call("admin", "PATCH", path, json=body, headers=headers)
    assert code(late) == (412, "version_mismatch")


def test_a_null_takes_the_end_away_and_nothing_else(call: Caller) -> None:
    series = call.made(validTo="2026-12-31")
    path, headers = f"{PATH}/{series['id']}", {"If-Match": series["etag"]}
    answer = call("admin", "PATCH", path, json={"validTo": None}, headers=headers)
    assert "validTo" not in answer.get_json()["series"]
    headers = {"If-Match": answer.get_json()["series"]["etag"]}
    assert code(call("admin", "PATCH", path, json={"step": None}, headers=headers))[0] == 400


def test_a_room_is_named_and_taken_away(call: Caller) -> None:
    series = call.made(room=" Gabinet  2")
    assert series["room"] == "Gabinet 2"
    path, headers = f"{PATH}/{series['id']}", {"If-Match": series["etag"]}
    wrong = call("admin", "PATCH", path, json={"room": "Gabinet\u200b2"}, headers=headers)
    assert set(wrong.get_json()["fields"]) == {"room"}
    answer = call("admin", "PATCH", path, json={"room": None}, headers=headers).get_json()
    assert "room" not in answer["series"]
    assert (answer["creates"], answer["withdraws"], answer["keeps"]) == (0, 0, 6 * 60)
    assert {session.room for session in call.case.store.tables.sessions.values()} == {None}


def test_what_only_the_point_books_is_released_by_a_rule_that_can_be_taken_away(
    call: Caller,
) -> None:
    series = call.made(visibility="internal", releaseHours=48)
    assert series["releaseHours"] == 48
    stands = call.case.store.tables.sessions.values()
    assert {session.release_hours for session in stands} == {48}
    path, headers = f"{PATH}/{series['id']}", {"If-Match": series["etag"]}
    answer = call("admin", "PATCH", path, json={"releaseHours": None}, headers=headers)
    assert "releaseHours" not in answer.get_json()["series"]
    assert call.case.is_as_from_scratch()


def test_a_series_may_name_several_vaccines_and_one_again(call: Caller) -> None:
    several = {"vaccine": None, "vaccines": [MODERNA, PFIZER]}
    answer = call("admin", "POST", json={k: v for k, v in (BODY | several).items() if v})
    series = answer.get_json()["series"]
    assert (series["vaccine"], series["vaccines"]) == (MODERNA, [MODERNA, PFIZER])
    path, headers = f"{PATH}/{series['id']}", {"If-Match": series["etag"]}
    both = {"vaccine": PFIZER, "vaccines": [PFIZER]}
    assert code(call("admin", "PATCH", path, json=both, headers=headers))[0] == 400
    changed = call("admin", "PATCH", path, json={"places": 3}, headers=headers).get_json()
    assert changed["series"]["vaccines"] == [MODERNA, PFIZER]
    headers = {"If-Match": changed["series"]["etag"]}
    alone = call("admin", "PATCH", path, json={"vaccine": PFIZER}, headers=headers).get_json()
    assert alone["series"]["vaccines"] == [PFIZER]
    assert call.case.is_as_from_scratch()


def test_a_series_may_be_for_people_of_some_birth_dates_and_for_all_again(call: Caller) -> None:
    series = call.made(bornFrom="2015-01-01", bornTo="2020-12-31")
    assert (series["bornFrom"], series["bornTo"]) == ("2015-01-01", "2020-12-31")
    assert call.case.is_as_from_scratch()
    path, headers = f"{PATH}/{series['id']}", {"If-Match": series["etag"]}
    answer = call("admin", "PATCH", path, json={"bornFrom": None}, headers=headers).get_json()
    assert "bornFrom" not in answer["series"]
    assert answer["series"]["bornTo"] == "2020-12-31"
    assert call.case.is_as_from_scratch()


def test_a_series_ends_and_is_gone(call: Caller) -> None:
    series = call.made()
    path = f"{PATH}/{series['id']}"
    assert code(call("admin", "DELETE", path)) == (400, "invalid_request")
    answer = call("admin", "DELETE", path, headers={"If-Match": series["etag"]})
    assert answer.get_json()["withdraws"] == 6 * 60
    assert call("admin", "GET").get_json() == {"series": []}
    gone = call("admin", "DELETE", path, headers={"If-Match": series["etag"]})
    assert code(gone) == (404, "not_found")


def test_what_cannot_be_settled_now_is_said_and_follows(call: Caller) -> None:
    from erejestracja.domain.errors import Overloaded
    from erejestracja.services.settling import settle_open

    def away(what: str) -> None:
        if what == "publish":
            raise Overloaded(retry_after=1)

    call.case.schedules.before_commit = away
    answer = call("admin", "POST", json=BODY)
    assert (answer.status_code, answer.get_json()["settled"]) == (201, False)
    call.case.schedules.before_commit = lambda _: None
    assert settle_open(call.case.board) == 1
    assert call.case.is_as_from_scratch()


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens": "8:00"},
        {"opens": "17:00"},
        {"weekdays": []},
        {"weekdays": [8]},
        {"step": 1},
        {"places": 0},
        {"releaseHours": 0},
        {"bornFrom": "2020-01-02", "bornTo": "2020-01-01"},
        {"releaseHours": 337},
        {"vaccine": "unknown"},
        {"vaccine": PFIZER, "vaccines": [MODERNA]},
        {"vaccine": None},
        {"breaks": [{"starts": "15:00", "ends": "17:00"}]},
        {"validTo": "2026-12-01"},
        {"colour": "red"},
    ],
)
def test_what_no_point_could_mean_is_named(call: Caller, wrong: Any) -> None:
    answer = call("admin", "POST", json=BODY | wrong)
    assert code(answer) == (400, "invalid_request")
    assert answer.get_json()["fields"]


def test_only_who_plans_for_the_point_may(call: Caller) -> None:
    assert code(call("registrar", "POST", json=BODY)) == (403, "not_allowed")
    assert code(call("stranger", "POST", json=BODY)) == (403, "not_allowed")
    assert code(call("nobody", "GET")) == (401, "unauthenticated")


def test_an_edit_is_undone_by_its_token_and_once(call: Caller) -> None:
    series = call.made()
    visit = call.case.visit("anna")
    path, headers = f"{PATH}/{series['id']}", {"If-Match": series["etag"]}
    ended = call("admin", "DELETE", path, headers=headers).get_json()
    assert ended["affectedVisits"][0]["keepsTime"] is False
    body = {"undoToken": ended["undoToken"]}
    preview = call("admin", "POST", f"{path}:undo?dryRun=true", json=body).get_json()
    assert (preview["creates"], preview["dryRun"]) == (6 * 60, True)
    undone = call("admin", "POST", f"{path}:undo", json=body).get_json()
    assert undone["series"]["placesPerWeek"] == series["placesPerWeek"]
    assert call.case.status(visit).value == "booked"
    assert code(call("admin", "POST", f"{path}:undo", json=body)) == (412, "version_mismatch")
    none_such = {"undoToken": "999"}
    assert code(call("admin", "POST", f"{path}:undo", json=none_such)) == (404, "not_found")


def test_a_visit_whose_time_stays_is_told_apart(call: Caller) -> None:
    series = call.made()
    visit = call.case.visit("anna")
    path, headers = f"{PATH}/{series['id']}", {"If-Match": series["etag"]}
    changed = call("admin", "PATCH", path, json={"places": 3}, headers=headers).get_json()
    (hit,) = changed["affectedVisits"]
    assert (hit["id"], hit["keepsTime"]) == (visit.id, True)
    assert call.case.status(visit).value == "booked"


def test_a_point_says_how_much_it_gives_and_is_warned_of_more(call: Caller) -> None:
    path = f"/v1/points/{POINT}/supply"
    terms = call("admin", "GET", path).get_json()
    nothing: dict[str, Any] = {"controlled": [], "deliveries": [], "missing": []}
    assert terms == {"etag": '"-1"', **nothing}
    wanted, seen = {"weeklyLimit": 200}, {"If-Match": terms["etag"]}
    assert call("admin", "PATCH", path, json=wanted, headers=seen).get_json() == {
        "weeklyLimit": 200,
        "etag": '"0"',
        **nothing,
    }
    again = call("admin", "PATCH", path, json=wanted, headers=seen)
    assert code(again) == (412, "version_mismatch")
    preview = call("admin", "POST", f"{PATH}?dryRun=true", json=BODY).get_json()
    made = call("admin", "POST", json=BODY).get_json()
    for answer in (preview, made):
        assert answer["warnings"] == [
            {
                "code": "over_weekly_limit",
                "limit": 200,
                "weeks": [
                    {"date": "2026-12-07", "places": 300},
                    {"date": "2026-12-14", "places": 300},
                ],
            }
        ]


def test_places_that_leave_part_of_a_vial_are_warned_of(call: Caller) -> None:
    call.case.supplies.lots.append(Lot(POINT, "AB12", PFIZER, date(2027, 1, 1), 7, 70, 1))
    call.made()
    copy = {"from": "2026-12-07", "to": "2026-12-12"}
    once = {"Idempotency-Key": "once"}
    copied = call("admin", "POST", f"/v1/points/{POINT}/copies", json=copy, headers=once)
    [warning] = copied.get_json()["warnings"]
    assert warning == {
        "code": "part_of_a_vial",
        "vaccine": PFIZER,
        "dosesPerVial": 7,
        "days": [{"date": "2026-12-12", "places": 60}],
    }


@pytest.mark.parametrize("who", ["registrar", "stranger"])
def test_terms_are_set_by_those_who_plan(call: Caller, who: str) -> None:
    path, seen = f"/v1/points/{POINT}/supply", {"If-Match": '"-1"'}
    refused = call(who, "PATCH", path, json={"weeklyLimit": 1}, headers=seen)
    assert code(refused) == (403, "not_allowed")


def test_places_are_covered_by_deliveries_or_a_reason(call: Caller) -> None:
    path = f"/v1/points/{POINT}/supply"
    control, seen = {"controlled": [PFIZER]}, {"If-Match": '"-1"'}
    assert call("admin", "PATCH", path, json=control, headers=seen).status_code == 200
    body = {"vaccine": PFIZER, "doses": 120, "expectedOn": "2026-12-07"}
    once = {"Idempotency-Key": "once"}
    told = call("admin", "POST", f"{path}/deliveries", json=body, headers=once).get_json()
    etag = {"If-Match": told.pop("etag")}
    assert told == {**body, "id": told["id"], "arrived": 0, "status": "announced"}
    delivery = f"{path}/deliveries/{told['id']}"
    confirmed = call("admin", "PATCH", delivery, json={"status": "confirmed"}, headers=etag)
    assert confirmed.get_json()["status"] == "confirmed"
    late = call("admin", "PATCH", delivery, json={"doses": 1}, headers=etag)
    assert code(late) == (412, "version_mismatch")
    etag = {"If-Match": confirmed.get_json()["etag"]}
    days = BODY | {"validTo": "2026-12-09"}
    preview = call("admin", "POST", f"{PATH}?dryRun=true", json=days).get_json()
    missing = [{"date": "2026-12-09", "places": 60}]
    assert preview["warnings"] == [{"code": "not_covered", "vaccine": PFIZER, "days": missing}]
    refused = call("admin", "POST", json=days)
    assert code(refused) == (422, "not_covered")
    assert refused.get_json()["missing"] == [{**missing[0], "vaccine": PFIZER}]
    waits = call("admin", "POST", f"{PATH}?asCovered=true", json=days)
    assert (waits.status_code, waits.get_json()["creates"]) == (201, 120)
    fewer = call("admin", "PATCH", delivery, json={"doses": 60}, headers=etag)
    assert code(fewer) == (422, "not_covered")
    promised = f"{delivery}?override=deliveryPromised"
    anyway = call("admin", "PATCH", promised, json={"doses": 60}, headers=etag)
    assert anyway.get_json()["doses"] == 60
    short = call("admin", "GET", path).get_json()["missing"]
    assert short == [{"date": "2026-12-08", "vaccine": PFIZER, "places": 60}]
    other = {"Idempotency-Key": "another"}
    more = call("admin", "POST", f"{PATH}?override=instructed", json=days, headers=other)
    assert more.status_code == 201
    unheard = call("admin", "POST", f"{PATH}?override=because", json=days)
    assert code(unheard) == (400, "invalid_request")

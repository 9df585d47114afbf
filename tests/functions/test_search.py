"""The search function in process: real web layer, real service, an index of a few points."""

import base64
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.ids import PointId, SlotKey
from erejestracja.domain.point import Location
from erejestracja.domain.session import Visibility
from erejestracja.services.search import Search
from erejestracja.web import search as routes
from erejestracja.web.health import Health
from erejestracja.web.search import AnswerCache
from tests.support import functions
from tests.support.builders import DAY, MODERNA, NOW, PFIZER, a_point, a_session, a_state
from tests.support.desk import SetClock
from tests.support.fake_read_model import FakeMarket

LUBLIN = a_point()
CHELM = a_point(
    id=PointId("cccccccccc"),
    name="Przychodnia Przykładowa w Chełmie",
    gmina="0662011",
    powiat="0662",
    location=Location(51.1431, 23.4716),
    access=frozenset(),
)
MORNING = a_session()
SECOND_DOSE = a_session(CHELM.id, DAY + timedelta(days=1), powiat="0662", vaccine=MODERNA, dose=2)
HIDDEN = a_session(nr=40, visibility=Visibility.INTERNAL)


@dataclass
class SetTime:
    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@dataclass
class SearchSuite:
    market: FakeMarket
    time: SetTime = field(default_factory=SetTime)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))

    def __post_init__(self) -> None:
        self.search = Search(self.market, SetClock())
        self.answers = AnswerCache(self.time)


@pytest.fixture
def suite() -> SearchSuite:
    states = [a_state(session) for session in (MORNING, SECOND_DOSE, HIDDEN)]
    return SearchSuite(FakeMarket([LUBLIN, CHELM], states))


@pytest.fixture
def client(suite: SearchSuite) -> Any:
    return functions.load("search", suite)


def got(client: Any, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, query_string=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def fields_refused(client: Any, path: str, **query: Any) -> set[str]:
    answer = client.get(path, query_string=query)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "invalid_request")
    return set(answer.get_json()["fields"])


class TestSlots:
    def test_a_slot_is_as_the_contract_has_it(self, client: Any) -> None:
        answer = got(client, "/v1/slots", near="51.2465,22.5684", pageSize=1)
        assert answer["slots"] == [
            {
                "id": str(SlotKey(MORNING.key, 0)),
                "point": {
                    "id": LUBLIN.id,
                    "name": LUBLIN.name,
                    "address": "ul. Lipowa 12, Lublin",
                    "location": {"lat": 51.2465, "lon": 22.5684},
                },
                "startAt": "2026-12-07T07:00:00Z",
                "minutes": 15,
                "vaccine": "cov19.pfizer",
                "dose": 0,
                "free": 2,
                "distanceKm": 0.0,
            }
        ]
        assert answer["asOf"] == "2026-12-01T09:00:00Z"

    def test_a_slot_of_several_vaccines_is_found_and_offered_with_the_one_asked_for(
        self, client: Any, suite: SearchSuite
    ) -> None:
        several = a_session(nr=50, vaccine=MODERNA, also=(PFIZER,), slots=1)
        suite.market.learn([a_state(several)])
        here = {"point": LUBLIN.id}
        slots = got(client, "/v1/slots", **here, vaccine=PFIZER)["slots"]
        found = {slot["id"]: slot["vaccine"] for slot in slots if "vaccines" in slot}
        assert found == {f"{SlotKey(several.key, 0)}~{PFIZER}": PFIZER}
        [shown] = got(client, "/v1/slots", **here, vaccine=MODERNA)["slots"]
        assert (shown["vaccine"], shown["vaccines"]) == (MODERNA, [MODERNA, PFIZER])
        slots = got(client, "/v1/slots", **here)["slots"]
        assert str(SlotKey(several.key, 0)) in {slot["id"] for slot in slots}
        counts = got(client, "/v1/availability", **here)
        assert counts["days"][0]["free"] == 8 + 2
        by_vaccine = {count["vaccine"]: count["free"] for count in counts["points"]}
        assert by_vaccine == {PFIZER: 10, MODERNA: 2}

    def test_a_slot_for_some_says_for_whom(self, client: Any, suite: SearchSuite) -> None:
        children = a_session(nr=50, born_from=date(2015, 1, 1), born_to=date(2020, 12, 31))
        suite.market.learn([a_state(children)])
        slots = got(client, "/v1/slots", point=LUBLIN.id)["slots"]
        marked = {(s["bornFrom"], s["bornTo"]) for s in slots if "bornFrom" in s}
        assert marked == {("2015-01-01", "2020-12-31")}
        assert len([s for s in slots if "bornFrom" not in s]) == 4

    def test_pages_lead_through_all_external_slots(self, client: Any) -> None:
        first = got(client, "/v1/slots", pageSize=5)
        second = got(client, "/v1/slots", pageSize=5, pageToken=first["nextPageToken"])
        starts = [slot["startAt"] for slot in first["slots"] + second["slots"]]
        assert starts == sorted(starts)
        assert len(starts) == 8
        assert "nextPageToken" not in second

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"powiat": "0662"}, 4),
            ({"voivodeship": "06"}, 8),
            ({"gmina": "0663011"}, 4),
            ({"point": LUBLIN.id}, 4),
            ({"vaccine": "cov19.moderna"}, 4),
            ({"dose": 1}, 4),
            ({"dose": 2}, 8),
            ({"access": "wheelchair"}, 4),
            ({"from": "2026-12-08"}, 4),
            ({"to": "2026-12-07"}, 4),
            ({"hourFrom": "08:30"}, 4),
            ({"hourTo": "08:15"}, 2),
            ({"postalCode": "20-020", "radiusKm": 30}, 4),
            ({"powiat": "1465"}, 0),
            ({"vaccine": "none"}, 0),
        ],
    )
    def test_each_filter_counts(self, client: Any, query: dict[str, Any], found: int) -> None:
        assert len(got(client, "/v1/slots", **query)["slots"]) == found

    @pytest.mark.parametrize(
        ("query", "named"),
        [
            ({"powiaty": "0662", "city": "x"}, {"powiaty", "city"}),
            ({"powiat": "66"}, {"powiat"}),
            ({"near": "95,0"}, {"near"}),
            ({"near": "51,181"}, {"near"}),
            ({"near": "here"}, {"near"}),
            ({"from": "tomorrow"}, {"from"}),
            ({"from": "2026-12-09", "to": "2026-12-08"}, {"query"}),
            ({"near": "51,22", "point": "x"}, {"query"}),
            ({"radiusKm": 5}, {"query"}),
            ({"near": "51,22", "radiusKm": 1001}, {"radiusKm"}),
            ({"postalCode": "99-9"}, {"postalCode"}),
            ({"hourFrom": "24:00"}, {"hourFrom"}),
            ({"pageSize": 101}, {"pageSize"}),
            ({"pageSize": 0}, {"pageSize"}),
            ({"dose": 0}, {"dose"}),
        ],
    )
    def test_what_cannot_be_meant_is_refused_by_name(
        self, client: Any, query: dict[str, Any], named: set[str]
    ) -> None:
        assert fields_refused(client, "/v1/slots", **query) == named

    @pytest.mark.parametrize("token", ["x", "!!", "YXxifGM", "OTk5OXxuYW58", "w6k", "MXwyfGEtYi1j"])
    def test_a_made_up_page_token_is_refused(self, client: Any, token: str) -> None:
        assert fields_refused(client, "/v1/slots", pageToken=token) == {"pageToken"}

    @pytest.mark.parametrize("second", [-(10**30), 0, 10**30])
    @pytest.mark.parametrize("fit", ["", "|2"])
    def test_a_page_token_of_any_time_is_answered(self, client: Any, second: int, fit: str) -> None:
        text = f"{second}|0.0{fit}|{SlotKey(MORNING.key, 0)}"
        token = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        got(client, "/v1/slots", pageToken=token)


class TestProposals:
    def test_five_of_the_nearest_are_proposed(self, client: Any) -> None:
        answer = got(client, "/v1/slots:propose", near="51.25,22.57")
        assert {slot["point"]["id"] for slot in answer["slots"]} == {LUBLIN.id}
        assert len(answer["slots"]) == 4
        assert "widenedToKm" not in answer
        assert answer["asOf"]

    def test_going_farther_is_said(self, client: Any) -> None:
        answer = got(client, "/v1/slots:propose", near="51.25,22.57", vaccine="cov19.moderna")
        assert answer["widenedToKm"] == 100
        assert {slot["point"]["id"] for slot in answer["slots"]} == {CHELM.id}

    def test_nothing_to_propose_is_an_empty_list(self, client: Any) -> None:
        assert got(client, "/v1/slots:propose", vaccine="none")["slots"] == []


class TestAvailability:
    def test_what_is_free_is_counted_by_day_and_by_point(self, client: Any) -> None:
        assert got(client, "/v1/availability") == {
            "days": [
                {"date": "2026-12-07", "free": 8, "points": 1},
                {"date": "2026-12-08", "free": 8, "points": 1},
            ],
            "points": [
                {
                    "point": LUBLIN.id,
                    "date": "2026-12-07",
                    "vaccine": "cov19.pfizer",
                    "dose": 0,
                    "free": 8,
                },
                {
                    "point": CHELM.id,
                    "date": "2026-12-08",
                    "vaccine": "cov19.moderna",
                    "dose": 2,
                    "free": 8,
                },
            ],
            "asOf": "2026-12-01T09:00:00Z",
        }

    def test_an_area_without_any_is_empty(self, client: Any) -> None:
        answer = got(client, "/v1/availability", powiat="1465")
        assert (answer["days"], answer["points"]) == ([], [])

    def test_a_list_that_was_cut_says_so(
        self, client: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from erejestracja.services import search

        monkeypatch.setattr(search, "MOST_COUNTS", 1)
        answer = got(client, "/v1/availability")
        assert (len(answer["days"]), len(answer["points"]), answer["truncated"]) == (2, 1, True)


class TestPoints:
    def test_a_point_is_as_the_contract_has_it(self, client: Any) -> None:
        assert got(client, f"/v1/points/{LUBLIN.id}") == {
            "id": LUBLIN.id,
            "name": LUBLIN.name,
            "address": "ul. Lipowa 12, Lublin",
            "postalCode": "20-020",
            "gmina": "0663011",
            "powiat": "0663",
            "voivodeship": "06",
            "location": {"lat": 51.2465, "lon": 22.5684},
            "kind": "clinic",
            "access": ["wheelchair"],
            "phone": "+48815000000",
            "vaccines": ["cov19.moderna", "cov19.pfizer"],
        }

    def test_points_come_by_distance_where_a_place_is_named(self, client: Any) -> None:
        answer = got(client, "/v1/points", near="51.1431,23.4716", radiusKm=100)
        near, far = answer["points"]
        assert (near["id"], near["distanceKm"]) == (CHELM.id, 0.0)
        assert (far["id"], round(far["distanceKm"])) == (LUBLIN.id, 64)

    def test_points_come_in_pages(self, client: Any) -> None:
        first = got(client, "/v1/points", pageSize=1)
        second = got(client, "/v1/points", pageSize=1, pageToken=first["nextPageToken"])
        assert [one["points"][0]["id"] for one in (first, second)] == [LUBLIN.id, CHELM.id]
        assert "nextPageToken" not in second
        assert fields_refused(client, "/v1/points", pageToken="none") == {"pageToken"}

    def test_an_unknown_point_is_not_found(self, client: Any) -> None:
        answer = client.get("/v1/points/none")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
        assert answer.headers["Cache-Control"] == "no-store"


class TestCaching:
    def test_answers_may_be_kept_by_the_edge_for_seconds_and_by_nobody_else(
        self, client: Any
    ) -> None:
        for path in ("/v1/slots", "/v1/slots:propose", "/v1/availability", "/v1/points"):
            answer = client.get(path)
            assert answer.headers["Cache-Control"] == "public, s-maxage=5, max-age=0"
            assert "Set-Cookie" not in answer.headers

    def test_whoever_has_the_answer_is_told_so(self, client: Any) -> None:
        tag = client.get("/v1/slots").headers["ETag"]
        again = client.get("/v1/slots", headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")

    def test_an_answer_serves_for_a_second_and_is_then_made_anew(
        self, client: Any, suite: SearchSuite
    ) -> None:
        path = "/v1/slots?powiat=0663&pageSize=1"
        assert client.get(path).get_json()["slots"][0]["free"] == 2
        suite.market.learn([replace(a_state(MORNING), taken=0b1, version=2)])
        suite.time.at += 0.9
        assert client.get(path).get_json()["slots"][0]["free"] == 2
        suite.time.at += 0.2
        assert client.get(path).get_json()["slots"][0]["free"] == 1

    def test_memory_for_answers_is_bounded(
        self, client: Any, suite: SearchSuite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(routes, "MOST_BYTES", 4000)
        asked = [f"/v1/points?pageSize={size}" for size in range(1, 41)]
        for path in asked:
            assert client.get(path).status_code == 200
        kept = suite.answers._answers
        assert 0 < sum(one.size for one in kept.values()) <= 4000
        suite.time.at += 2
        client.get(asked[-1])
        assert len(kept) > len(suite.answers._answers) == 1


def test_the_description_is_served(client: Any) -> None:
    answer = client.get("/openapi.json")
    assert answer.get_json()["openapi"].startswith("3.1")
    assert "/v1/slots:propose" in answer.get_json()["paths"]


def test_nothing_can_be_written(client: Any) -> None:
    assert client.post("/v1/slots", json={}).status_code == 405
    assert client.head("/v1/slots").status_code == 200


def test_the_time_of_the_answers_is_that_of_the_index(client: Any) -> None:
    assert got(client, "/v1/slots")["asOf"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"

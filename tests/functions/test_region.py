"""A coordinator's way through every door: their region's figures and hours, and nothing else."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from werkzeug.routing import Rule

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.ids import PointId
from erejestracja.domain.region import NATION
from erejestracja.domain.session import Visibility
from erejestracja.services.desk import Desk
from erejestracja.services.oversight import Overseer
from erejestracja.web.api import TABLES, tables
from erejestracja.web.clinic.application import point_application
from erejestracja.web.health import Health
from erejestracja.web.hotline.application import hotline_application
from erejestracja.web.patient.application import patient_application
from erejestracja.web.routing import PARAMETER, Route
from tests.functions.test_partner import code, named
from tests.functions.test_point_web import said
from tests.support import functions
from tests.support.builders import (
    DAY,
    PFIZER,
    POINT,
    a_place,
    a_point,
    a_session,
    a_state,
    an_actor,
)
from tests.support.desk import a_desk
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_store import FakeStore
from tests.support.oversight_case import (
    ELSEWHERE,
    FAR,
    QUIET,
    REGION,
    OversightCase,
    a_closure,
    a_coordinator,
)
from tests.support.web import Browser, WebSuite

HERS = f"/v1/regions/{REGION}"
PAGE = f"/punkt/region/{REGION}"
ACTORS = {
    "hers": a_coordinator(),
    "national": a_coordinator(NATION),
    "nobody's": a_coordinator(None),
    "admin": an_actor(Role.ADMIN),
}
CLOSED = [
    pytest.param(function, route, id=named(route))
    for function, table in zip(TABLES, tables(), strict=True)
    for route in table.all
    if route.roles is not None and Role.COORDINATOR not in route.roles
]
# Of the pages these are for whoever comes; of the rest a coordinator's own begin with `region`.
FOR_ALL = {
    *("healthz", "away.away", "away.keeper", "files.file", "choice.choice"),
    *("points.choose", "start.start", "start.accessibility", "start.privacy"),
    *("code_way.ask", "code_way.asked", "code_way.enter", "code_way.entered"),
}
PAGES = [
    pytest.param(name, rule, id=f"{name} {rule.endpoint}")
    for name, application in (
        ("point_web", point_application()),
        ("hotline_web", hotline_application()),
        ("patient_web", patient_application()),
    )
    for rule in application.url_map.iter_rules()
    if rule.endpoint not in FOR_ALL and not rule.endpoint.startswith("region.")
]


class KnownTokens:
    def actor(self, token: str) -> Actor:
        return ACTORS[token]


@dataclass
class RegionSuite:
    overseer: Overseer
    tokens: KnownTokens = field(default_factory=KnownTokens)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))


@dataclass
class RegionPages(WebSuite):
    overseer: Overseer | None = None
    desk: Desk | None = None


@pytest.fixture
def case() -> OversightCase:
    return OversightCase()


@pytest.fixture
def call(case: OversightCase) -> Any:
    client = functions.load("vaccination", RegionSuite(case.overseer))

    def ask(path: str, who: str = "hers", **query: str) -> Any:
        return client.get(path, query_string=query, headers={"Authorization": f"Bearer {who}"})

    return ask


@pytest.fixture
def browser(case: OversightCase) -> Browser:
    desk: Any = a_desk(FakeStore(), [], [a_point(), QUIET, FAR])
    suite = RegionPages(overseer=case.overseer, desk=desk)
    browser = Browser(functions.load("point_web", suite), suite)
    browser.sign_in(a_coordinator())
    return browser


class TestOverHttp:
    def test_a_region_in_figures(self, call: Any) -> None:
        assert call(HERS).get_json() == {
            "region": REGION,
            "points": 2,
            "silent": 1,
            "freeWithinWeek": 16,
            "freeWithinFortnight": 16,
            "asOf": "2026-12-01T09:00:00Z",
        }

    def test_its_points_in_pages_with_own_and_central_places(
        self, call: Any, case: OversightCase
    ) -> None:
        case.take(a_place())
        first = call(f"{HERS}/points", pageSize="1").get_json()
        assert (first["matching"], first["nextPageToken"]) == (2, QUIET.id)
        assert first["points"][0]["figures"]["silent"] is True
        last = call(f"{HERS}/points", pageToken=first["nextPageToken"]).get_json()
        [point] = last["points"]
        assert "nextPageToken" not in last
        assert (point["id"], point["voivodeship"]) == (POINT, REGION)
        figures = point["figures"]
        assert figures["central"] == {
            "published": 8,
            "freeWithinWeek": 7,
            "freeWithinFortnight": 7,
            "booked": 1,
        }
        assert (figures["centralShare"], figures["own"]["published"]) == (0.5, 8)
        silent = call(f"{HERS}/points", silent="true").get_json()
        assert [one["id"] for one in silent["points"]] == [QUIET.id]

    def test_closures_are_told_with_why_and_where(self, case: OversightCase, call: Any) -> None:
        case.watch.closures = [a_closure(room="gabinet 2")]
        found = call(f"{HERS}/points", q=str(POINT)).get_json()
        assert found["points"][0]["figures"]["closures"] == [
            {
                "from": "2026-12-07T07:00:00Z",
                "to": "2026-12-08T07:00:00Z",
                "reason": "breakdown",
                "room": "gabinet 2",
            }
        ]

    def test_a_points_week(self, call: Any) -> None:
        week = call(f"{HERS}/points/{POINT}/week", date="2026-12-10").get_json()
        assert (week["from"], week["to"]) == ("2026-12-07", "2026-12-13")
        assert week["sessions"][0] == {
            "date": "2026-12-07",
            "startAt": "2026-12-07T07:00:00Z",
            "endAt": "2026-12-07T08:00:00Z",
            "vaccines": [PFIZER],
            "dose": 0,
            "visibility": "external",
            "places": 8,
            "free": 8,
        }
        assert call(f"{HERS}/points/{FAR.id}/week").status_code == 404

    @pytest.mark.parametrize("path", ["", "/points", f"/points/{POINT}/week"])
    @pytest.mark.parametrize("who", ["nobody's", "admin"])
    def test_another_region_is_refused(self, call: Any, path: str, who: str) -> None:
        assert code(call(HERS + path, who)) == (403, "not_allowed")
        assert code(call(f"/v1/regions/{ELSEWHERE}{path}")) == (403, "not_allowed")
        assert code(call(f"/v1/regions/{NATION}{path}")) == (403, "not_allowed")

    def test_the_nation_is_for_who_coordinates_it(self, call: Any) -> None:
        assert call(f"/v1/regions/{NATION}", "national").get_json()["points"] == 3
        assert call(f"/v1/regions/{ELSEWHERE}", "national").get_json()["points"] == 1
        assert code(call("/v1/regions/99", "national")) == (403, "not_allowed")

    @pytest.mark.parametrize(("function", "route"), CLOSED)
    def test_every_other_route_is_shut(self, function: str, route: Route) -> None:
        suite = RegionSuite(OversightCase().overseer)
        path = route.path.format(**dict.fromkeys(PARAMETER.findall(route.path), "1"))
        headers = {"Authorization": "Bearer national"}
        answer = functions.load(function, suite).open(path, method=route.method, headers=headers)
        assert code(answer) == (403, "not_allowed")


class TestPages:
    def test_they_go_to_their_region_at_once(self, browser: Browser) -> None:
        assert browser.get("/punkt").location == "/punkt/region"
        assert browser.get("/punkt/region").location == PAGE
        page = said(browser.get(PAGE))
        assert "Województwo lubelskie" in page
        assert "2 punkty szczepień." in page
        assert "Bez godzin na 14 dni: 1 punkt." in page
        assert "8 (50 %) 8 (50 %)" in page
        assert "nic nie publikuje" in page

    @pytest.mark.parametrize(
        ("language", "sum_", "own"),
        [("pl", "12\xa0000 miejsc", "1200"), ("en", "12,000 places", "1,200")],
    )
    def test_numbers_are_written_as_the_language_does(
        self, browser: Browser, case: OversightCase, language: str, sum_: str, own: str
    ) -> None:
        many = a_session(places=3000)
        browser.suite.overseer = replace(
            case.overseer, market=FakeMarket([a_point(), QUIET, FAR], [a_state(many)])
        )
        case.watch.sessions = [many, a_session(nr=40, places=300, visibility=Visibility.INTERNAL)]
        browser.language = language
        page = browser.get(PAGE).text
        assert sum_ in page
        assert f">{own} (9 %)<" in page

    def test_a_region_is_counted_once_for_those_without_hours(
        self, browser: Browser, case: OversightCase
    ) -> None:
        browser.get(PAGE, silent="1")
        assert len(case.market.asked) == len({*case.market.asked})

    def test_closures_stand_by_the_point(self, browser: Browser, case: OversightCase) -> None:
        case.watch.closures = [a_closure(room="gabinet 2")]
        assert "zamknięty 7.12–8.12 gabinet 2, awaria" in said(browser.get(PAGE))

    def test_points_are_searched_and_those_without_hours_found(self, browser: Browser) -> None:
        assert QUIET.name not in said(browser.get(PAGE, q="Lublin"))
        silent = said(browser.get(PAGE, silent="1"))
        assert (QUIET.name in silent, a_point().name in silent) == (True, False)
        assert "Żaden punkt nie pasuje." in said(browser.get(PAGE, q="nigdzie"))

    def test_a_long_list_goes_on(self, browser: Browser, case: OversightCase) -> None:
        many = [a_point(id=PointId(f"point{n:05}"), name=f"Punkt {n:02}") for n in range(21)]
        market = FakeMarket([*many, FAR], [])
        browser.suite.overseer = replace(case.overseer, market=market)
        case.watch.too_many.add(many[0].id)
        page = browser.get(PAGE, q="punkt")
        assert f"after={many[19].id}" in page.text
        assert "nie liczymy ich na tej liście" in said(page)
        rest = said(browser.get(PAGE, q="punkt", after=many[19].id))
        assert ("Punkt 20" in rest, "Następne punkty" in rest) == (True, False)

    def test_a_points_week_is_shown_with_nothing_to_press(self, browser: Browser) -> None:
        page = browser.get(f"{PAGE}/{POINT}", on=DAY.isoformat())
        assert "08:00–09:00 Comirnaty wszyscy 8 8" in said(page)
        assert page.text.count('method="post"') == 1
        assert "nie ma godzin szczepień" in said(browser.get(f"{PAGE}/{QUIET.id}", on="x"))
        assert browser.get(f"{PAGE}/{FAR.id}").status_code == 404

    def test_another_region_is_refused(self, browser: Browser) -> None:
        assert browser.get(f"/punkt/region/{ELSEWHERE}").status_code == 403
        assert browser.get(f"/punkt/region/{ELSEWHERE}/{FAR.id}").status_code == 403
        browser.sign_in(a_coordinator(None))
        assert browser.get("/punkt/region").status_code == 403

    def test_who_coordinates_the_nation_chooses(self, browser: Browser) -> None:
        browser.sign_in(a_coordinator(NATION))
        page = browser.get("/punkt/region")
        assert all(f"/punkt/region/{one}" in page.text for one in (NATION, REGION, ELSEWHERE))
        assert FAR.name in said(browser.get(f"/punkt/region/{NATION}"))

    @pytest.mark.parametrize(("language", "word"), [("en", "own places"), ("uk", "Власні місця")])
    def test_it_is_there_in_every_language(
        self, browser: Browser, language: str, word: str
    ) -> None:
        browser.language = language
        assert word in said(browser.get(PAGE))

    def test_nobody_else_gets_in(self, browser: Browser) -> None:
        browser.sign_in(an_actor(Role.ADMIN))
        assert browser.get(PAGE).status_code == 403
        assert browser.get(f"{PAGE}/{POINT}").status_code == 403

    @pytest.mark.parametrize(("name", "rule"), PAGES)
    def test_every_other_page_is_shut(self, case: OversightCase, name: str, rule: Rule) -> None:
        suite = RegionPages(overseer=case.overseer)
        browser = Browser(functions.load(name, suite), suite)
        browser.sign_in(a_coordinator(NATION))
        path = rule.rule
        for argument in rule.arguments:
            path = path.replace(f"<{argument}>", "1").replace(f"<int:{argument}>", "1")
        is_form = "POST" in (rule.methods or ())
        answer = browser.post(path, browser.get("/punkt/region")) if is_form else browser.get(path)
        assert answer.status_code == 403

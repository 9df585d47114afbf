"""Who works at two points: one is chosen, and nothing of it is at the other."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from erejestracja.domain.actor import POINT_STAFF, Actor
from erejestracja.domain.errors import NotFound
from erejestracja.domain.ids import PointId
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services.standby import Asking, Reserve
from erejestracja.services.swaps import propose
from erejestracja.services.work_list import WorkList
from erejestracja.web import schedule, vaccination
from erejestracja.web.routing import CSV, PARAMETER, Route
from tests.functions.test_partner import BODIES as OF_PARTNERS
from tests.functions.test_partner import PartnerSuite, code, named
from tests.functions.test_point_web import OTHER, PointSuite, given, said
from tests.support import functions
from tests.support.builders import PFIZER, POINT, a_place, a_session
from tests.support.clinic_case import JAN, LOT, MEDIC, NPWZ, ClinicCase, a_lot
from tests.support.exports import FakeExports
from tests.support.fake_standby import FakeStandby
from tests.support.web import Browser

BOTH = replace(MEDIC, points=frozenset({POINT, OTHER}))
THIRD = PointId("c" * 10)
HERE, THERE = f"/punkt/{POINT}", f"/punkt/{OTHER}"
ALL_ROLES = replace(BOTH, roles=POINT_STAFF)
BODIES = OF_PARTNERS | {
    "POST /v1/points/{point}/walkIns": {
        "patientId": JAN,
        "referralId": "referral-1",
        "vaccine": PFIZER,
    },
    "POST /v1/points/{point}/standby": {
        "patientId": JAN,
        "programme": "covid-19",
        "vaccines": [PFIZER],
        "until": "2026-12-24",
    },
    "POST /v1/points/{point}/standby/{entry}:answer": {"outcome": "declined"},
    "POST /v1/points/{point}/swaps/{swap}:undo": {"note": "pomyłka"},
    "POST /v1/points/{point}/swaps": {"visit": "v" * 26, "with": ["w" * 26]},
}
OF_A_POINT = [
    pytest.param(function, route, id=named(route))
    for function, routes in (("schedule", schedule.ROUTES), ("vaccination", vaccination.ROUTES))
    for route in routes.all
    if "{point}" in route.path and route.roles and route.roles & POINT_STAFF
]


@pytest.fixture
def case() -> ClinicCase:
    return ClinicCase(a_session(OTHER))


@pytest.fixture
def medic(case: ClinicCase) -> Browser:
    suite = PointSuite(clinic=case.clinic, desk=case.desk)
    browser = Browser(functions.load("point_web", suite), suite)
    browser.sign_in(BOTH)
    return browser


@pytest.fixture
def jans(case: ClinicCase) -> Visit:
    """A visit at the other point, which has a lot of the same name."""
    case.store.tables.lots[OTHER, LOT] = a_lot(point=OTHER)
    return case.booked(JAN, a_place(a_session(OTHER)))


class TestChoosing:
    def test_staff_of_two_points_choose_and_can_change_over(self, medic: Browser) -> None:
        page = medic.get("/punkt")
        assert [f'href="{one}"' in page.text for one in (HERE, THERE)] == [True, True]
        assert 'href="/punkt"' in medic.get(THERE).text
        medic.sign_in(MEDIC)
        assert "Inny punkt" not in said(medic.get(HERE))

    def test_a_point_that_is_no_more_does_not_shut_out_of_the_others(self, medic: Browser) -> None:
        medic.sign_in(replace(BOTH, points=frozenset({POINT, OTHER, THIRD})))
        assert medic.get("/punkt").status_code == 200
        medic.sign_in(replace(BOTH, points=frozenset({POINT, THIRD})))
        assert medic.get("/punkt").location == HERE
        medic.sign_in(replace(BOTH, points=frozenset({THIRD})))
        assert medic.get("/punkt").status_code == 403

    def test_each_day_list_is_its_points(
        self, medic: Browser, case: ClinicCase, jans: Visit
    ) -> None:
        here, there = medic.get(HERE).text, medic.get(THERE).text
        assert (case.anna.id in here, jans.id in here) == (True, False)
        assert (case.anna.id in there, jans.id in there) == (False, True)


class TestNothingLeaks:
    def test_what_was_filled_in_at_one_point_is_not_offered_at_the_other(
        self, medic: Browser, case: ClinicCase, jans: Visit
    ) -> None:
        assert "Szczepienie zapisane" in said(given(medic, case))
        there = medic.get(f"{THERE}/wizyty/{jans.id}/szczepienie").text
        assert NPWZ not in there
        assert f'value="{LOT}" selected' not in there
        again = case.booked(JAN, a_place(index=1), status=VisitStatus.ARRIVED)
        here = medic.get(f"{HERE}/wizyty/{again.id}/szczepienie").text
        assert NPWZ in here
        assert f'value="{LOT}" selected' in here

    def test_a_name_sought_at_one_point_is_not_sought_at_the_other(
        self, medic: Browser, jans: Visit
    ) -> None:
        medic.post(f"{HERE}/szukaj", medic.get(HERE), q="Nikogo Takiego")
        assert "Nikogo Takiego" in medic.get(HERE, found="1").text
        there = medic.get(THERE, found="1").text
        assert "Nikogo Takiego" not in there
        assert jans.id in there

    @pytest.mark.parametrize(
        ("method", "page"),
        [
            ("GET", "szczepienie"),
            ("POST", "szczepienie"),
            ("GET", "odroczenie"),
            ("POST", "odroczenie"),
            ("POST", "przyszedl"),
            ("POST", "nieobecny"),
            ("GET", "zamiana"),
            ("POST", "zamiana"),
            ("POST", "zamiana/cofnij"),
        ],
    )
    def test_a_visit_of_one_point_is_not_dealt_with_at_the_other(
        self, medic: Browser, case: ClinicCase, jans: Visit, method: str, page: str
    ) -> None:
        path = f"{HERE}/wizyty/{jans.id}/{page}"
        day = medic.get(HERE)
        answer = medic.post(path, day) if method == "POST" else medic.get(path)
        assert answer.status_code == 404
        assert case.visit(jans) == jans

    def test_a_dose_of_one_point_is_not_shown_or_taken_back_at_the_other(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        page = given(medic, case)
        record = f"szczepienia/{case.record_id()}"
        assert medic.get(f"{HERE}/{record}").status_code == 200
        assert medic.get(f"{THERE}/{record}").status_code == 404
        undone = medic.post(f"{THERE}/{record}/cofnij", page, version="1", note="pomyłka")
        assert undone.status_code == 404
        assert case.record()[0].stands

    def test_a_dose_that_was_missed_at_one_point_is_not_swapped_at_the_other(
        self, case: ClinicCase
    ) -> None:
        with pytest.raises(NotFound):
            propose(case.clinic, Asking(BOTH, OTHER, "request-1"), case.anna.id)


@dataclass
class AnyToken:
    actor_is: Actor

    def actor(self, token: str) -> Actor:
        assert token
        return self.actor_is


class StaffSuite(PartnerSuite):
    """The same point, and what only its people see."""

    @property
    def reserve(self) -> Reserve:
        return Reserve(self.day.clinic, FakeStandby(self.day.store))

    @property
    def work_list(self) -> WorkList:
        return WorkList(FakeExports(), self.day.desk.publisher)


@pytest.mark.parametrize(("function", "route"), OF_A_POINT)
def test_no_role_at_two_points_reaches_a_third(function: str, route: Route) -> None:
    suite = StaffSuite(tokens=AnyToken(ALL_ROLES))
    parts = dict.fromkeys(PARAMETER.findall(route.path), "1")
    path = route.path.format(**parts | {"point": THIRD, "slot": f"{THIRD}-20261207-0-0"})
    headers = {"If-Match": '"1"', "Idempotency-Key": "k", "Authorization": "Bearer two"}
    sent: dict[str, Any] = {"json": BODIES[named(route)]} if route.body else {}
    if route.consumes == CSV:
        sent = {"data": "key;weekdays\n", "content_type": CSV}
    query = {"visit": "v" * 26} if route.path.endswith("/swaps") and not route.body else None
    client = functions.load(function, suite)
    answer = client.open(path, method=route.method, headers=headers, query_string=query, **sent)
    assert code(answer) == (403, "not_allowed")

"""The page of a point's weeks to come, in process: real pages, real services, fake stores."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId
from erejestracja.domain.supply import Delivery, DeliveryId, DeliveryStatus
from erejestracja.services import forecast
from erejestracja.services.forecast import Forecaster
from tests.functions.test_point_web import HOME, PointSuite, said
from tests.support import functions
from tests.support.builders import DAY, PFIZER, POINT, an_actor
from tests.support.clinic_case import MEDIC, REGISTRAR, ClinicCase
from tests.support.courses_contract import FakeCourses, a_given
from tests.support.exports import FakeExports
from tests.support.web import Browser

PAGE = f"{HOME}/prognoza"


@dataclass
class AheadSuite(PointSuite):
    forecaster: Forecaster | None = None


@pytest.fixture
def case() -> ClinicCase:
    return ClinicCase()


@pytest.fixture
def staff(case: ClinicCase) -> Browser:
    forecaster = Forecaster(case.clinic, FakeCourses(case.store), FakeExports())
    suite = AheadSuite(clinic=case.clinic, desk=case.desk, forecaster=forecaster)
    browser = Browser(functions.load("point_web", suite), suite)
    browser.sign_in(MEDIC)
    return browser


def test_doses_that_will_be_missing_are_said_at_once(staff: Browser) -> None:
    page = said(staff.get(PAGE))
    assert "Dawek zabraknie: 7 grudnia – 13 grudnia 2026, Comirnaty: 1 dawka" in page
    assert "Do podania jest dziś 0 dawek." in page


def test_stock_and_what_is_coming_are_beside_what_is_needed(
    staff: Browser, case: ClinicCase
) -> None:
    case.supplies.lots.append(replace(case.clinic.vials.lots(POINT)[0], balance=2))
    on = DAY + timedelta(days=8)
    one = Delivery(DeliveryId("d"), PFIZER, 30, on, DeliveryStatus.CONFIRMED)
    case.supplies.deliveries[POINT, one.id] = one
    page = said(staff.get(PAGE))
    assert "W tych tygodniach dawek wystarczy." in page
    assert "Do podania są dziś 2 dawki." in page
    assert "14.12–20.12 0 0 0 0 0 30" in page


@pytest.mark.parametrize(("asked", "weeks"), [("4", 4), ("26", 26), ("1000", 8), ("x", 8)])
def test_one_looks_as_far_ahead_as_is_offered(staff: Browser, asked: str, weeks: int) -> None:
    assert staff.get(PAGE, weeks=asked).text.count("<tr") == weeks + 1


def test_where_not_all_was_read_more_is_needed_and_that_is_said(
    staff: Browser, case: ClinicCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "MOST_DOSES", 1)
    one = a_given(PatientId("o" * 26))
    case.store.tables.vaccinations[one.id, 1] = one
    assert "nie wszystkie zostały policzone" in said(staff.get(PAGE))


def test_many_weeks_that_are_short_are_not_all_listed(staff: Browser, case: ClinicCase) -> None:
    for week in range(8):
        visit = case.anna
        key = replace(visit.place.slot.session, day=DAY + timedelta(weeks=week))
        place = replace(visit.place, slot=replace(visit.place.slot, session=key))
        case.booked(PatientId(str(week) * 26), place)
    assert "i jeszcze 2 pozycje w tabelach" in said(staff.get(PAGE))


def test_a_point_with_nothing_to_say_says_so(staff: Browser, case: ClinicCase) -> None:
    case.store.tables.places.clear()
    assert "nic nie jest umówione" in said(staff.get(PAGE))


def test_it_is_for_those_who_keep_the_vials_and_linked_there(staff: Browser) -> None:
    assert f'href="{PAGE}"' in staff.get(f"{HOME}/zapas").text
    staff.sign_in(an_actor(Role.ADMIN))
    assert staff.get(PAGE).status_code == 200
    staff.sign_in(REGISTRAR)
    assert staff.get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Forecast of doses"), ("uk", "Прогноз доз")]
)
def test_it_is_there_in_every_language(staff: Browser, language: str, title: str) -> None:
    staff.language = language
    assert title in said(staff.get(PAGE))


def test_another_points_page_is_not_shown(staff: Browser) -> None:
    assert staff.get("/punkt/bbbbbbbbbb/prognoza").status_code == 403

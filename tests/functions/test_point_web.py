"""The points' pages in process: real pages, real services, fake stores."""

import re
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId, PointId
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.session import SessionState
from erejestracja.domain.visit import VisitStatus
from erejestracja.services.clinic import Clinic
from erejestracja.services.desk import Desk
from tests.support import functions
from tests.support.builders import PFIZER, POINT, a_place, an_actor
from tests.support.clinic_case import LOT, MEDIC, NEXT, NPWZ, REGISTRAR, ClinicCase
from tests.support.web import Browser, WebSuite

HOME = f"/punkt/{POINT}"
OTHER = PointId("bbbbbbbbbb")


@dataclass
class PointSuite(WebSuite):
    clinic: Clinic | None = None
    desk: Desk | None = None


@pytest.fixture
def case() -> ClinicCase:
    return ClinicCase()


@pytest.fixture
def staff(case: ClinicCase) -> Browser:
    suite = PointSuite(clinic=case.clinic, desk=case.desk)
    return Browser(functions.load("point_web", suite), suite)


@pytest.fixture
def medic(staff: Browser) -> Browser:
    staff.sign_in(MEDIC)
    return staff


def said(answer: Any) -> str:
    """Return what a page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def given(medic: Browser, case: ClinicCase) -> Any:
    page = medic.get(f"{HOME}/wizyty/{case.anna.id}/szczepienie")
    assert page.status_code == 200, page.text
    return medic.post(
        f"{HOME}/wizyty/{case.anna.id}/szczepienie",
        page,
        lot=LOT,
        site="leftDeltoid",
        performer=NPWZ,
        version=str(case.anna.version),
    )


class TestTheDay:
    def test_staff_of_one_point_go_straight_to_its_day(self, medic: Browser) -> None:
        assert medic.get("/punkt").location == HOME

    def test_who_comes_is_listed_with_time_and_dose(self, medic: Browser, case: ClinicCase) -> None:
        page = medic.get(HOME)
        assert page.status_code == 200
        assert str(case.anna.id) in page.text
        assert "08:00" in said(page)

    def test_who_goes_to_which_room_is_listed(self, medic: Browser, case: ClinicCase) -> None:
        session = case.anna.place.slot.session
        known = case.store.tables.sessions
        known[session] = replace(known[session], room="Gabinet 2")
        assert "dawka 1, Gabinet 2" in said(medic.get(HOME))

    def test_a_name_is_found_whatever_its_accents(self, medic: Browser, case: ClinicCase) -> None:
        person = case.desk.records.person(case.anna.patient)
        assert person
        page = medic.post(f"{HOME}/szukaj", medic.get(HOME), q=person.family_name.upper())
        assert page.request.query_string == b"found=1"
        assert str(case.anna.id) in page.text
        medic.post(f"{HOME}/szukaj", page, q="Nikogo Takiego")
        assert "Nikt na liście" in said(medic.get(HOME, found="1"))
        assert str(case.anna.id) in medic.get(HOME).text

    def test_what_a_browser_keeps_for_an_outage_names_nobody(self, staff: Browser) -> None:
        assert "Niczego nie zapisano" in said(staff.get("/punkt/bez-polaczenia"))
        script = staff.get("/punkt/keeper.js")
        assert script.headers["Service-Worker-Allowed"] == "/punkt"
        assert script.headers["Cache-Control"] == "no-cache"
        assert "/punkt/bez-polaczenia" in script.text

    def test_how_many_there_are_is_said_as_people_say_it(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        assert "1 umówiona 0 w punkcie 0 zaszczepionych" in said(medic.get(HOME))
        for number in range(4):
            case.booked(PatientId(str(number) * 26), a_place(index=number % 4, place=1))
        assert "5 umówionych" in said(medic.get(HOME))

    def test_the_printed_list_has_room_to_write(self, medic: Browser) -> None:
        assert "Podpis" in said(medic.get(HOME))

    def test_arrival_is_one_press_and_leads_back_to_the_line(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        page = medic.get(HOME)
        version = str(case.anna.version)
        path = f"{HOME}/wizyty/{case.anna.id}/przyszedl"
        answer = medic.post(path, page, version=version)
        assert "w punkcie" in said(answer)
        assert case.visit().status is VisitStatus.ARRIVED

    def test_who_did_not_come_is_noted_and_may_still_arrive(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        page = medic.get(HOME)
        path = f"{HOME}/wizyty/{case.anna.id}"
        missed = medic.post(f"{path}/nieobecny", page, version=str(case.anna.version))
        assert case.visit().status is VisitStatus.NO_SHOW
        assert f'action="{path}/nieobecny"' not in missed.text
        medic.post(f"{path}/przyszedl", missed, version=str(case.visit().version))
        assert case.visit().status is VisitStatus.ARRIVED

    def test_what_somebody_else_changed_meanwhile_is_not_changed_again(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        page = medic.get(HOME)
        path = f"{HOME}/wizyty/{case.anna.id}"
        medic.post(f"{path}/przyszedl", page, version=str(case.anna.version))
        late = medic.post(f"{path}/nieobecny", page, version=str(case.anna.version))
        assert late.status_code == 412
        assert case.visit().status is VisitStatus.ARRIVED

    def test_staff_of_two_points_choose_one(self, staff: Browser) -> None:
        staff.sign_in(an_actor(Role.MEDIC, points=frozenset({POINT, OTHER})))
        page = staff.get("/punkt")
        assert page.status_code == 200
        assert f'href="{HOME}"' in page.text
        assert "Druga" in said(page)

    def test_staff_of_another_point_see_nothing(self, staff: Browser) -> None:
        staff.sign_in(an_actor(Role.MEDIC, points=frozenset({"bbbbbbbbbb"})))
        assert staff.get(HOME).status_code == 403

    def test_patients_are_not_let_in(self, staff: Browser) -> None:
        staff.sign_in(an_actor())
        assert staff.get(HOME).status_code == 403

    def test_nobody_is_let_in_without_signing_in(self, staff: Browser) -> None:
        answer = staff.get(HOME)
        assert answer.location.startswith("/auth/login?as=staff")

    def test_only_medics_are_offered_to_vaccinate(self, staff: Browser, case: ClinicCase) -> None:
        staff.sign_in(REGISTRAR)
        path = f"{HOME}/wizyty/{case.anna.id}/szczepienie"
        assert path not in staff.get(HOME).text
        assert staff.get(path).status_code == 403


class TestADose:
    def test_is_recorded_in_three_actions_and_the_next_is_booked(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        page = given(medic, case)
        assert "Szczepienie zapisane" in said(page)
        assert "Następna dawka umówiona" in said(page)
        assert case.visit().status is VisitStatus.COMPLETED

    def test_is_read_from_the_list_afterwards(self, medic: Browser, case: ClinicCase) -> None:
        given(medic, case)
        link = re.search(rf'href="({HOME}/szczepienia/[^"]+)"', medic.get(HOME).text)
        assert link
        assert "Zapis szczepienia" in said(medic.get(link.group(1)))

    def test_that_would_be_refused_is_said_before_it_is_filled_in(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        path = f"{HOME}/wizyty/{case.anna.id}/szczepienie"
        assert "nie można podać dziś" not in said(medic.get(path))
        case.changed(status=ReferralStatus.CANCELLED)
        assert "nie można podać dziś" in said(medic.get(path))

    def test_without_a_place_here_says_where_the_next_could_be(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        del case.store.tables.sessions[NEXT.key]
        elsewhere = replace(NEXT, key=replace(NEXT.key, point=OTHER))
        case.store.tables.sessions[elsewhere.key] = elsewhere
        del case.desk.read_model.states[NEXT.key]
        case.desk.read_model.learn([SessionState(elsewhere, 0, 2)])
        page = given(medic, case)
        assert "Najbliższe wolne terminy następnej dawki" in said(page)
        assert "Druga" in said(page)

    def test_fills_in_what_was_filled_in_before(self, medic: Browser, case: ClinicCase) -> None:
        given(medic, case)
        page = medic.get(f"{HOME}/wizyty/{case.anna.id}/szczepienie")
        assert f'value="{NPWZ}"' in page.text

    def test_with_a_wrong_number_says_so_and_keeps_the_rest(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        page = medic.get(f"{HOME}/wizyty/{case.anna.id}/szczepienie")
        path = f"{HOME}/wizyty/{case.anna.id}/szczepienie"
        answer = medic.post(path, page, lot=LOT, site="rightDeltoid", performer="1234567")
        assert "To nie jest numer prawa" in said(answer)
        assert re.search(r'value="rightDeltoid" checked', answer.text)
        assert case.visit().status is VisitStatus.BOOKED

    def test_is_taken_back_by_who_recorded_it(self, medic: Browser, case: ClinicCase) -> None:
        page = given(medic, case)
        action = re.search(r'action="(/punkt/[^"]+/cofnij)"', page.text)
        assert action
        asked = medic.post(action.group(1), page, version="1", note=" ?  ")
        assert "Wpisz od 3 do 300 znaków" in said(asked)
        assert case.visit().status is VisitStatus.COMPLETED
        answer = medic.post(action.group(1), asked, version="1", note="pomyłka")
        assert "cofnięty" in said(answer)
        assert case.visit().status is VisitStatus.ARRIVED

    def test_is_deferred_with_a_reason_and_a_day(self, medic: Browser, case: ClinicCase) -> None:
        path = f"{HOME}/wizyty/{case.anna.id}/odroczenie"
        page = medic.get(path)
        wrong = medic.post(path, page, reason="illness")
        assert "Podaj dzień albo zaznacz" in said(wrong)
        medic.post(path, page, reason="illness", until="2026-12-20")
        assert case.visit().status is VisitStatus.CANCELLED


class TestStock:
    def test_lots_are_listed(self, medic: Browser) -> None:
        page = medic.get(f"{HOME}/zapas")
        assert LOT in said(page)

    def test_a_delivery_is_entered_once(self, medic: Browser) -> None:
        page = medic.get(f"{HOME}/zapas/dostawa")
        sent = {
            "lot": "new-1",
            "vaccine": PFIZER,
            "expires_on": "2027-02-01",
            "doses_per_vial": "6",
            "doses": "60",
            "key": "the same",
        }
        for _ in range(2):
            listed = medic.post(f"{HOME}/zapas/dostawa", page, **sent)
            assert "NEW-1" in said(listed)
            assert " 60 " in said(listed)

    def test_what_has_expired_is_written_off_by_one_button(
        self, medic: Browser, case: ClinicCase
    ) -> None:
        lot = case.store.tables.lots[POINT, LOT]
        assert "Spisz" not in said(medic.get(f"{HOME}/zapas"))
        case.store.tables.lots[POINT, LOT] = replace(lot, expires_on=date(2026, 1, 1))
        page = medic.get(f"{HOME}/zapas")
        assert "Spisz 10 dawek po terminie" in said(page)
        path = f"{HOME}/zapas/{LOT}/po-terminie"
        for _ in range(2):
            assert "Spisz" not in said(medic.post(path, page, number=str(lot.number)))
        assert case.balance() == 0
        assert medic.post(path, page, number="").status_code == 400

    def test_a_form_without_what_makes_it_one_is_not_taken(self, medic: Browser) -> None:
        path = f"{HOME}/zapas/{LOT}"
        page = medic.post(path, medic.get(path), movement="return", doses="1", reason="broken")
        assert "Wypełnij to pole" in said(page)

    def test_waste_says_why(self, medic: Browser) -> None:
        path = f"{HOME}/zapas/{LOT}"
        page = medic.get(path)
        sent = {"movement": "waste", "doses": "1", "reason": "broken", "key": "k"}
        listed = medic.post(path, page, **sent)
        assert listed.status_code == 200
        too_many = medic.post(path, page, **{**sent, "doses": "9999", "key": "l"})
        assert "Tylu dawek nie ma" in said(too_many)

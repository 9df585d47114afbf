"""What who is not of age has shown, on the points' pages, in process."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from erejestracja.domain.visit import ConsentForm, VisitStatus
from tests.support import functions
from tests.support.builders import POINT, a_person, a_referral
from tests.support.clinic_case import ANNA, LOT, MEDIC, NPWZ, ClinicCase
from tests.support.exports import a_pesel
from tests.support.fake_store import registered
from tests.support.planning import PlanningSuite, said
from tests.support.web import Browser

HOME = f"/punkt/{POINT}"
CHILD = date(2010, 3, 4)
TEN_YEARS_OLD = date(2016, 3, 4)
PESEL = str(a_pesel())
SELECTED = 'value="{}" selected'


def born(case: ClinicCase, birth: date) -> None:
    case.changed(birth_date=birth)
    case.store.people[ANNA] = a_person(ANNA, birth_date=birth)
    case.store.tables.visits[case.anna.id] = (replace(case.anna, born=birth), "digest")


@pytest.fixture
def case(patient_key: None) -> ClinicCase:  # noqa: ARG001 - ids are made by it
    case = ClinicCase()
    born(case, CHILD)
    return case


@pytest.fixture
def medic(case: ClinicCase) -> Browser:
    suite = PlanningSuite(desk=case.desk, clinic=case.clinic)
    browser = Browser(functions.load("point_web", suite), suite)
    browser.sign_in(MEDIC)
    return browser


def arrived(medic: Browser, case: ClinicCase, consent: str) -> Any:
    version = str(case.visit().version)
    path = f"{HOME}/wizyty/{case.anna.id}/przyszedl"
    return medic.post(path, medic.get(HOME), version=version, consent=consent)


def given(medic: Browser, case: ClinicCase, **sent: str) -> Any:
    path = f"{HOME}/wizyty/{case.anna.id}/szczepienie"
    known = {"lot": LOT, "site": "leftDeltoid", "performer": NPWZ}
    return medic.post(path, medic.get(path), version=str(case.visit().version), **known, **sent)


def test_the_day_asks_for_the_form_and_tells_what_was_shown(
    medic: Browser, case: ClinicCase
) -> None:
    page = medic.get(HOME)
    assert "zgoda: jeszcze brak" in said(page)
    assert SELECTED.format("required") in page.text
    page = arrived(medic, case, "presented")
    assert "zgoda: podpisany kwestionariusz" in said(page)
    assert case.visit().status is VisitStatus.ARRIVED
    page = arrived(medic, case, "representativePresent")
    assert "Zapisz zgodę" in said(page)
    assert SELECTED.format("representativePresent") in page.text
    assert case.visit().consent is ConsentForm.REPRESENTATIVE_PRESENT


def test_of_who_is_of_age_nothing_is_asked(medic: Browser, case: ClinicCase) -> None:
    born(case, date(1959, 3, 4))
    assert "zgoda" not in said(medic.get(HOME))
    page = medic.get(f"{HOME}/wizyty/{case.anna.id}/szczepienie")
    assert "osoby niepełnoletniej" not in said(page)
    assert "Szczepienie zapisane" in said(given(medic, case))


def test_no_dose_is_given_before_the_form_and_the_page_says_what_to_do(
    medic: Browser, case: ClinicCase
) -> None:
    page = given(medic, case)
    assert "Zaznacz, co pokazano" in said(page)
    assert "podpisują osoba szczepiona i rodzic" in said(page)
    assert case.visit().status is VisitStatus.BOOKED
    assert "Szczepienie zapisane" in said(given(medic, case, consent="representativePresent"))
    assert case.visit().consent is ConsentForm.REPRESENTATIVE_PRESENT


def test_what_was_shown_on_arrival_is_filled_in_at_the_dose(
    medic: Browser, case: ClinicCase
) -> None:
    arrived(medic, case, "presented")
    page = medic.get(f"{HOME}/wizyty/{case.anna.id}/szczepienie")
    assert 'value="presented" checked' in page.text


def test_a_child_under_twelve_is_qualified_by_a_physician(medic: Browser, case: ClinicCase) -> None:
    born(case, TEN_YEARS_OLD)
    page = said(medic.get(f"{HOME}/wizyty/{case.anna.id}/szczepienie"))
    assert "Kwestionariusz podpisuje rodzic lub opiekun" in page
    assert "kwalifikuje tylko lekarz" in page


def test_who_comes_without_a_visit_is_asked_too(medic: Browser, case: ClinicCase) -> None:
    olga = registered(case.store, PESEL, given_name="Olga", family_name="Nowa", birth_date=CHILD)
    referral = a_referral(olga, birth_date=CHILD)
    case.store.all_referrals[olga, referral.id] = referral
    find = f"{HOME}/bez-terminu"
    page = medic.post(find, medic.get(find), pesel=PESEL)
    assert "podpisują osoba szczepiona i rodzic" in said(page)
    sent = {"patient": olga, "key": "once", "wanted": f"{referral.id} cov19.pfizer"}
    medic.post(f"{find}/wizyta", page, **sent, consent="presented")
    [visit] = case.store.visits(olga)
    assert visit.consent is ConsentForm.PRESENTED

"""Who comes without a visit, in a browser, in process."""

import re
from typing import Any

import pytest

from erejestracja.auth.patients import identifier_digest
from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId, PlaceKey, SlotKey
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.visit import Visit, VisitStatus
from tests.support import functions
from tests.support.builders import POINT, a_referral, an_actor
from tests.support.clinic_case import NEXT, REGISTRAR, ClinicCase
from tests.support.exports import a_pesel
from tests.support.fake_store import registered
from tests.support.planning import PlanningSuite, said
from tests.support.web import Browser

HOME = f"/punkt/{POINT}"
FIND = f"{HOME}/bez-terminu"
COME = f"{FIND}/wizyta"
PESEL = str(a_pesel())


@pytest.fixture
def case(patient_key: None) -> ClinicCase:  # noqa: ARG001 - ids are made by it
    return ClinicCase()


@pytest.fixture
def olga(case: ClinicCase) -> PatientId:
    """Register somebody who has a referral and no visit."""
    return registered(case.store, PESEL, given_name="Olga", family_name="Nowa")


@pytest.fixture
def staff(case: ClinicCase) -> Browser:
    suite = PlanningSuite(desk=case.desk, clinic=case.clinic)
    browser = Browser(functions.load("point_web", suite), suite)
    browser.sign_in(REGISTRAR)
    return browser


def found(staff: Browser, **number: str) -> Any:
    return staff.post(FIND, staff.get(FIND), **number)


def come(staff: Browser, page: Any) -> Any:
    sent = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page.text)
        for name in ("patient", "key", "wanted")
    }
    return staff.post(COME, page, **{name: one.group(1) for name, one in sent.items() if one})


def visits_of(case: ClinicCase, patient: PatientId) -> list[Visit]:
    known = (visit for visit, _ in case.store.tables.visits.values())
    return [visit for visit in known if visit.patient == patient]


@pytest.mark.usefixtures("olga")
def test_a_person_is_found_by_number_and_the_number_is_in_no_address(staff: Browser) -> None:
    page = found(staff, pesel=PESEL)
    assert "Olga Nowa" in said(page)
    assert page.request.path == FIND
    assert PESEL not in page.text


def test_a_person_is_found_by_passport(staff: Browser, case: ClinicCase, olga: PatientId) -> None:
    case.store.identifiers[identifier_digest("passport:UA", "FA123456")] = olga
    assert "Olga Nowa" in said(found(staff, number="fa 123456", country="ua"))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ({"pesel": PESEL}, "Nie ma u nas takiej osoby"),
        ({"pesel": "123"}, "Ten numer jest nieprawidłowy"),
        ({}, "Podaj PESEL albo numer paszportu"),
        ({"pesel": PESEL, "number": "FA1"}, "Podaj PESEL albo numer paszportu"),
        ({"number": "FA123456"}, "Podaj kraj dwiema literami"),
        ({"number": "FA123456", "country": "UA"}, "Nie ma u nas takiej osoby"),
    ],
)
def test_who_is_not_found_is_said_without_the_number(
    staff: Browser, number: dict[str, str], words: str
) -> None:
    page = found(staff, **number)
    assert page.status_code == 200
    assert words in said(page)
    assert PESEL not in page.text


def test_who_comes_is_on_the_day_list_as_arrived(
    staff: Browser, case: ClinicCase, olga: PatientId
) -> None:
    listed = come(staff, found(staff, pesel=PESEL))
    assert "Nowa Olga" in said(listed)
    [visit] = visits_of(case, olga)
    assert visit.status is VisitStatus.ARRIVED


def test_a_form_sent_twice_is_one_visit(staff: Browser, case: ClinicCase, olga: PatientId) -> None:
    page = found(staff, pesel=PESEL)
    for _ in range(2):
        assert come(staff, page).status_code == 200
    assert len(visits_of(case, olga)) == 1


def test_a_visit_on_another_day_is_shown_before_it_is_cancelled(
    staff: Browser, case: ClinicCase, olga: PatientId
) -> None:
    place = PlaceKey(SlotKey(NEXT.key, 0), 0)
    booked = case.booked(olga, place, starts_at=NEXT.starts_at)
    page = found(staff, pesel=PESEL)
    assert "Ma już wizytę" in said(page)
    come(staff, page)
    assert case.visit(booked).status is VisitStatus.CANCELLED


def test_who_may_have_nothing_today_is_told_why(
    staff: Browser, case: ClinicCase, olga: PatientId
) -> None:
    referral = a_referral(olga, status=ReferralStatus.CANCELLED)
    case.store.all_referrals[olga, referral.id] = referral
    page = found(staff, pesel=PESEL)
    assert "nie może być dziś zaszczepiona" in said(page)
    assert COME not in page.text


def test_who_may_have_nothing_any_more_is_told_when_asked_for(
    staff: Browser, case: ClinicCase, olga: PatientId
) -> None:
    page = found(staff, pesel=PESEL)
    referral = a_referral(olga, status=ReferralStatus.CANCELLED)
    case.store.all_referrals[olga, referral.id] = referral
    assert "nie można podać dziś" in said(come(staff, page))
    assert not visits_of(case, olga)


def test_who_is_not_of_the_point_finds_nobody(staff: Browser) -> None:
    staff.sign_in(an_actor(Role.REGISTRAR, points=frozenset({"bbbbbbbbbb"})))
    assert staff.get(FIND).status_code == 403

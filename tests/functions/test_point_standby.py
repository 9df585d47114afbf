"""The standby list in a browser, in process: who is next, a call, and who comes."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.auth.patients import patient_id
from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.visit import VisitStatus
from erejestracja.services import standby
from erejestracja.services.joining import Wish
from erejestracja.services.standby import Asking, Reserve
from erejestracja.services.standby_imports import Lists
from tests.support import functions
from tests.support.builders import (
    COVID,
    DAY,
    MODERNA,
    PFIZER,
    POINT,
    a_person,
    a_place,
    a_point,
    a_referral,
    an_actor,
)
from tests.support.clinic_case import NEXT, REGISTRAR, ClinicCase
from tests.support.desk import FixedProgrammes
from tests.support.exports import a_pesel
from tests.support.fake_standby import FakeRoster, FakeStandby
from tests.support.fake_store import registered
from tests.support.planning import PlanningSuite, said
from tests.support.standby_contract import OTHER
from tests.support.web import Browser
from tests.unit.domain.test_standby_rows import ROW

HOME = f"/punkt/{POINT}"
LIST = f"{HOME}/rezerwa"
PESEL = str(a_pesel())
PHONE = str(a_person().phone)
BOTH = [f"{COVID} {PFIZER}", f"{COVID} {MODERNA}"]


@pytest.fixture
def case(patient_key: None) -> ClinicCase:  # noqa: ARG001 - ids are made by it
    return ClinicCase()


@pytest.fixture
def reserve(case: ClinicCase) -> Reserve:
    return Reserve(case.clinic, FakeStandby(case.store))


@pytest.fixture
def olga(case: ClinicCase) -> PatientId:
    """Register somebody who has a referral and no visit."""
    return registered(case.store, PESEL, given_name="Olga", family_name="Nowa")


@pytest.fixture
def suite(case: ClinicCase, reserve: Reserve) -> PlanningSuite:
    assert isinstance(reserve.lists, FakeStandby)
    roster = FakeRoster(reserve.lists, {POINT: a_point()})
    lists = Lists(roster, FixedProgrammes(), case.desk.clock, patient_id)
    return PlanningSuite(desk=case.desk, clinic=case.clinic, reserve=reserve, lists=lists)


@pytest.fixture
def staff(suite: PlanningSuite) -> Browser:
    return a_desk_of(suite, "registrar")


def a_desk_of(suite: PlanningSuite, subject: str) -> Browser:
    browser = Browser(functions.load("point_web", suite), suite)
    browser.sign_in(an_actor(*REGISTRAR.roles, subject=subject))
    return browser


@pytest.fixture
def entry(reserve: Reserve, olga: PatientId) -> str:
    """Put Olga on the list; return the address of her entry."""
    asking = Asking(REGISTRAR, POINT, "request-0")
    wish = Wish(olga, COVID, (MODERNA, PFIZER), DAY + timedelta(days=14))
    return f"{LIST}/{standby.join(reserve, asking, wish).id}"


def sent(page: Any, path: str) -> dict[str, str]:
    """Return what the form to an address holds besides its token."""
    [form] = [one for one in page.text.split("<form")[1:] if f'action="{path}"' in one][:1]
    inside = form.partition("</form>")[0]
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', inside)
    return {name: value for name, value in hidden if name != "csrf_token"}


def press(staff: Browser, page: Any, path: str, **also: str) -> Any:
    return staff.post(path, page, **(sent(page, path) | also))


def add(staff: Browser, **fields: Any) -> Any:
    asked = staff.post(f"{LIST}/dopisz", staff.get(f"{LIST}/dopisz"), pesel=PESEL)
    assert PESEL not in asked.text
    filled = {"until": "2026-12-20", "wanted": BOTH, "consent": "1", **fields}
    named = sent(asked, f"{LIST}/zapisz")
    return staff.post(f"{LIST}/zapisz", asked, **named, **filled)


@pytest.mark.usefixtures("olga")
def test_a_person_is_put_on_by_their_number_and_stands_as_next_with_the_reason(
    staff: Browser,
) -> None:
    assert "Nikt nie czeka" in said(staff.get(LIST))
    listed = said(add(staff))
    assert "Następna osoba: Olga Nowa" in listed
    assert "60–69 lat. Czeka od: poniedziałek, 7 grudnia 2026" in listed
    assert PHONE not in staff.get(LIST).text


@pytest.mark.usefixtures("olga")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"wanted": []}, "Uzupełnij to pole"),
        ({"until": ""}, "Uzupełnij to pole"),
        ({"until": "2026-12-01"}, "Podaj dzień od dziś"),
        ({"consent": ""}, "Uzupełnij to pole"),
        ({"wanted": ["covid-19 none"]}, "Popraw to pole"),
    ],
)
def test_what_is_missing_or_cannot_be_is_said_at_the_form(
    staff: Browser, reserve: Reserve, fields: dict[str, Any], words: str
) -> None:
    page = add(staff, **fields)
    assert page.status_code == 200
    assert "Olga Nowa" in said(page)
    assert words in said(page) or "govuk-error" in page.text
    assert reserve.lists.of(POINT) == []


def test_who_has_a_visit_is_told_so_and_does_not_wait(
    staff: Browser, case: ClinicCase, olga: PatientId
) -> None:
    case.booked(olga, a_place(NEXT), starts_at=NEXT.starts_at)
    page = said(add(staff))
    assert "Ma umówioną wizytę" in page
    assert "więc nie czeka na liście" in page


def test_who_has_nothing_to_wait_for_is_told_so(
    staff: Browser, case: ClinicCase, olga: PatientId
) -> None:
    referral = a_referral(olga, status=ReferralStatus.USED)
    case.store.all_referrals[olga, referral.id] = referral
    asked = staff.post(f"{LIST}/dopisz", staff.get(f"{LIST}/dopisz"), pesel=PESEL)
    assert "nie ma skierowania" in said(asked)


@pytest.mark.usefixtures("olga")
def test_a_number_that_is_nobodys_is_said_and_a_made_up_person_is_not_found(
    staff: Browser,
) -> None:
    page = staff.get(f"{LIST}/dopisz")
    assert "Ten numer jest nieprawidłowy" in said(staff.post(f"{LIST}/dopisz", page, pesel="123"))
    nobody = staff.post(f"{LIST}/zapisz", page, patient="n" * 26, until="2026-12-20")
    assert nobody.status_code == 404


def test_only_the_desk_that_calls_sees_the_telephone(
    staff: Browser, suite: PlanningSuite, entry: str
) -> None:
    seen = a_desk_of(suite, "other")
    stale = seen.get(LIST)
    call = press(staff, staff.get(LIST), f"{entry}/telefon")
    assert f'href="tel:{PHONE}"' in call.text
    assert "Do 08:15 nikt inny nie zadzwoni" in said(call)
    late = press(seen, stale, f"{entry}/telefon")
    assert "Ktoś inny właśnie zajmuje się tą osobą" in said(late)
    other = seen.get(entry)
    assert "minął czas rozmowy" in said(other)
    assert PHONE not in late.text + other.text
    assert "Dzwonisz teraz: Olga Nowa" in said(staff.get(LIST))


def answered(staff: Browser, entry: str, outcome: str) -> Any:
    call = press(staff, staff.get(LIST), f"{entry}/telefon")
    return press(staff, call, f"{entry}/wynik", outcome=outcome)


def test_who_comes_is_on_the_day_list_as_arrived_and_on_the_list_no_more(
    staff: Browser, case: ClinicCase, reserve: Reserve, entry: str, olga: PatientId
) -> None:
    page = answered(staff, entry, "coming")
    assert "Przyjdzie do 09:35" in said(page)
    assert "Jest na miejscu: Comirnaty" in said(page)
    listed = press(staff, page, f"{entry}/przyszedl", vaccine=PFIZER)
    assert "Nowa Olga" in said(listed)
    [visit] = case.store.visits(olga)
    assert (visit.status, visit.vaccine) == (VisitStatus.ARRIVED, PFIZER)
    assert reserve.lists.of(POINT) == []
    assert "nie ma już na liście" in said(press(staff, page, f"{entry}/przyszedl"))


def test_who_is_on_the_day_list_already_is_shown_there(
    staff: Browser, case: ClinicCase, entry: str, olga: PatientId
) -> None:
    page = answered(staff, entry, "coming")
    kept = dict(case.store.tables.standby)
    visit = case.booked(olga, a_place(index=1))
    case.store.tables.standby.update(kept)
    listed = press(staff, page, f"{entry}/przyszedl", vaccine=PFIZER)
    assert visit.id in listed.text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("declined", "dziś nie"),
        ("notReached", "Następny telefon najwcześniej: poniedziałek, 7 grudnia, 08:35"),
    ],
)
def test_who_does_not_come_stays_on_the_list_for_later(
    staff: Browser, entry: str, outcome: str, words: str
) -> None:
    page = said(answered(staff, entry, outcome))
    assert words in page
    assert "Nikt z listy nie może teraz dostać dawki" in page


def test_an_answer_to_an_older_call_changes_nothing(
    staff: Browser, case: ClinicCase, suite: PlanningSuite, entry: str
) -> None:
    old = press(staff, staff.get(LIST), f"{entry}/telefon")
    case.later(timedelta(minutes=11))
    other = a_desk_of(suite, "other")
    press(other, other.get(LIST), f"{entry}/telefon")
    late = press(staff, old, f"{entry}/wynik", outcome="declined")
    assert "Ktoś inny właśnie zajmuje się tą osobą" in said(late)
    assert staff.post(f"{entry}/wynik", old, outcome="asleep").status_code == 400


def test_who_wishes_no_more_is_taken_off(staff: Browser, entry: str) -> None:
    page = staff.get(LIST)
    assert "Nikt nie czeka" in said(press(staff, page, f"{entry}/skresl"))
    assert "nie ma już na liście" in said(press(staff, page, f"{entry}/skresl"))


def test_who_may_not_have_a_dose_yet_is_listed_with_the_reason_and_not_called(
    staff: Browser, case: ClinicCase, entry: str, olga: PatientId
) -> None:
    page = staff.get(LIST)
    young = a_referral(olga, window=(DAY + timedelta(days=3), None))
    case.store.all_referrals[olga, young.id] = young
    refused = press(staff, page, f"{entry}/telefon")
    assert refused.status_code == 200
    assert "10 grudnia 2026" in said(refused)
    assert f"{entry}/telefon" not in refused.text


@pytest.mark.usefixtures("entry")
def test_the_list_is_asked_for_one_vaccine_and_says_what_is_left(
    staff: Browser, case: ClinicCase
) -> None:
    page = said(staff.get(LIST))
    assert "Comirnaty: 3 (otwarte teraz: 4, przyjdzie jeszcze 1 osoba)" in page
    assert "Następna osoba" in said(staff.get(LIST, vaccine=PFIZER))
    assert "Następna osoba" not in said(staff.get(LIST, vaccine="none"))
    assert "Zostanie dziś w otwartych fiolkach: Comirnaty: 3 dawki" in said(staff.get(HOME))
    case.store.tables.lots.clear()
    assert "otwarte teraz" not in said(staff.get(LIST))
    assert "Zostanie dziś" not in said(staff.get(HOME))


def test_somebody_who_is_not_registered_is_listed_without_a_name(
    staff: Browser, case: ClinicCase, entry: str
) -> None:
    assert entry
    case.store.people.clear()
    assert "Następna osoba" in said(staff.get(LIST))


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.usefixtures("entry")
def test_the_list_is_told_in_every_language(staff: Browser, language: str) -> None:
    staff.language = language
    page = staff.get(LIST)
    assert page.status_code == 200
    assert f'lang="{language}"' in page.text


def test_a_person_without_a_telephone_can_be_put_on_and_the_desk_is_told(
    staff: Browser, case: ClinicCase, entry: str, olga: PatientId
) -> None:
    case.store.people[olga] = a_person(olga, phone=None)
    assert "nie podała telefonu" in said(press(staff, staff.get(LIST), f"{entry}/telefon"))


FILE = f"{LIST}/plik"
OWN = {column: text for column, text in ROW.items() if column != "point"}


@pytest.fixture
def admin(staff: Browser) -> Browser:
    staff.sign_in(an_actor(Role.ADMIN))
    return staff


def handed_over(admin: Browser, *changes: dict[str, str]) -> Any:
    rows = [";".join((OWN | {"pesel": PESEL} | change).values()) for change in changes]
    sent = "\r\n".join([";".join(OWN), *rows]).encode()
    return admin.post(FILE, admin.get(FILE), file=(io.BytesIO(sent), "rezerwa.csv"))


@pytest.mark.usefixtures("olga")
def test_a_list_on_paper_is_handed_over_as_a_file_of_who_agreed(admin: Browser) -> None:
    assert FILE in admin.get(LIST).text
    assert all(f"<code>{column}</code>" in admin.get(FILE).text for column in OWN)
    page = handed_over(admin, {}, {"consent": "no"}, {"pesel": str(a_pesel(serial=9))})
    assert "Nowe osoby i zmienione życzenia 1" in said(page)
    assert "nie zgodziła się na telefon" in said(page)
    assert "Nikt o tym numerze nie ma skierowania" in said(page)
    assert PESEL not in page.text
    assert "Olga Nowa" in said(admin.get(LIST))
    assert "Bez zmian 1" in said(handed_over(admin, {}))


def test_who_has_a_visit_or_waits_elsewhere_is_put_on_no_list(
    admin: Browser, reserve: Reserve, olga: PatientId, case: ClinicCase
) -> None:
    elsewhere = Asking(an_actor(points=frozenset({OTHER})), OTHER, "request")
    standby.join(reserve, elsewhere, Wish(olga, COVID, (PFIZER,), DAY))
    booked = a_pesel(serial=9)
    case.booked(patient_id(str(booked)), a_place(index=2))
    page = handed_over(admin, {}, {"pesel": str(booked)})
    assert "czeka już na liście innego punktu" in said(page)
    assert "ma umówioną wizytę na następną dawkę" in said(page)


def test_what_is_no_file_of_a_list_is_said(admin: Browser) -> None:
    assert "Wybierz plik." in said(admin.post(FILE, admin.get(FILE)))


def test_only_who_runs_the_point_hands_over_a_list(staff: Browser) -> None:
    assert FILE not in staff.get(LIST).text
    assert staff.get(FILE).status_code == 403

"""Swaps over HTTP and in a browser, in process: real web layer, real services, fake stores."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.ids import PatientId
from erejestracja.domain.visit import VisitStatus
from erejestracja.services import doses
from tests.functions.test_vaccination import Caller, code
from tests.support import functions
from tests.support.builders import DAY, POINT
from tests.support.clinic_case import ANNA, JAN, MEDIC, a_dose
from tests.support.planning import PlanningSuite, said
from tests.support.swaps_case import SwapsCase
from tests.support.web import Browser

SWAPS = f"/v1/points/{POINT}/swaps"
HOME = f"/punkt/{POINT}"
OLGA = PatientId("o" * 26)


@pytest.fixture
def case() -> SwapsCase:
    return SwapsCase()


@pytest.fixture
def call(case: SwapsCase) -> Caller:
    return Caller(case)


@pytest.fixture
def medic(case: SwapsCase) -> Browser:
    suite = PlanningSuite(desk=case.desk, clinic=case.clinic)
    browser = Browser(functions.load("point_web", suite), suite)
    browser.sign_in(MEDIC)
    return browser


def asked(call: Caller, who: str = "registrar") -> Any:
    return call(who, "GET", f"{SWAPS}?visit={call.case.anna.id}")


def swapped(call: Caller, *visits: str, **headers: str) -> Any:
    body = {"visit": call.case.anna.id, "with": list(visits)}
    return call("registrar", "POST", SWAPS, json=body, headers=headers)


def test_a_missed_dose_is_proposed_with_the_reason_and_swapped(
    call: Caller, case: SwapsCase
) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    answer = asked(call).get_json()
    assert (answer["reason"], "until" in answer) == ("missed", False)
    [proposal] = answer["proposals"]
    assert proposal["keepsDate"] is True
    assert [one["id"] for one in proposal["chain"]] == [olga.id]
    done = swapped(call, olga.id, **{"If-Match": '"2"'}).get_json()
    assert [(one["status"], one["dose"]) for one in done["visits"]] == [
        ("arrived", 1),
        ("booked", 2),
    ]
    assert code(swapped(call, olga.id, **{"If-Match": '"2"'})) == (412, "version_mismatch")


def test_a_swap_is_undone_once_with_the_token_that_it_answered(
    call: Caller, case: SwapsCase
) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    done = swapped(call, olga.id).get_json()

    def undone(token: str = done["undoToken"], who: str = "registrar", key: str = "k") -> Any:
        path, note = f"{SWAPS}/{token}:undo", {"note": "zła osoba"}
        return call(who, "POST", path, json=note, headers={"Idempotency-Key": key})

    assert code(undone(token="nobody-1")) == (404, "not_found")
    assert code(undone(who="medic")) == (403, "not_allowed")
    first = undone().get_json()
    assert [(one["status"], one["dose"]) for one in first["visits"]] == [
        ("noShow", 2),
        ("booked", 1),
        ("cancelled", 2),
    ]
    assert undone().get_json()["visits"][1]["etag"] == first["visits"][1]["etag"]
    again = undone(key="other")
    assert code(again) == (409, "swap_stands")
    assert again.get_json()["reason"] == "undone"
    assert again.get_json()["detail"] == "Ta zamiana jest już cofnięta."


def test_a_dose_put_off_says_until_when(call: Caller, case: SwapsCase) -> None:
    case.comes(OLGA, 11, dose=2)
    case.put_off(10)
    assert asked(call).get_json()["until"] == "2026-12-17"


def test_what_is_not_to_be_swapped_is_refused(call: Caller, case: SwapsCase) -> None:
    assert code(asked(call)) == (400, "invalid_request")
    assert code(asked(call, "stranger")) == (403, "not_allowed")
    assert code(asked(call, "anna")) == (403, "not_allowed")
    case.missed()
    assert code(swapped(call)) == (400, "invalid_request")
    assert code(swapped(call, "nobody")) == (404, "not_found")


def page_of(medic: Browser, case: SwapsCase) -> Any:
    return medic.get(f"{HOME}/wizyty/{case.anna.id}/zamiana")


def press(medic: Browser, page: Any, case: SwapsCase) -> Any:
    held = dict(
        re.findall(r'<input type="hidden" name="(chain|version)" value="([^"]*)">', page.text)
    )
    return medic.post(f"{HOME}/wizyty/{case.anna.id}/zamiana", page, **held)


def test_the_desk_sees_who_may_come_instead_and_what_follows(
    medic: Browser, case: SwapsCase
) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    assert f"/wizyty/{case.anna.id}/zamiana" in medic.get(HOME).text
    page = page_of(medic, case)
    assert "Osoba nie przyszła." in said(page)
    assert "Dawny termin zostaje na dawkę 2: poniedziałek, 4 stycznia 2027, 08:00" in said(page)
    assert 'href="tel:+48600000000"' in page.text
    done = press(medic, page, case)
    assert "Terminy zamienione Anna Przykładowa: w punkcie" in said(done)
    assert "Dawny termin zostaje na dawkę 2: poniedziałek, 4 stycznia 2027, 08:00" in said(done)
    assert f'href="{HOME}#{olga.id}"' in done.text
    assert case.visit_of(olga.id).status is VisitStatus.ARRIVED
    late = press(medic, page, case)
    assert "Coś się zmieniło" in said(late)
    assert "Zamiana terminów Zamieniono: poniedziałek, 7 grudnia 2026" in said(late)


def take_back(medic: Browser, page: Any, case: SwapsCase, note: str = "zła osoba") -> Any:
    held = dict(re.findall(r'<input type="hidden" name="(swap|key)" value="([^"]*)">', page.text))
    return medic.post(f"{HOME}/wizyty/{case.anna.id}/zamiana/cofnij", page, note=note, **held)


def test_who_made_a_swap_undoes_it_and_the_dose_is_free_again(
    medic: Browser, case: SwapsCase
) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    press(medic, page_of(medic, case), case)
    # From the line of whoever has come, as from that of whose dose it was.
    assert f"/wizyty/{olga.id}/zamiana" in medic.get(HOME).text
    page = medic.get(f"{HOME}/wizyty/{olga.id}/zamiana")
    assert "To była pomyłka" in said(page)
    short = take_back(medic, page, case, note="x")
    assert "Wpisz od 3 do 300 znaków" in said(short)
    undone = take_back(medic, page, case)
    assert "Zamiana cofnięta. Wszyscy mają znów dawne terminy." in said(undone)
    assert "Dawny termin zostaje na dawkę 2" in said(undone)
    assert case.visit_of(olga.id).place == olga.place
    assert "Zamiana cofnięta" in said(take_back(medic, page, case))
    again = re.sub(r'name="key" value="[^"]*"', 'name="key" value="other"', page.text)
    page.text = again
    assert "Ta zamiana jest już cofnięta." in said(take_back(medic, page, case))


def test_a_swap_of_yesterday_is_undone_from_that_day_s_list(
    medic: Browser, case: SwapsCase
) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    press(medic, page_of(medic, case), case)
    case.later(timedelta(hours=20))
    path = f"{HOME}/wizyty/{olga.id}/zamiana"
    assert path not in medic.get(HOME).text
    assert path in medic.get(HOME, date=DAY.isoformat()).text
    undone = take_back(medic, medic.get(path), case)
    assert "Zamiana cofnięta" in said(undone)
    assert "nie ma czego zamieniać" in said(undone)
    assert case.visit_of(olga.id).place == olga.place


def test_a_swap_that_stands_says_why_and_what_is_to_be_done(
    medic: Browser, case: SwapsCase
) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    page = press(medic, page_of(medic, case), case)
    came = case.visit_of(olga.id)
    doses.give(case.clinic, MEDIC, came, a_dose(at=case.desk.clock.now()))
    refused = take_back(medic, page, case)
    assert "podano dawkę, przeniesiono ją albo odwołano" in said(refused)
    assert "To była pomyłka" not in said(refused)
    assert "Przenieś pozostałe wizyty pojedynczo" in said(page_of(medic, case))
    medic.sign_in(replace(MEDIC, subject="other"))
    assert "tylko osoba, która ją zrobiła" in said(page_of(medic, case))


def test_a_date_too_soon_for_the_next_dose_is_said_to_become_free(
    medic: Browser, case: SwapsCase
) -> None:
    case.missed()
    case.comes(JAN, 7)
    assert "Dawny termin się zwolni" in said(page_of(medic, case))


def test_who_is_put_off_leads_to_who_may_come_over_others_between(
    medic: Browser, case: SwapsCase
) -> None:
    case.comes(JAN, 20, dose=2)
    case.comes(OLGA, 41, dose=2)
    path = f"{HOME}/wizyty/{case.anna.id}/odroczenie"
    until = DAY.replace(year=2027, month=1, day=16).isoformat()
    form = {"reason": "illness", "until": until, "version": str(case.anna.version)}
    page = medic.post(path, medic.get(path), **form)
    words = said(page)
    assert "Szczepienie odłożono do: sobota, 16 stycznia 2027." in words
    assert "przechodzi na termin niedziela, 27 grudnia 2026, 08:00" in words
    assert "dostaje termin niedziela, 17 stycznia 2027, 08:00" in words
    done = press(medic, page, case)
    assert "Szczepienie osoby, której była dawka, odłożono." in said(done)
    assert "przechodzi na termin niedziela, 27 grudnia 2026, 08:00" in said(done)
    assert "dostaje termin niedziela, 17 stycznia 2027, 08:00" in said(done)
    [again] = case.standing(ANNA)
    assert again.dose == 2
    take_back(medic, done, case)
    assert case.standing(ANNA) == []


def test_where_nobody_may_come_the_standby_list_is_the_way_on(
    medic: Browser, case: SwapsCase
) -> None:
    case.missed()
    page = page_of(medic, case)
    assert "Nikt z umówionych" in said(page)
    assert f"{HOME}/rezerwa?vaccine=" in page.text
    case.store.people.clear()
    case.comes(OLGA, 28)
    del case.store.people[OLGA]
    assert page_of(medic, case).status_code == 200

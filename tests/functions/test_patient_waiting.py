"""The patients' pages of waiting in process: real pages, real services, a fake store."""

from dataclasses import dataclass, replace
from functools import cached_property
from html import unescape
from typing import Any

import pytest

from erejestracja.domain.criteria import Area
from erejestracja.domain.ids import PointId, SlotKey
from erejestracja.domain.waiting import EntryId
from erejestracja.services.desk import Desk
from erejestracja.services.search import Search
from erejestracja.services.standby import Reserve
from erejestracja.services.waiting import WaitingRoom
from erejestracja.services.waiting_list import hear
from tests.functions.test_patient_web import said
from tests.support import functions
from tests.support.builders import PFIZER, a_point, a_state
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_standby import reserve_of
from tests.support.waiting_case import (
    ADAM,
    ANNA,
    HERE,
    JAN,
    LATER,
    SESSION,
    Case,
    a_full_case,
    actor,
)
from tests.support.web import Browser, WebSuite

FILTERS = "voivodeship=06&hours=morning&from=2026-12-02&access=1"


@dataclass
class WaitingPagesSuite(WebSuite):
    case: Case | None = None

    @property
    def known(self) -> Case:
        assert self.case
        return self.case

    @property
    def desk(self) -> Desk:
        return self.known.desk

    @property
    def search(self) -> Search:
        states = [a_state(SESSION, taken=0b11)]
        return Search(FakeMarket([a_point()], states), self.known.desk.clock)

    @property
    def waiting(self) -> WaitingRoom:
        return self.known.room

    @cached_property
    def reserve(self) -> Reserve:
        return reserve_of(self.known.desk)


@pytest.fixture
def case() -> Case:
    return a_full_case(LATER)[0]


@pytest.fixture
def browser(case: Case) -> Browser:
    suite = WaitingPagesSuite(case=case)
    browser = Browser(functions.load("patient_web", suite), suite)
    browser.sign_in(actor(ANNA))
    return browser


def wait(browser: Browser, filters: str = FILTERS) -> Any:
    page = browser.get(f"/czekam/nowe?{filters}")
    return browser.post(f"/czekam/nowe?{filters}", page)


def an_offer(case: Case, browser: Browser) -> Any:
    """Let a place become free for Anna; return her page."""
    wait(browser)
    case.cancel(case.store.visits(ADAM)[0])
    case.book(JAN, 0, LATER)
    case.tell()
    return browser.get("/czekam")


def press(browser: Browser, case: Case, page: Any, what: str) -> Any:
    return browser.post(f"/czekam/{case.an_entry(ANNA).id}/{what}", page)


def test_where_nothing_suits_a_link_keeps_the_filters(browser: Browser) -> None:
    page = browser.get(f"/terminy?{FILTERS}")
    assert "Daj znać, gdy zwolni się termin" in said(page)
    assert "/czekam/nowe?" in page.text
    assert "voivodeship=06" in unescape(page.text.split("/czekam/nowe?")[1].split('"')[0])


@pytest.mark.parametrize("language", ["pl", "en", "uk"])
def test_what_is_kept_is_said_before_it_is(browser: Browser, case: Case, language: str) -> None:
    browser.language = language
    page = browser.get(f"/czekam/nowe?{FILTERS}&vaccine={PFIZER}")
    for part in ("Lubelskie", "Comirnaty", "0:00–12:00"):
        assert part.lower() in said(page).lower()
    assert case.entry(ANNA) is None


def test_who_waits_sees_their_wish_and_who_is_before_them(browser: Browser, case: Case) -> None:
    case.store.tables.waiting.clear()
    case.ask(JAN)
    case.desk.clock.at += case.room.terms.ahead
    page = wait(browser)
    text = said(page)
    assert "Damy znać, gdy zwolni się termin" in text
    assert "czekają dłużej niż Ty: od 1 do 5 ." in text
    assert "takich osób może przybyć" in text
    assert "wejście bez schodów" in text
    assert "Czekasz na termin" in said(browser.get("/moje"))


def test_a_wish_without_a_place_is_not_kept(browser: Browser, case: Case) -> None:
    assert "Podaj kod pocztowy" in said(browser.get("/czekam/nowe?postcode="))
    answer = wait(browser, "postcode=")
    assert answer.status_code == 400
    assert wait(browser, "voivodeship=14").status_code == 400
    assert case.entry(ANNA) is None


def test_an_offer_has_a_clock_and_is_taken_by_a_button(browser: Browser, case: Case) -> None:
    page = an_offer(case, browser)
    assert 'data-seconds="1800"' in page.text
    assert "Trzymamy go dla Ciebie do 10:30" in said(page)
    assert "czeka do 10:30" in said(browser.get("/moje"))
    booked = press(browser, case, page, "przyjmij")
    assert booked.request.path.startswith("/wizyty/")
    assert case.entry(ANNA) is None
    assert "Nie czekasz teraz" in said(browser.get("/czekam"))


def test_an_offer_is_declined_by_a_button(browser: Browser, case: Case) -> None:
    page = an_offer(case, browser)
    answer = press(browser, case, page, "odmow")
    assert "na tym samym miejscu w kolejności" in said(answer)
    assert case.an_entry(ANNA).declined == {SlotKey(SESSION.key, 1)}


def test_who_is_late_is_told_so(browser: Browser, case: Case) -> None:
    page = an_offer(case, browser)
    entry = case.an_entry(ANNA).id
    case.pass_time(minutes=31)
    assert "już nie trzymamy" in said(browser.post(f"/czekam/{entry}/przyjmij", page))
    assert "czeka do" not in said(browser.get("/moje"))
    case.store.tables.waiting.clear()
    assert "już nie trzymamy" in said(browser.post(f"/czekam/{entry}/odmow", page))


def test_who_has_booked_otherwise_meanwhile_is_shown_that_visit(
    browser: Browser, case: Case
) -> None:
    page = an_offer(case, browser)
    [jan] = case.store.visits(JAN)
    case.cancel(jan)
    visit = case.book(ANNA, 0, LATER)
    answer = press(browser, case, page, "przyjmij")
    assert answer.request.path == f"/wizyty/{visit.id}"


def test_who_withdraws_waits_no_more(browser: Browser, case: Case) -> None:
    page = wait(browser)
    assert "Nie czekasz już" in said(press(browser, case, page, "zrezygnuj"))
    assert case.entry(ANNA) is None


def test_who_has_a_visit_sees_that_it_would_be_moved(browser: Browser, case: Case) -> None:
    visit = case.book(ANNA, 0, LATER)
    wait(browser)
    case.cancel(case.store.visits(ADAM)[0])
    case.tell()
    page = browser.get("/czekam")
    assert "wcześniejszego lub bliższego niż Twoja wizyta" in said(page)
    moved = press(browser, case, page, "przyjmij")
    assert moved.request.path == f"/wizyty/{visit.id}"


def test_who_lost_a_visit_sees_why_they_come_first(browser: Browser, case: Case) -> None:
    from tests.unit.services.test_waiting_list import orphan

    visit = case.book(ANNA, 0, LATER)
    hear(case.room, "visit.orphaned", orphan(case, visit))
    case.ask(JAN)
    text = said(browser.get("/czekam"))
    assert "dlatego masz pierwszeństwo" in text
    assert "do 25 km od podanego miejsca" in text
    browser.sign_in(actor(JAN))
    assert "mają pierwszeństwo: od 1 do 5" in said(browser.get("/czekam"))


def test_a_long_line_is_more_than(browser: Browser, case: Case) -> None:
    first = case.ask(JAN, replace(HERE, area=Area(point=a_point().id)))
    for number in range(501):
        other = replace(first, patient=first.patient, id=EntryId(f"other{number}"), version=number)
        case.store.tables.waiting[first.patient, other.id, number] = other
    case.desk.clock.at += case.room.terms.ahead
    assert "ponad 500" in said(wait(browser))
    browser.sign_in(actor(JAN))
    assert a_point().name in said(browser.get("/czekam"))


def test_a_point_that_is_no_more_is_named_as_it_was(browser: Browser, case: Case) -> None:
    wait(browser)
    entry = case.an_entry(ANNA)
    gone = replace(entry.criteria, area=Area(point=PointId("gone")))
    key = (entry.patient, entry.id, entry.version)
    case.store.tables.waiting[key] = replace(entry, criteria=gone)
    assert "gone" in said(browser.get("/czekam"))

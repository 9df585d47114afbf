"""The patients' pages in process: real pages, real services, a fake store."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from html import unescape
from typing import Any

import pytest

from erejestracja.domain.errors import Reason
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.domain.waiting import Terms
from erejestracja.services.desk import Desk
from erejestracja.services.search import Search
from erejestracja.services.standby import Reserve
from erejestracja.services.waiting import WaitingRoom
from erejestracja.web.ui.modes import Mode
from tests.support import functions
from tests.support.builders import a_person, a_point, a_referral, a_session, a_state, an_actor
from tests.support.desk import SetClock, a_desk
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_standby import reserve_of
from tests.support.fake_store import FakeStore
from tests.support.fake_waiting import FakeQueue
from tests.support.override_case import an_early_referral
from tests.support.waiting_case import FixedAtlas
from tests.support.web import Browser, WebSuite

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
SLOT = str(SlotKey(a_session().key, 0))


@dataclass
class PatientSuite(WebSuite):
    desk: Desk | None = None
    search: Search | None = None

    @property
    def waiting(self) -> WaitingRoom:
        assert self.desk
        return WaitingRoom(self.desk, FakeQueue(self.desk.bookings), FixedAtlas(()), Terms())

    @cached_property
    def reserve(self) -> Reserve:
        return reserve_of(self.desk)


@pytest.fixture
def store() -> FakeStore:
    store = FakeStore()
    store.tables.sessions[a_session().key] = a_session()
    for patient in (ANNA, JAN):
        referral = a_referral(patient)
        store.all_referrals[patient, referral.id] = referral
        store.people[patient] = a_person(patient)
    return store


@pytest.fixture
def suite(store: FakeStore) -> PatientSuite:
    desk = a_desk(store, store.tables.sessions.values(), [a_point()])
    market = FakeMarket([a_point()], [a_state(a_session())])
    return PatientSuite(desk=desk, search=Search(market, SetClock()))


@pytest.fixture
def visitor(suite: PatientSuite) -> Browser:
    return Browser(functions.load("patient_web", suite), suite)


@pytest.fixture
def anna(visitor: Browser) -> Browser:
    visitor.sign_in(an_actor(patient=ANNA, subject="anna"))
    return visitor


def said(answer: Any) -> str:
    """Return what a page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def check_page(visitor: Browser, **fields: Any) -> Any:
    page = visitor.get("/terminy")
    answer = visitor.post("/rezerwuj", page, slot=SLOT, **fields)
    assert answer.status_code == 200, answer.text
    return answer


def booked(visitor: Browser) -> Any:
    page = check_page(visitor)
    action = re.search(r'action="(/umow/[^"]+)"', page.text)
    assert action
    referral = a_referral(ANNA).id
    return visitor.post(unescape(action.group(1)), page, referral=referral)


def moved(visitor: Browser, visit: Visit) -> Any:
    """Move a visit to the second slot, as its pages lead there."""
    choice = visitor.get("/terminy", visit=visit.id)
    assert "Zmieniasz wizytę" in said(choice)
    other, kept = str(SlotKey(a_session().key, 1)), f"/terminy?visit={visit.id}"
    page = visitor.post("/rezerwuj", choice, slot=other, filters=kept, visit=visit.id)
    assert "Zamiast" in said(page)
    path = re.search(r'action="(/umow/[^"]+)"', page.text)
    assert path
    return visitor.post(path.group(1), page, visit=visit.id)


class TestForEverybody:
    def test_the_start_page_leads_to_signing_in_and_to_free_times(self, visitor: Browser) -> None:
        page = visitor.get("/")
        assert page.status_code == 200
        assert "/auth/login?as=patient" in page.text
        assert 'href="/terminy"' in page.text

    @pytest.mark.parametrize("path", ["/deklaracja-dostepnosci", "/prywatnosc"])
    def test_what_the_law_asks_for_is_said(self, visitor: Browser, path: str) -> None:
        assert visitor.get(path).status_code == 200

    def test_free_times_are_shown_without_signing_in(self, visitor: Browser) -> None:
        page = visitor.get("/terminy")
        assert page.status_code == 200
        assert a_point().name in said(page)
        assert "poniedziałek, 7 grudnia" in said(page)

    def test_a_page_that_is_not_there_is_a_page_that_says_so(self, visitor: Browser) -> None:
        page = visitor.get("/nie-ma")
        assert page.status_code == 404
        assert "Nie znaleziono" in said(page)

    def test_one_s_own_pages_ask_to_sign_in_and_lead_back(self, visitor: Browser) -> None:
        page = visitor.get("/moje")
        assert page.status_code == 303
        assert page.location == "/auth/login?as=patient&next=%2Fmoje"

    @pytest.mark.parametrize(("lang", "words"), [("en", "Book a vaccination"), ("uk", "щеплення")])
    def test_the_language_is_chosen_and_kept(self, visitor: Browser, lang: str, words: str) -> None:
        page = visitor.get("/", lang=lang)
        assert words in said(page)
        assert f"lang={lang}" in page.headers["Set-Cookie"]


class TestBooking:
    def test_a_person_sees_what_they_may_have(self, anna: Browser) -> None:
        page = anna.get("/moje")
        assert "Możesz umówić się już teraz" in said(page)

    def test_a_place_is_held_checked_and_booked(self, anna: Browser, store: FakeStore) -> None:
        page = booked(anna)
        assert "Wizyta umówiona" in said(page)
        assert "poniedziałek, 7 grudnia 2026, 08:00" in said(page)
        (visit,) = store.visits(ANNA)
        assert visit.status is VisitStatus.BOOKED

    def test_the_language_can_be_changed_where_a_form_was_answered(self, anna: Browser) -> None:
        page = anna.get("/terminy")
        wrong = anna.post("/umow/none", page, referral="none")
        assert 'href="/?lang=en"' in wrong.text

    def test_a_form_of_another_site_does_nothing(self, anna: Browser, store: FakeStore) -> None:
        page = anna.get("/terminy")
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site"}
        answer = anna._client.post("/rezerwuj", data={"slot": SLOT}, headers=headers)
        assert answer.status_code == 403
        assert "csrf_token" in page.text
        assert not store.holds()

    def test_a_visit_is_cancelled_with_a_reason(self, anna: Browser, store: FakeStore) -> None:
        booked(anna)
        (visit,) = store.visits(ANNA)
        form = anna.get(f"/wizyty/{visit.id}/odwolaj")
        page = anna.post(f"/wizyty/{visit.id}/odwolaj", form, reason="illness")
        assert "Wizyta odwołana" in said(page)
        (visit,) = store.visits(ANNA)
        assert visit.status is VisitStatus.CANCELLED

    def test_a_reason_that_is_none_is_a_complaint_at_the_field(
        self, anna: Browser, store: FakeStore
    ) -> None:
        booked(anna)
        (visit,) = store.visits(ANNA)
        path = f"/wizyty/{visit.id}/odwolaj"
        page = anna.post(path, anna.get(path), reason="nothing like it")
        assert page.status_code == 200
        assert "Popraw to pole" in said(page)

    def test_more_time_is_given_and_a_place_given_back(
        self, anna: Browser, store: FakeStore
    ) -> None:
        page = check_page(anna)
        [before] = store.holds()
        path = re.search(r'action="(/sprawdz/[^"]+)/przedluz"', page.text)
        assert path
        assert anna.post(f"{path.group(1)}/przedluz", page).status_code == 200
        assert store.holds()[0].expires_at >= before.expires_at
        assert "Wybierz dzień i miejsce" in said(anna.post(f"{path.group(1)}/oddaj", page))
        assert not store.holds()
        assert "Czas na potwierdzenie minął" in said(anna.get(path.group(1)))

    def test_a_place_that_is_gone_leaves_the_nearest_and_the_filters(self, anna: Browser) -> None:
        first = anna.get("/terminy")
        filters = "/terminy?postcode=20-001&radius=50"
        for _ in range(a_session().places):
            anna.post("/rezerwuj", first, slot=SLOT)
        answer = anna.post("/rezerwuj", first, slot=SLOT, filters=filters)
        assert answer.status_code == 409
        assert "Ktoś był szybszy" in said(answer)
        assert "Najbliższe wolne terminy" in said(answer)
        assert "postcode=20-001" in answer.text

    def test_a_visit_is_moved_and_taken_along(self, anna: Browser, store: FakeStore) -> None:
        booked(anna)
        (visit,) = store.visits(ANNA)
        calendar = anna.get(f"/wizyty/{visit.id}.ics")
        assert calendar.mimetype == "text/calendar"
        assert "Wizyta zmieniona" in said(moved(anna, visit))
        (after,) = store.visits(ANNA)
        assert after.place.slot.index == 1

    def test_what_two_people_set_aside_for_a_visit_stands_where_it_is_moved(
        self, anna: Browser, store: FakeStore
    ) -> None:
        booked(anna)
        (visit,) = store.visits(ANNA)
        store.all_referrals[ANNA, visit.referral] = an_early_referral(ANNA)
        assert "Zmieniasz wizytę" not in said(anna.get("/terminy", visit=visit.id))
        waived = replace(visit, waived=Reason.COHORT_NOT_OPEN)
        store.tables.visits[visit.id] = (waived, "digest")
        assert "Wizyta zmieniona" in said(moved(anna, visit))
        (after,) = store.visits(ANNA)
        assert (after.place.slot.index, after.waived) == (1, Reason.COHORT_NOT_OPEN)

    def test_what_is_known_and_who_looked_is_shown(self, anna: Browser) -> None:
        page = anna.get("/moje/dane")
        assert "Kto oglądał Twoje dane" in said(page)
        assert "odczyt danych" in said(page)

    def test_another_s_visit_is_not_there(self, anna: Browser, store: FakeStore) -> None:
        booked(anna)
        (visit,) = store.visits(ANNA)
        anna.sign_in(an_actor(patient=JAN, subject="jan"))
        assert anna.get(f"/wizyty/{visit.id}").status_code == 404


def test_files_are_kept_for_ever_under_the_name_of_what_is_in_them(visitor: Browser) -> None:
    found = re.search(r'href="(/assets/ui\.[0-9a-f]+\.css)"', visitor.get("/").text)
    assert found
    answer = visitor.get(found.group(1))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    # One copy for everybody, whoever they are and whatever they speak; pages are nobody else's.
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Content-Language" not in answer.headers
    assert visitor.get("/").headers["Cache-Control"] == "no-store"
    assert visitor.get("/assets/ui.css").status_code == 404


def test_while_pages_only_show_a_visit_is_seen_but_not_made(
    anna: Browser, suite: PatientSuite, store: FakeStore
) -> None:
    page = anna.get("/terminy")
    suite.mode = Mode.READ_ONLY
    answer = anna.post("/rezerwuj", page, slot=SLOT)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "600"
    assert "Na razie można tylko oglądać" in said(answer)
    assert not store.holds()
    assert "na razie nie można umawiać" in said(anna.get("/moje"))


def test_while_pages_are_closed_they_say_when_to_come_back(
    anna: Browser, suite: PatientSuite
) -> None:
    suite.mode = Mode.CLOSED
    answer = anna.get("/moje")
    assert answer.status_code == 503
    assert "989" in said(answer)
    assert "Umówione wizyty są ważne" in said(answer)
    # Balancers and browsers are still served.
    assert anna.get("/healthz").status_code == 200


def test_while_all_is_open_nothing_is_said_of_it(anna: Browser) -> None:
    assert "Trwają prace" not in said(anna.get("/moje"))

"""The way in by a code, as pages: what is asked, what is said, and what the session reaches."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import pytest

from erejestracja.auth.codes import MessageCodes
from erejestracja.auth.patients import identifier_digest, patient_id
from erejestracja.auth.sessions import BY_CODE
from erejestracja.domain.ids import PatientId, ReferralId, SlotKey
from erejestracja.domain.referral import ReferralKind
from erejestracja.domain.visit import VisitStatus
from erejestracja.services.code_way import Entrance
from erejestracja.services.search import Search
from erejestracja.web.patient.application import patient_application
from tests.functions.test_patient_web import PatientSuite, said
from tests.support import functions
from tests.support.builders import (
    a_dose,
    a_person,
    a_place,
    a_point,
    a_referral,
    a_session,
    a_state,
    a_visit,
    an_actor,
)
from tests.support.desk import SetClock, WatchedDesk, a_desk
from tests.support.exports import a_pesel
from tests.support.fake_challenges import FakeChallenges, FakeRequests
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_store import FakeStore
from tests.support.web import Browser

pytestmark = pytest.mark.usefixtures("patient_key")
PESEL = a_pesel()
CODES = MessageCodes("a key for tests")
HERS, OTHER = ReferralId("hers"), ReferralId("other")
SLOT = str(SlotKey(a_session().key, 0))


@dataclass
class CodeSuite(PatientSuite):
    entrance: Entrance | None = None
    clock: SetClock | None = None


@dataclass
class World:
    browser: Browser
    suite: CodeSuite
    store: FakeStore
    messages: FakeRequests
    patient: PatientId

    def ask(self, **changes: str) -> Any:
        fields = {"pesel": str(PESEL), "referral": "HE RS".lower(), **changes}
        return self.browser.post("/kod", self.browser.get("/kod"), **fields)

    def enter(self, page: Any, code: str | None = None) -> Any:
        right = CODES.code_of(self.messages.asked[-1].id)
        return self.browser.post("/kod/wpisz", page, code=code or f"{right[:3]} {right[3:]}")


@pytest.fixture
def world() -> World:
    patient = patient_id(str(PESEL))
    store = FakeStore()
    store.tables.sessions[a_session().key] = a_session()
    store.people[patient] = a_person(patient)
    store.all_referrals[patient, HERS] = a_referral(patient, id=HERS)
    store.all_referrals[patient, OTHER] = a_referral(
        patient, id=OTHER, kind=ReferralKind.BOOSTER, given=(a_dose(),)
    )
    challenges, messages = FakeChallenges(), FakeRequests()
    desk: WatchedDesk = a_desk(store, [a_session()], [a_point()], clock=challenges.clock)
    suite = CodeSuite(
        desk=desk,
        search=Search(FakeMarket([a_point()], [a_state(a_session())]), challenges.clock),
        entrance=Entrance(desk, challenges, CODES, messages),
        clock=challenges.clock,
    )
    browser = Browser(functions.load("patient_web", suite), suite)
    return World(browser, suite, store, messages, patient)


@pytest.fixture
def inside(world: World) -> World:
    page = world.enter(world.ask())
    assert "Moje szczepienia" in said(page), page.text
    return world


class TestComingIn:
    def test_the_start_page_leads_there(self, world: World) -> None:
        assert 'href="/kod"' in world.browser.get("/").text

    def test_two_numbers_and_a_code_open_a_short_session(self, inside: World) -> None:
        [session] = inside.suite.sessions.known.values()
        assert (session.actor.patient, session.referral) == (inside.patient, HERS)
        assert session.lifetime == BY_CODE
        assert str(PESEL) not in session.actor.subject

    def test_a_document_will_do(self, world: World) -> None:
        digest = identifier_digest("passport:UA", "FA123456")
        world.store.identifiers[digest] = world.patient
        sent = {"kind": "passport", "country": "ua", "number": "fa 123-456"}
        page = world.enter(world.ask(pesel="", **sent))
        assert "Moje szczepienia" in said(page)

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({"pesel": ""}, "Podaj PESEL albo numer dokumentu"),
            ({"number": "FA123456", "country": "UA"}, "Podaj PESEL albo numer dokumentu"),
            ({"pesel": "12345678901"}, "Ten numer jest nieprawidłowy"),
            ({"pesel": "", "number": "FA1", "country": "UA"}, "Ten numer jest nieprawidłowy"),
            ({"pesel": "", "number": "FA123456"}, "Podaj kraj dwiema literami"),
            ({"referral": ""}, "Wypełnij to pole"),
        ],
    )
    def test_what_cannot_be_is_said_at_its_field(
        self, world: World, sent: dict[str, str], words: str
    ) -> None:
        page = world.ask(**sent)
        assert words in said(page)
        assert "govuk-error-summary" in page.text
        assert world.messages.asked == []

    def test_a_wrong_code_says_how_many_tries_are_left(self, world: World) -> None:
        page = world.ask()
        page = world.enter(page, "1")
        assert "Zostały 4 próby" in said(page)
        assert "Ten kod nie pasuje" in said(page)
        assert "Wypełnij to pole" in said(world.browser.post("/kod/wpisz", page, code=""))
        for _ in range(4):
            page = world.enter(page, "1")
        assert "Ten kod już nie działa" in said(page)
        assert world.suite.sessions.known == {}

    def test_who_asked_for_nothing_is_asked_first(self, world: World) -> None:
        assert world.browser.get("/kod/wpisz").location == "/kod"
        assert "Ten kod już nie działa" in said(
            world.browser.post("/kod/wpisz", world.browser.get("/kod"), code="1")
        )

    def test_asking_again_at_once_is_too_soon(self, world: World) -> None:
        world.ask()
        answer = world.ask()
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "31"

    def test_a_session_that_was_there_ends(self, world: World) -> None:
        world.browser.sign_in(an_actor(patient=PatientId("j" * 26), subject="jan"))
        world.enter(world.ask())
        assert [one.referral for one in world.suite.sessions.known.values()] == [HERS]


class TestNothingTells:
    def test_whether_there_is_such_a_person(self, world: World) -> None:
        """Status, text, headers and cookies are the same for a person, and for nobody."""
        seen = []
        for referral in ("hers", "none"):
            client = functions.load("patient_web", world.suite)
            browser = Browser(client, world.suite)
            fields = {"pesel": str(PESEL), "referral": referral}
            sent = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
            world.suite.entrance.challenges.asked.clear()  # type: ignore[union-attr]
            first = client.post("/kod", data=fields, headers=sent)
            asked = browser.get("/kod/wpisz")
            tried = [client.post("/kod/wpisz", data={"code": "1"}, headers=sent) for _ in range(6)]
            answers = [first, asked, *tried]
            seen.append([(one.status_code, _alike(one.text), _names(one)) for one in answers])
        assert seen[0] == seen[1]

    def test_no_number_stands_in_an_address_or_a_page(self, world: World) -> None:
        page = world.ask()
        assert page.request.path == "/kod/wpisz"
        assert page.request.query_string == b""
        assert str(PESEL) not in page.text


def _alike(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page)


def _names(answer: Any) -> list[str]:
    cookies = [one.split("=")[0] for one in answer.headers.getlist("Set-Cookie")]
    return sorted({*answer.headers.keys(), *cookies})


def booked(world: World, referral: ReferralId = HERS) -> Any:
    browser = world.browser
    page = browser.post("/rezerwuj", browser.get("/terminy"), slot=SLOT)
    action = re.search(r'action="(/umow/[^"]+)"', page.text)
    assert action, page.text
    return browser.post(unescape(action.group(1)), page, referral=referral)


class TestTheSession:
    def test_books_sees_moves_and_cancels(self, inside: World) -> None:
        browser = inside.browser
        assert "Wizyta umówiona" in said(booked(inside))
        [visit] = inside.store.visits(inside.patient)
        assert visit.referral == HERS
        assert browser.get(f"/wizyty/{visit.id}.ics").mimetype == "text/calendar"
        choice = browser.get("/terminy", visit=visit.id)
        other = str(SlotKey(a_session().key, 1))
        kept = f"/terminy?visit={visit.id}"
        page = browser.post("/rezerwuj", choice, slot=other, filters=kept, visit=visit.id)
        action = re.search(r'action="(/umow/[^"]+)"', page.text)
        assert action
        assert "Wizyta zmieniona" in said(browser.post(action.group(1), page, visit=visit.id))
        form = browser.get(f"/wizyty/{visit.id}/odwolaj")
        gone = browser.post(f"/wizyty/{visit.id}/odwolaj", form, reason="illness")
        assert "Wizyta odwołana" in said(gone)

    def test_shows_its_own_referral_and_visits_alone(self, inside: World) -> None:
        beyond = a_visit(a_place(index=3), inside.patient, referral=OTHER, dose=2)
        inside.store.tables.visits[beyond.id] = (beyond, "digest")
        page = inside.browser.get("/moje")
        assert page.text.count('class="app-card"') == 1
        assert beyond.id not in page.text
        assert 'href="/moje/dane"' not in page.text
        assert 'href="/rodzina"' not in page.text
        for path in ("", ".ics", "/odwolaj"):
            assert inside.browser.get(f"/wizyty/{beyond.id}{path}").status_code == 404
        assert inside.browser.get("/terminy", visit=beyond.id).status_code == 404
        form = inside.browser.get("/terminy")
        path = f"/wizyty/{beyond.id}/odwolaj"
        assert inside.browser.post(path, form, reason="illness").status_code == 404
        assert inside.store.tables.visits[beyond.id][0].status is VisitStatus.BOOKED

    def test_books_on_no_other_referral(self, inside: World) -> None:
        assert booked(inside, OTHER).status_code == 403
        assert inside.store.visits(inside.patient) == []

    def test_opens_no_other_page(self, inside: World) -> None:
        """Walk every page without a name in its address: what a code opens is a short list."""
        open_to_it = {"/", "/moje", "/terminy", "/kod", "/deklaracja-dostepnosci", "/prywatnosc"}
        open_to_it |= {"/kod/wpisz", "/healthz"}
        seen = set()
        for rule in patient_application().url_map.iter_rules():
            if rule.arguments or "GET" not in (rule.methods or ()):
                continue
            if inside.browser.get(rule.rule).status_code != 403:
                seen.add(rule.rule)
        assert seen == open_to_it

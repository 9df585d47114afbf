"""Pages of people who act for others: whom for, who asks, and the next person's visit."""

import re
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

import pytest

from erejestracja.auth import patients
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.domain.pesel import Pesel
from erejestracja.domain.representation import FullName, RepresentationKind, Source, Step
from erejestracja.services.search import Search
from erejestracja.web.patient.application import patient_application
from tests.functions.test_patient_web import PatientSuite, said
from tests.support import functions
from tests.support.builders import (
    a_person,
    a_point,
    a_referral,
    a_representation,
    a_session,
    a_state,
    an_actor,
)
from tests.support.desk import SetClock, WatchedDesk, a_desk
from tests.support.exports import a_pesel
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_representations import FakeRepresentations
from tests.support.fake_store import FakeStore
from tests.support.web import Browser

pytestmark = pytest.mark.usefixtures("patient_key")
ANNA, OLA, JAN = (PatientId(letter * 26) for letter in "aoj")
BORN = date(2010, 6, 1)
AS_PARENT = {"kind": RepresentationKind.PARENT, "source": Source.NATIONAL_RECORD, "born": BORN}
OLA_S = a_representation(ANNA, OLA, patient_name=FullName("Ola", "Mała"), **AS_PARENT)
ANNA_S_NAME = FullName("Anna", "Przykładowa")
SLOTS = [str(SlotKey(a_session().key, index)) for index in range(4)]


@pytest.fixture
def store() -> FakeStore:
    store = FakeStore()
    store.tables.sessions[a_session().key] = a_session()
    for patient, born in ((ANNA, date(1983, 3, 4)), (OLA, BORN), (JAN, date(1950, 1, 1))):
        referral = a_referral(patient, birth_date=born)
        store.all_referrals[patient, referral.id] = referral
        store.people[patient] = a_person(patient, birth_date=born)
    return store


@pytest.fixture
def known() -> FakeRepresentations:
    return FakeRepresentations(OLA_S)


@pytest.fixture
def desk(store: FakeStore, known: FakeRepresentations) -> WatchedDesk:
    return a_desk(store, [a_session()], [a_point()], representations=known)


@pytest.fixture
def suite(desk: WatchedDesk) -> PatientSuite:
    market = FakeMarket([a_point()], [a_state(a_session())])
    return PatientSuite(desk=desk, search=Search(market, SetClock()))


@pytest.fixture
def anna(suite: PatientSuite) -> Browser:
    browser = Browser(functions.load("patient_web", suite), suite)
    browser.sign_in(an_actor(patient=ANNA, subject="anna"))
    return browser


def for_ola(anna: Browser) -> Any:
    return anna.post("/rodzina/dla", anna.get("/rodzina"), whom=OLA)


def held(browser: Browser, page: Any, slot: str = SLOTS[0]) -> tuple[Any, str]:
    check = browser.post("/rezerwuj", page, slot=slot)
    found = re.search(r'action="(/umow/[^"]+)"', check.text)
    assert found, check.text
    return check, unescape(found.group(1))


def booked(browser: Browser, patient: PatientId = ANNA, slot: str = SLOTS[0], **more: Any) -> Any:
    page, path = held(browser, browser.get("/terminy"), slot)
    return browser.post(path, page, referral=a_referral(patient).id, **more)


class TestForWhom:
    def test_every_page_says_it(self, anna: Browser) -> None:
        for path in ("/moje", "/moje/dane", "/terminy", "/rodzina"):
            assert "Dla: Anna Przykładowa" in said(anna.get(path))
        for_ola(anna)
        for path in ("/moje", "/moje/dane", "/terminy", "/rodzina", "/nie-ma"):
            assert "Dla: Ola Mała" in said(anna.get(path))

    def test_it_is_chosen_among_those_one_may_act_for(self, anna: Browser) -> None:
        page = anna.get("/rodzina")
        assert "Ola Mała (Twoje dziecko)" in said(page)
        wrong = anna.post("/rodzina/dla", page, whom=JAN)
        assert "Popraw to pole" in said(wrong)
        assert "Dla: Anna Przykładowa" in said(anna.get("/moje"))

    def test_nobody_is_named_in_an_address(self, anna: Browser) -> None:
        for_ola(anna)
        for path in ("/moje", "/terminy", "/rodzina"):
            addresses = re.findall(r'(?:href|action)="([^"]*)"', anna.get(path).text)
            assert not [one for one in addresses if OLA in one or ANNA in one]

    def test_the_record_is_theirs_and_they_see_who_looked(
        self, anna: Browser, store: FakeStore
    ) -> None:
        for_ola(anna)
        assert [whom for whom, _ in store.seen_by] == [OLA]
        anna.sign_in(an_actor(patient=OLA, subject="ola"))
        assert "Tomasz Pomocny, rodzic" in said(anna.get("/moje/dane"))

    def test_what_was_filled_in_for_one_is_not_sent_for_another(
        self, anna: Browser, store: FakeStore
    ) -> None:
        shown_for_anna = anna.get("/terminy")
        for_ola(anna)
        answer = anna.post("/rezerwuj", shown_for_anna, slot=SLOTS[0])
        assert answer.status_code == 403
        assert store.holds() == []

    def test_a_right_that_ends_meanwhile_is_said_and_nothing_is_done(
        self, anna: Browser, known: FakeRepresentations, store: FakeStore
    ) -> None:
        for_ola(anna)
        page = anna.get("/terminy")
        known.store(OLA_S.ended(OLA_S.valid_from or a_session().starts_at), Step.ENDED)
        answer = anna.post("/rezerwuj", page, slot=SLOTS[0])
        assert "Działasz teraz w swoim imieniu" in said(answer)
        assert store.holds() == []
        assert "Dla: Anna Przykładowa" in said(anna.get("/moje"))

    def test_a_child_who_came_of_age_is_let_go(self, anna: Browser, desk: WatchedDesk) -> None:
        for_ola(anna)
        desk.clock.at = desk.clock.at.replace(year=2028, month=6, day=1)
        assert anna.get("/moje").location == "/rodzina?done=over"
        assert "Ola Mała" not in said(anna.get("/rodzina"))


class TestAVisitForAnother:
    def test_is_booked_with_the_number_of_who_booked(self, anna: Browser, store: FakeStore) -> None:
        for_ola(anna)
        page = booked(anna, OLA, phone="600 000 009")
        assert "Wizyta umówiona" in said(page)
        assert "Osoba Ola Mała" in said(page)
        [visit] = store.visits(OLA)
        assert visit.phone == "+48600000009"

    def test_is_not_reached_while_acting_for_oneself(self, anna: Browser, store: FakeStore) -> None:
        for_ola(anna)
        booked(anna, OLA)
        [visit] = store.visits(OLA)
        anna.post("/rodzina/dla", anna.get("/rodzina"), whom="me")
        for path in ("", ".ics", "/odwolaj"):
            assert anna.get(f"/wizyty/{visit.id}{path}").status_code == 404
        assert anna.get("/terminy", visit=visit.id).status_code == 404

    @pytest.mark.parametrize(
        ("born", "words"),
        [
            (date(2010, 12, 7), "podpisują osoba niepełnoletnia i rodzic"),
            (date(2010, 12, 8), "podpisuje rodzic lub opiekun prawny"),
        ],
    )
    def test_of_a_minor_says_who_signs(
        self, anna: Browser, store: FakeStore, born: date, words: str
    ) -> None:
        store.people[OLA] = a_person(OLA, birth_date=born)
        for_ola(anna)
        checked, _ = held(anna, anna.get("/terminy"), SLOTS[0])
        assert words in said(checked)
        page = said(booked(anna, OLA))
        assert words in page
        assert "Z podpisanym kwestionariuszem rodzic nie musi być na miejscu" in page

    def test_of_a_grown_up_needs_no_consent(self, anna: Browser) -> None:
        assert "kwestionariusz osoby niepełnoletniej" not in said(booked(anna))


def test_nobody_reaches_what_is_another_s_by_any_address(
    anna: Browser, desk: WatchedDesk, store: FakeStore
) -> None:
    """Walk every page that names a visit or a hold, as somebody whose it is not."""
    booked(anna)
    held(anna, anna.get("/terminy"), SLOTS[1])
    [visit], [hold] = store.visits(ANNA), store.holds()
    before = (store.visits(ANNA), store.holds(), len(store.seen_by))
    anna.sign_in(an_actor(patient=JAN, subject="jan"))
    page = anna.get("/terminy")
    named = {"visit": visit.id, "hold": desk.tokens.seal(hold)}
    rules = [
        one for one in patient_application().url_map.iter_rules() if named.keys() & one.arguments
    ]
    assert len(rules) >= 9
    for rule in rules:
        path = rule.rule
        for argument, value in named.items():
            path = path.replace(f"<{argument}>", value)
        sends = "POST" in (rule.methods or ())
        answer = anna.post(path, page, referral="any") if sends else anna.get(path)
        # Giving back what is not there is no matter, and says nothing.
        gave_back = rule.endpoint == "booking.give_back"
        assert answer.status_code == (200 if gave_back else 404), rule
    assert (store.visits(ANNA), store.holds(), len(store.seen_by)) == before


class TestTheNextPerson:
    def offered(self, anna: Browser) -> Any:
        page = booked(anna, slot=SLOTS[1])
        assert "Zapisz kolejną osobę" in said(page)
        visit = re.search(r'name="visit" value="([^"]+)"', page.text)
        assert visit
        return anna.post("/rodzina/kolejna", page, whom=OLA, visit=visit.group(1))

    def test_is_offered_the_same_point_and_day_by_nearness(self, anna: Browser) -> None:
        page = self.offered(anna)
        assert "Dla: Ola Mała" in said(page)
        assert "08:15" in said(page)
        hours = re.findall(r'name="slot" value="[^"]*-(\d)">(\d\d:\d\d)', page.text)
        assert [hour for _, hour in hours] == ["08:15", "08:00", "08:30", "08:45"]

    def test_is_booked_beside_the_first(self, anna: Browser, store: FakeStore) -> None:
        page, path = held(anna, self.offered(anna), SLOTS[2])
        after = anna.post(path, page, referral=a_referral(OLA).id)
        assert "Wizyta umówiona" in said(after)
        starts = [store.visits(one)[0].starts_at for one in (ANNA, OLA)]
        assert (starts[1] - starts[0]).total_seconds() == 15 * 60
        # The one just booked for is not offered again, the first is.
        assert 'name="whom" value="me"' in after.text
        assert f'name="whom" value="{OLA}"' not in after.text

    def test_may_be_somebody_else_only(self, anna: Browser, store: FakeStore) -> None:
        page = booked(anna)
        [visit] = store.visits(ANNA)
        assert "Wizyta umówiona" in said(
            anna.post("/rodzina/kolejna", page, whom=JAN, visit=visit.id)
        )
        assert "Dla: Anna Przykładowa" in said(anna.get("/moje"))

    def test_is_told_where_nothing_is_left(
        self, anna: Browser, suite: PatientSuite, store: FakeStore
    ) -> None:
        booked(anna)
        for_ola(anna)
        suite.search = Search(FakeMarket([a_point()], []), SetClock())
        [visit] = store.visits(ANNA)
        page = anna.get(f"/rodzina/obok/{visit.id}")
        assert "nie ma już wolnej godziny" in said(page)
        assert "/terminy?near=51.25%2C22.57&amp;day=2026-12-07" in page.text

    def test_of_a_stranger_s_visit_nothing_is_shown(self, anna: Browser, store: FakeStore) -> None:
        booked(anna)
        [visit] = store.visits(ANNA)
        anna.sign_in(an_actor(patient=JAN, subject="jan"))
        assert anna.get(f"/rodzina/obok/{visit.id}").status_code == 404


def named(anna: Browser, pesel: Pesel, **changes: str) -> Any:
    fields = {"pesel": str(pesel), "given_name": "Jan", "family_name": "Zmyślony", **changes}
    return anna.post("/rodzina/pelnomocnik", anna.get("/rodzina"), **fields)


class TestAProxy:
    pesel = a_pesel()

    def be_named(self, browser: Browser, suite: PatientSuite, given_name: str = "Jan") -> None:
        proxy = patients.patient_id(str(self.pesel))
        browser.sign_in(an_actor(patient=proxy, subject="jan"))
        [key] = [k for k, s in suite.sessions.known.items() if s.actor.subject == "jan"]
        session = suite.sessions.known[key]
        suite.sessions.known[key] = replace(session, given_name=given_name, family_name="Zmyślony")

    def test_is_named_accepts_acts_and_gives_up(self, anna: Browser, suite: PatientSuite) -> None:
        page = named(anna, self.pesel)
        assert "Prośba zapisana" in said(page)
        assert "Jan Zmyślony , pełnomocnik czeka na zgodę" in said(page).replace("ony,", "ony ,")
        self.be_named(anna, suite)
        page = anna.get("/rodzina")
        assert "Anna Przykładowa" in said(page)
        page = anna.post("/rodzina/zgoda", page, whom=ANNA)
        assert "Anna Przykładowa (jesteś pełnomocnikiem)" in said(page)
        page = anna.post("/rodzina/koniec", page, whom=ANNA)
        assert "Gotowe" in said(page)
        assert "jesteś pełnomocnikiem" not in said(page)

    def test_is_taken_back(self, anna: Browser) -> None:
        page = named(anna, self.pesel)
        proxy = patients.patient_id(str(self.pesel))
        page = anna.post("/rodzina/koniec", page, whom=proxy, side="over")
        assert "Jan Zmyślony" not in said(page)

    def test_who_has_another_name_is_not_asked(self, anna: Browser, suite: PatientSuite) -> None:
        named(anna, self.pesel)
        self.be_named(anna, suite, "Piotr")
        page = anna.get("/rodzina")
        assert "Anna Przykładowa" not in said(page)
        assert anna.post("/rodzina/zgoda", page, whom=ANNA).status_code == 404

    def test_whether_there_is_such_a_person_is_not_told(
        self, anna: Browser, store: FakeStore
    ) -> None:
        unknown = said(named(anna, self.pesel))
        proxy = patients.patient_id(str(self.pesel))
        anna.post("/rodzina/koniec", anna.get("/rodzina"), whom=proxy, side="over")
        store.people[proxy] = a_person(proxy)
        assert said(named(anna, self.pesel)) == unknown
        assert "Prośba zapisana" in unknown

    def test_a_number_that_is_none_or_one_s_own_is_said_at_the_field(
        self, anna: Browser, store: FakeStore
    ) -> None:
        page = anna.get("/rodzina")
        sent = {"given_name": "Jan", "family_name": "Zmyślony"}
        wrong = anna.post("/rodzina/pelnomocnik", page, pesel="12345678901", **sent)
        assert "Wpisz poprawny numer PESEL" in said(wrong)
        store.identifiers[patients.patient_id(str(self.pesel))] = ANNA
        assert "To Twój numer PESEL" in said(named(anna, self.pesel))

    def test_a_minor_names_nobody(self, anna: Browser) -> None:
        anna.sign_in(an_actor(patient=OLA, subject="ola"))
        page = anna.get("/rodzina")
        assert "Wskaż pełnomocnika" not in said(page)
        fields = {"pesel": str(self.pesel), "given_name": "Jan", "family_name": "Z"}
        assert anna.post("/rodzina/pelnomocnik", page, **fields).status_code == 403

    def test_what_the_national_record_says_stays(
        self, anna: Browser, known: FakeRepresentations
    ) -> None:
        page = anna.get("/rodzina")
        assert anna.post("/rodzina/koniec", page, whom=OLA).status_code == 403
        assert known.get(ANNA, OLA) == OLA_S

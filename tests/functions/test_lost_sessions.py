"""When the store of sessions is lost: people sign in again, are led back, and that is all."""

from urllib.parse import parse_qs, urlsplit

import pytest

from erejestracja.services.search import Search
from tests.functions.test_patient_web import ANNA, SLOT, PatientSuite
from tests.support import functions
from tests.support.builders import a_point, a_referral, a_session, a_state, an_actor
from tests.support.desk import SetClock, a_desk
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_store import FakeStore, a_store
from tests.support.web import Browser


@pytest.fixture
def store() -> FakeStore:
    return a_store(ANNA)


@pytest.fixture
def anna(store: FakeStore) -> Browser:
    desk = a_desk(store, [a_session()], [a_point()])
    market = FakeMarket([a_point()], [a_state(a_session())])
    suite = PatientSuite(desk=desk, search=Search(market, SetClock()))
    browser = Browser(functions.load("patient_web", suite), suite)
    browser.sign_in(an_actor(patient=ANNA, subject="anna"))
    return browser


@pytest.mark.parametrize("path", ["/moje", "/moje/dane?lang=en", "/wizyty/abc?done=moved"])
def test_a_page_that_was_asked_for_is_where_the_new_sign_in_leads(anna: Browser, path: str) -> None:
    anna.suite.sessions.known.clear()
    answer = anna.get(path)
    assert answer.status_code == 303
    way = urlsplit(answer.location)
    assert way.path == "/auth/login"
    assert parse_qs(way.query)["next"] == [path]


def test_a_form_that_was_filled_in_is_not_sent_by_nobody(anna: Browser, store: FakeStore) -> None:
    page = anna.get("/terminy")
    anna.suite.sessions.known.clear()
    sent = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    answer = anna._client.post("/rezerwuj", data={"slot": SLOT}, headers=sent)
    assert parse_qs(urlsplit(answer.location).query)["next"] == ["/"]
    assert store.holds() == []
    assert "csrf_token" in page.text


def test_what_everybody_may_see_is_seen(anna: Browser) -> None:
    anna.suite.sessions.known.clear()
    assert anna.get("/terminy").status_code == 200
    assert anna.get("/").status_code == 200


def test_a_form_of_the_session_that_was_lost_is_worth_nothing_in_the_next(
    anna: Browser, store: FakeStore
) -> None:
    page = anna.get("/terminy")
    anna.suite.sessions.known.clear()
    anna.suite.sessions.known["before"] = None
    anna.sign_in(an_actor(patient=ANNA, subject="anna"))
    answer = anna.post("/umow/none", page, referral=a_referral(ANNA).id)
    assert answer.status_code == 403
    assert store.visits(ANNA) == []

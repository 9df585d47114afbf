"""Calling back in the hotline's pages: who is next, the number to ring, how it went."""

import re
from typing import Any

import pytest

from erejestracja.auth.patients import patient_id
from erejestracja.domain.actor import Role
from erejestracja.domain.callback import LEASE, Cause, Result, Status
from erejestracja.domain.ids import PatientId
from erejestracja.domain.timeline import Entry, Kind
from erejestracja.services.calls import Hotline
from tests.support.builders import NOW, an_actor
from tests.support.callbacks_contract import a_callback
from tests.support.fake_history import FakeHistory
from tests.support.fake_store import FakeStore, registered
from tests.support.hotline import (
    AGENT,
    ANNAS,
    Counting,
    a_hotline_browser,
    a_hotline_store,
    action,
    known,
    said,
)

pytestmark = pytest.mark.usefixtures("patient_key")
OTHER = an_actor(Role.AGENT, subject="other", points=frozenset())
BACK = "/infolinia/oddzwonienia"
NUMBER = "+48600000000"


@pytest.fixture
def store() -> FakeStore:
    return a_hotline_store()


@pytest.fixture
def history() -> FakeHistory:
    return FakeHistory()


@pytest.fixture
def anna() -> PatientId:
    return patient_id(ANNAS)


@pytest.fixture
def agent(store: FakeStore, history: FakeHistory) -> Counting:
    return a_hotline_browser(store, history)


def hotline_of(agent: Counting) -> Hotline:
    found: Hotline = agent.suite.hotline
    return found


def owed(agent: Counting, patient: PatientId) -> None:
    hotline_of(agent).callbacks.ask(
        a_callback(patient=patient, number=None, cause=Cause.MESSAGE), ()
    )


def take(agent: Counting) -> Any:
    page = agent.get(BACK)
    return agent.post(BACK, page)


def test_no_name_and_no_number_is_shown_before_it_is_taken(
    agent: Counting, anna: PatientId
) -> None:
    owed(agent, anna)
    page = agent.get(BACK)
    assert NUMBER not in page.text
    assert "Zmyślona" not in page.text
    page = take(agent)
    assert NUMBER in said(page)
    assert "próba 1 z 3" in said(page)
    assert "Zmyślona" not in page.text


def test_who_is_rung_up_confirms_who_they_are_like_any_caller(
    agent: Counting, anna: PatientId
) -> None:
    owed(agent, anna)
    page = take(agent)
    page = agent.post(action(page, "/zgadza-sie"), page)
    assert "Anna Zmyślona" in said(page)
    assert NUMBER in said(page)


def test_nobody_waits(agent: Counting) -> None:
    assert "Nikt teraz nie czeka na telefon." in said(take(agent))


def test_who_does_not_answer_is_tried_again_later_and_stands_in_the_agent_s_list(
    agent: Counting, anna: PatientId
) -> None:
    owed(agent, anna)
    page = take(agent)
    assert re.search(r'value="noAnswer" selected', page.text)
    agent.post(action(page, "/koniec"), page, outcome="noAnswer")
    page = agent.get(BACK)
    assert "wiadomość nie dotarła: nikt nie odebrał" in said(page)
    assert "Nikt teraz nie czeka na telefon." in said(take(agent))
    found = hotline_of(agent).callbacks.owed_to(anna)
    assert found is not None
    assert (found.status, found.attempts) == (Status.LATER, 1)


def test_how_only_our_own_calls_end_is_no_end_of_a_caller_s(agent: Counting) -> None:
    page = known(agent)
    assert 'value="noAnswer"' not in page.text
    assert agent.post(action(page, "/koniec"), page, outcome="noAnswer").status_code == 400


def test_an_agent_whose_time_is_over_is_told_so(agent: Counting, anna: PatientId) -> None:
    owed(agent, anna)
    page = take(agent)
    where = action(page, "/koniec").removesuffix("/koniec")
    hotline_of(agent).desk.clock.at = NOW + LEASE  # type: ignore[attr-defined]
    agent.sign_in(OTHER)
    take(agent)
    agent.sign_in(AGENT)
    page = agent.get(where)
    assert "Minął czas na tę osobę" in said(page)
    assert NUMBER not in said(page)


def test_a_number_that_met_a_full_line_is_noted_and_rung(agent: Counting) -> None:
    page = agent.get(BACK)
    page = agent.post(action(page, "/numery"), page, number="22 500 00 00")
    assert "Numer jest na liście." in said(page)
    assert "500 00 00" not in said(page)
    page = take(agent)
    assert "+48225000000" in said(page)
    assert "Kto dzwoni?" in said(page)


def test_a_number_that_is_none_is_said(agent: Counting) -> None:
    page = agent.get(BACK)
    page = agent.post(action(page, "/numery"), page, number="112")
    assert "govuk-error-message" in page.text


def test_who_found_nothing_is_called_back(agent: Counting, anna: PatientId) -> None:
    page = known(agent)
    page = agent.post(action(page, "/oddzwonimy"), page)
    assert "oddzwonimy, najwcześniej jutro od 8:00" in said(page)
    assert re.search(r'value="nothingSuitable" selected', page.text)
    found = hotline_of(agent).callbacks.owed_to(anna)
    assert found is not None
    assert found.cause is Cause.NO_SLOT


def test_who_has_no_number_is_told_to_call_again(agent: Counting, store: FakeStore) -> None:
    registered(store, ANNAS, phone=None)
    page = known(agent)
    page = agent.post(action(page, "/oddzwonimy"), page)
    assert "nie ma numeru telefonu" in said(page)


# What is over has a result.
STATES = [*(status for status in Status if status is not Status.ENDED), *Result]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("cause", Cause)
def test_a_call_back_on_the_timeline_has_words(
    agent: Counting, history: FakeHistory, anna: PatientId, cause: Cause, state: str
) -> None:
    history.entries[anna] = [Entry(NOW, Kind.CALLBACK, cause.value, state=state)]
    page = known(agent)
    assert "hotline.back" not in said(page)
    assert "Oddzwonienie (" in said(page)


@pytest.mark.parametrize("role", [Role.PATIENT, Role.MEDIC, Role.COORDINATOR])
def test_only_agents_are_let_in(agent: Counting, role: Role) -> None:
    agent.sign_in(an_actor(role))
    assert agent.get(BACK).status_code == 403

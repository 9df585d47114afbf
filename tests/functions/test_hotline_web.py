"""The hotline's pages in process: real pages, real services, a fake store."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from erejestracja.auth.patients import patient_id
from erejestracja.domain.actor import Role
from erejestracja.domain.call import Outcome
from erejestracja.domain.ids import PatientId
from erejestracja.domain.message_state import MessageStatus, Receipt
from erejestracja.domain.person import Access
from erejestracja.domain.timeline import PAGE, Entry, Kind
from erejestracja.domain.visit import VisitChange, VisitStatus
from tests.support.builders import NOW, an_actor
from tests.support.fake_history import FakeHistory
from tests.support.fake_store import FakeStore
from tests.support.hotline import (
    ANNAS,
    Counting,
    a_hotline_browser,
    a_hotline_store,
    action,
    called,
    found,
    kept,
    known,
    reading,
    said,
)
from tests.support.web import Browser

pytestmark = pytest.mark.usefixtures("patient_key")


@pytest.fixture
def store() -> FakeStore:
    return a_hotline_store()


@pytest.fixture
def anna() -> PatientId:
    return patient_id(ANNAS)


@pytest.fixture
def history() -> FakeHistory:
    return FakeHistory()


@pytest.fixture
def agent(store: FakeStore, history: FakeHistory) -> Counting:
    return a_hotline_browser(store, history)


def past(page: Any) -> list[str]:
    """Return the lines of what has happened."""
    lines = page.text.partition('id="past-h"')[2].partition("</ol>")[0].split("<li>")[1:]
    return [re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", line))) for line in lines]


def test_a_call_comes_before_anybody_is_looked_up(agent: Counting) -> None:
    page = called(agent)
    assert "Kto dzwoni?" in said(page)
    assert agent.get("/infolinia").location.startswith("/infolinia/rozmowa/")


def test_a_person_is_masked_until_they_confirm(agent: Counting, store: FakeStore) -> None:
    [person] = store.people.values()
    page = found(agent)
    assert person.family_name not in said(page)
    assert str(person.birth_date.year) in said(page)
    assert person.family_name in said(agent.post(action(page, "/zgadza-sie"), page))


def test_a_number_never_stands_in_an_address(agent: Counting) -> None:
    page = found(agent)
    assert ANNAS not in page.text


@pytest.mark.parametrize(
    ("number", "words"), [("12345678901", "nieprawidłowy"), ("", "Podaj PESEL")]
)
def test_a_wrong_number_says_so(agent: Counting, number: str, words: str) -> None:
    page = called(agent)
    assert words in said(agent.post(action(page, "/osoba"), page, pesel=number))


def test_an_agent_books_for_a_known_caller_in_six_requests(
    agent: Counting, store: FakeStore, anna: PatientId
) -> None:
    page = called(agent)
    agent.requests = 0
    page = agent.post(action(page, "/osoba"), page, pesel=ANNAS)
    page = agent.post(action(page, "/zgadza-sie"), page)
    slot = re.search(r'name="slot" value="([^"]+)"', page.text)
    assert slot
    page = agent.post(action(page, "/trzymaj"), page, slot=slot.group(1))
    page = agent.post(action(page, "/umow"), page)
    # Each key press sends one form: Enter, Enter, Alt+1, Enter.
    assert agent.requests <= 6
    assert "Wizyta jest umówiona" in said(page)
    assert [visit.status for visit in store.visits(anna)] == [VisitStatus.BOOKED]


def test_proposals_are_numbered_and_read_aloud_in_the_caller_s_language(agent: Counting) -> None:
    page = known(agent)
    assert 'accesskey="1"' in page.text
    assert "Mam wolny termin: poniedziałek, 7 grudnia, godzina 08:00" in said(page)
    assert "I have a free time: Monday, 7 December" in said(agent.get(reading(page, "en")))


def test_what_is_chosen_is_read_in_the_language_that_was_chosen(agent: Counting) -> None:
    page = agent.get(reading(known(agent), "uk"))
    assert 'name="read" value="uk"' in page.text
    slot = re.search(r'name="slot" value="([^"]+)"', page.text)
    assert slot
    page = agent.post(action(page, "/trzymaj"), page, slot=slot.group(1), read="uk")
    assert "Тримаю для вас місце" in said(page)
    page = agent.post(action(page, "/umow"), page, read="uk")
    assert "Візит призначено" in said(page)


def wished(agent: Browser) -> Any:
    page = known(agent)
    fields = {"postcode": "20-020", "radius": "50", "hours": "morning", "vaccine": ""}
    return agent.post(action(page, "/zyczenia"), page, **fields)


def test_what_suits_a_caller_stands_in_no_address(agent: Counting) -> None:
    page = wished(agent)
    assert not re.search(r'(href|action)="[^"]*20-?020', page.text)
    assert page.request.query_string == b""


def test_what_suits_a_caller_stays_through_reloads_languages_and_what_is_kept(
    agent: Counting,
) -> None:
    page = wished(agent)
    where = action(page, "/koniec").removesuffix("/koniec")
    slot = re.search(r'name="slot" value="([^"]+)"', page.text)
    assert slot
    for again in (
        agent.get(where),
        agent.get(where, lang="en"),
        agent.get(reading(page, "uk")),
        agent.post(action(page, "/trzymaj"), page, slot=slot.group(1)),
    ):
        assert 'value="20-020"' in again.text
        assert re.search(r'<option value="morning"[^>]* selected', again.text)


def test_a_wish_that_is_none_is_said_and_not_remembered(agent: Counting) -> None:
    page = known(agent)
    page = agent.post(action(page, "/zyczenia"), page, postcode="99-9", radius="25")
    assert "govuk-error-message" in page.text
    assert 'value="99-9"' in page.text
    where = action(page, "/koniec").removesuffix("/koniec")
    assert "99-9" not in agent.get(where).text


def test_another_person_gives_back_what_was_kept_for_the_first(
    agent: Counting, store: FakeStore
) -> None:
    page = kept(agent)
    assert len(store.holds()) == 1
    assert "Kto dzwoni?" in said(agent.post(action(page, "/inna-osoba"), page))
    assert not store.holds()


def test_what_is_kept_is_given_back(agent: Counting, store: FakeStore) -> None:
    page = kept(agent)
    assert len(store.holds()) == 1
    agent.post(action(page, "/oddaj"), page)
    assert not store.holds()


def test_the_end_of_a_call_is_offered_as_what_it_came_to(agent: Counting) -> None:
    def offered(page: Any) -> str:
        ways = page.text.partition('id="outcome"')[2].partition("</select>")[0]
        [chosen] = re.findall(r'<option value="(\w+)" selected>', ways)
        return str(chosen)

    page = kept(agent)
    assert offered(page) == "informed"
    page = agent.post(action(page, "/umow"), page)
    assert offered(page) == "booked"
    link = re.search(r'href="([^"]+visit=[^"]+)"', page.text)
    assert link
    page = agent.get(unescape(link.group(1)))
    visit = re.search(r'name="visit" value="([^"]+)"', page.text)
    slot = re.findall(r'name="slot" value="([^"]+)"', page.text)[-1]
    assert visit
    page = agent.post(action(page, "/trzymaj"), page, slot=slot, visit=visit.group(1))
    page = agent.post(action(page, "/umow"), page, visit=visit.group(1))
    assert offered(page) == "moved"
    assert offered(agent.post(action(page, "/odwolaj"), page, reason="illness")) == "cancelled"


def test_a_visit_is_cancelled_for_a_fixed_reason(
    agent: Counting, store: FakeStore, anna: PatientId
) -> None:
    page = kept(agent)
    page = agent.post(action(page, "/umow"), page)
    done = agent.post(action(page, "/odwolaj"), page, reason="illness")
    assert "jest odwołana" in said(done)
    assert [visit.status for visit in store.visits(anna)] == [VisitStatus.CANCELLED]


def test_a_call_that_was_cut_off_is_gone_on_with(agent: Counting) -> None:
    page = kept(agent)
    desk = agent.post(action(page, "/koniec"), page, outcome="unfinished")
    assert "Do dokończenia: 1 rozmowa" in said(desk)
    again = agent.post(action(desk, "/wznow"), desk)
    assert "Trzymamy to miejsce do" in said(again)


def test_an_ended_call_shows_nothing_more(agent: Counting) -> None:
    page = known(agent)
    where = action(page, "/koniec").removesuffix("/koniec")
    agent.post(action(page, "/koniec"), page, outcome="informed")
    assert agent.get(where).status_code == 403


@pytest.mark.parametrize("role", [Role.PATIENT, Role.MEDIC, Role.COORDINATOR])
def test_only_agents_are_let_in(agent: Counting, role: Role) -> None:
    agent.sign_in(an_actor(role))
    assert agent.get("/infolinia").status_code == 403


def test_what_has_happened_with_the_caller_is_one_list_with_the_newest_first(
    agent: Counting, store: FakeStore, history: FakeHistory, anna: PatientId
) -> None:
    page = kept(agent)
    page = agent.post(action(page, "/umow"), page)
    [visit] = store.visits(anna)
    minute = timedelta(minutes=1)
    history.entries[anna] = [
        Entry(NOW, Kind.VISIT, VisitChange.BOOKED.value, by="agent", visit=visit.id),
        Entry(NOW + minute, Kind.MESSAGE, "booked", state="delivered", visit=visit.id),
        Entry(NOW + 2 * minute, Kind.CALL, Outcome.INFORMED.value, by="colleague"),
    ]
    before = Access(NOW - minute, "medic", "medic", "visit.viewed")
    store.seen_by.append((anna, before))
    call, message, booked, look = past(agent.get(action(page, "/koniec").removesuffix("/koniec")))
    assert "Rozmowa, konsultant colleague: udzielono informacji" in call
    assert "Wiadomość o umówieniu wizyty: dostarczona" in message
    assert "Umówiono wizytę (infolinia)" in booked
    assert "wizyta 7 gru 2026, 08:00" in booked
    assert "Personel medyczny: odczyt wizyty" in look


def test_nothing_of_the_past_is_shown_before_the_caller_is_known(
    agent: Counting, history: FakeHistory, anna: PatientId
) -> None:
    history.entries[anna] = [Entry(NOW, Kind.CALL, "informed", by="colleague")]
    page = found(agent)
    assert "colleague" not in page.text
    assert "colleague" in agent.post(action(page, "/zgadza-sie"), page).text


def test_the_list_shows_twenty_and_leads_to_what_is_older_and_back(
    agent: Counting, history: FakeHistory, anna: PatientId
) -> None:
    history.entries[anna] = [
        Entry(NOW + timedelta(minutes=number), Kind.CALL, "informed", by=f"agent{number}.")
        for number in range(PAGE + 2)
    ]
    page = known(agent)
    assert len(past(page)) == PAGE
    older = re.search(r'href="([^"]+older=20[^"]*)"', page.text)
    assert older
    page = agent.get(unescape(older.group(1)))
    assert ["agent1." in past(page)[0], "agent0." in past(page)[1]] == [True, True]
    assert len(past(page)) == 2
    newest = re.search(r'href="([^"]+#past-h)"', page.text)
    assert newest
    assert len(past(agent.get(unescape(newest.group(1))))) == PAGE


@pytest.mark.parametrize("older", ["-5", "many", "99999999999999999999"])
def test_a_part_that_is_none_is_no_mistake(agent: Counting, older: str) -> None:
    where = action(known(agent), "/koniec").removesuffix("/koniec")
    assert agent.get(where, older=older).status_code == 200


@pytest.mark.parametrize("state", [*MessageStatus, *Receipt])
def test_where_a_message_is_has_words(
    agent: Counting, history: FakeHistory, anna: PatientId, state: str
) -> None:
    history.entries[anna] = [Entry(NOW, Kind.MESSAGE, "moved", state=state)]
    [line] = past(known(agent))
    assert "hotline.past" not in line
    assert "Wiadomość o zmianie terminu: " in line


@pytest.mark.parametrize("change", VisitChange)
def test_each_change_of_a_visit_has_words(
    agent: Counting, history: FakeHistory, store: FakeStore, anna: PatientId, change: VisitChange
) -> None:
    page = kept(agent)
    page = agent.post(action(page, "/umow"), page)
    [visit] = store.visits(anna)
    history.entries[anna] = [Entry(NOW, Kind.VISIT, change.value, by="sms", visit=visit.id)]
    [line] = past(agent.get(action(page, "/koniec").removesuffix("/koniec")))
    assert "hotline.past" not in line
    assert "(SMS)" in line

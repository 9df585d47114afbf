"""Two people in one call of the hotline: both known, both shown, both booked."""

import re
from typing import Any

import pytest

from erejestracja.auth.patients import patient_id
from erejestracja.domain.claim import Claim
from erejestracja.domain.ids import PatientId
from erejestracja.domain.visit import VisitStatus
from tests.support.builders import a_place, a_session
from tests.support.fake_store import FakeStore
from tests.support.hotline import (
    ANNAS,
    JANS,
    Counting,
    a_hotline_browser,
    a_store_of_two,
    action,
    known,
    known_two,
    said,
)

pytestmark = pytest.mark.usefixtures("patient_key")


@pytest.fixture
def store() -> FakeStore:
    return a_store_of_two()


@pytest.fixture
def anna() -> PatientId:
    return patient_id(ANNAS)


@pytest.fixture
def jan() -> PatientId:
    return patient_id(JANS)


@pytest.fixture
def agent(store: FakeStore) -> Counting:
    return a_hotline_browser(store)


def slots(page: Any) -> str:
    found = re.search(r'name="slots" value="([^"]+)"', page.text)
    assert found, page.text
    return found.group(1)


def both_kept(agent: Counting) -> Any:
    page = known_two(agent)
    return agent.post(action(page, "/razem"), page, slots=slots(page))


def test_the_second_person_is_masked_and_the_first_stays(agent: Counting) -> None:
    page = known(agent)
    page = agent.post(action(page, "/druga-osoba"), page)
    assert "Kim jest druga osoba?" in said(page)
    page = agent.post(action(page, "/osoba"), page, pesel=JANS)
    assert "Wymyślony" not in page.text
    page = agent.post(action(page, "/zgadza-sie"), page)
    assert "Anna Zmyślona" in said(page)
    assert "Jan Wymyślony" in said(page)


def test_nine_keys_are_three_for_both_and_three_for_each(agent: Counting) -> None:
    page = known_two(agent)
    assert re.findall(r'accesskey="(\d)"', page.text) == list("123456789")
    assert "Mam dwa wolne terminy w tym samym miejscu" in said(page)


def test_both_are_kept_with_one_key_and_booked_with_one_each(
    agent: Counting, store: FakeStore, anna: PatientId, jan: PatientId
) -> None:
    page = both_kept(agent)
    assert {hold.patient for hold in store.holds()} == {anna, jan}
    page = agent.post(action(page, "/umow"), page)
    assert [visit.status for visit in store.visits(anna)] == [VisitStatus.BOOKED]
    # The key now is the second person's: their place is the one still kept.
    assert page.text.count("autofocus") == 1
    page = agent.post(action(page, "/umow"), page, person="1")
    [hers], [his] = store.visits(anna), store.visits(jan)
    assert hers.place.slot == his.place.slot
    assert hers.place != his.place
    assert not store.holds()


def test_each_record_that_is_shown_is_written_down(
    agent: Counting, store: FakeStore, anna: PatientId, jan: PatientId
) -> None:
    known_two(agent)
    for patient in (anna, jan):
        actions = {access.action for access in store.accesses(patient, 10)}
        assert actions == {"person.identified", "record.viewed"}


def test_the_agent_is_told_which_of_the_two_has_a_place(
    agent: Counting, store: FakeStore, anna: PatientId
) -> None:
    page = known_two(agent)
    chosen = slots(page)
    take_all_but_one(store)
    page = agent.post(action(page, "/razem"), page, slots=chosen)
    assert "Miejsce ma tylko pierwsza osoba" in said(page)
    assert [hold.patient for hold in store.holds()] == [anna]


def take_all_but_one(store: FakeStore) -> None:
    """Let somebody else take one place of each slot, which the read model has not heard of."""
    for index in range(a_session().slots):
        store.tables.places[a_place(index=index)] = Claim(0, "visit", "another", None)


def test_a_pair_that_is_none_is_refused(agent: Counting) -> None:
    page = known_two(agent)
    assert agent.post(action(page, "/razem"), page, slots=slots(page).split()[0]).status_code == 400


def test_a_place_for_one_of_them_is_kept_for_that_one(
    agent: Counting, store: FakeStore, jan: PatientId
) -> None:
    page = known_two(agent)
    slot = re.findall(r'name="slot" value="([^"]+)"', page.text)[-1]
    page = agent.post(action(page, "/trzymaj"), page, slot=slot, person="1")
    assert [hold.patient for hold in store.holds()] == [jan]
    agent.post(action(page, "/oddaj"), page, person="1")
    assert not store.holds()


def test_who_goes_leaves_nothing_kept(agent: Counting, store: FakeStore, anna: PatientId) -> None:
    page = both_kept(agent)
    page = agent.post(action(page, "/jedna-osoba"), page)
    assert [hold.patient for hold in store.holds()] == [anna]
    assert "Wymyślony" not in page.text
    agent.post(action(page, "/inna-osoba"), page)
    assert not store.holds()


def test_two_are_not_the_same_person(agent: Counting) -> None:
    page = known(agent)
    page = agent.post(action(page, "/druga-osoba"), page)
    page = agent.post(action(page, "/osoba"), page, pesel=ANNAS)
    assert "Ta osoba już jest w tej rozmowie." in said(page)


@pytest.mark.parametrize("person", ["1", "5", "-1"])
def test_nobody_is_booked_for_who_is_not_known_in_the_call(agent: Counting, person: str) -> None:
    page = known(agent)
    slot = re.search(r'name="slot" value="([^"]+)"', page.text)
    assert slot
    answer = agent.post(action(page, "/trzymaj"), page, slot=slot.group(1), person=person)
    assert answer.status_code == 403

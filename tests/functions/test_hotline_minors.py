"""What an agent tells who books for a person under 18: who signs, and whether a parent comes."""

import re
from datetime import date
from typing import Any

import pytest

from tests.support.fake_store import FakeStore, registered
from tests.support.hotline import (
    ANNAS,
    JANS,
    Counting,
    a_hotline_browser,
    a_hotline_store,
    action,
    kept,
    known,
    known_two,
    reading,
    said,
)

pytestmark = pytest.mark.usefixtures("patient_key")

PARENT = "podpisuje rodzic lub opiekun prawny."
BOTH = "podpisują osoba niepełnoletnia i rodzic lub opiekun prawny."
COMES = "Bez niego musi przyjść."
PHYSICIAN = "kwalifikuje tylko lekarz"


@pytest.fixture
def store() -> FakeStore:
    return a_hotline_store()


@pytest.fixture
def agent(store: FakeStore) -> Counting:
    return a_hotline_browser(store)


def born(store: FakeStore, birth: date) -> None:
    registered(store, ANNAS, family_name="Zmyślona", birth_date=birth)


def read_aloud(page: Any) -> list[str]:
    return re.findall(r'class="app-read">([^<]+)<', page.text)


# Every place in the store is of 7 December 2026.
@pytest.mark.parametrize(
    ("birth", "words", "doctor"),
    [
        (date(2008, 12, 8), BOTH, False),
        (date(2010, 12, 7), BOTH, False),
        (date(2010, 12, 8), PARENT, False),
        (date(2014, 12, 7), PARENT, False),
        (date(2014, 12, 8), PARENT, True),
    ],
)
def test_who_signs_is_told_with_the_proposals_with_what_is_kept_and_at_the_end(
    agent: Counting, store: FakeStore, birth: date, words: str, doctor: bool
) -> None:
    born(store, birth)
    offered = known(agent)
    slot = re.search(r'name="slot" value="([^"]+)"', offered.text)
    assert slot
    held = agent.post(action(offered, "/trzymaj"), offered, slot=slot.group(1))
    for shown in (offered, held, agent.post(action(held, "/umow"), held)):
        [told] = [one for one in read_aloud(shown) if COMES in one]
        assert words in told
        assert (PHYSICIAN in told) == doctor
    assert told.startswith("Wizyta jest umówiona")


def test_it_is_read_in_the_language_that_was_chosen(agent: Counting, store: FakeStore) -> None:
    born(store, date(2012, 6, 1))
    page = agent.get(reading(known(agent), "en"))
    assert "signed by a parent or legal guardian" in said(page)
    assert "Zgoda na szczepienie osoby niepełnoletniej" in said(page)


def test_who_is_of_age_on_the_day_needs_nobody(agent: Counting, store: FakeStore) -> None:
    born(store, date(2008, 12, 7))
    page = kept(agent)
    assert COMES not in said(page)
    assert COMES not in said(agent.post(action(page, "/umow"), page))


def test_a_visit_that_was_cancelled_needs_nobody(agent: Counting, store: FakeStore) -> None:
    born(store, date(2012, 6, 1))
    page = kept(agent)
    page = agent.post(action(page, "/umow"), page)
    page = agent.post(action(page, "/odwolaj"), page, reason="illness")
    [cancelled] = [one for one in read_aloud(page) if "jest odwołana" in one]
    assert COMES not in cancelled


def test_of_two_people_it_is_told_of_the_one_who_is_not_of_age(
    agent: Counting, store: FakeStore
) -> None:
    registered(store, JANS, given_name="Jan", family_name="Wymyślony", birth_date=date(2012, 6, 1))
    page = known_two(agent)
    assert said(page).count(COMES) == 1
    assert said(page).index("Jan Wymyślony") < said(page).index(COMES)

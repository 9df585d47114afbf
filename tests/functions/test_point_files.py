"""A file of a point's rules in a browser, in process: shown row by row, then taken in."""

import io
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.visit import VisitStatus
from tests.support.builders import POINT, an_actor
from tests.support.planning import agreed, planner, said
from tests.support.schedule_case import Case
from tests.support.web import Browser
from tests.unit.domain.test_schedule_rows import ROW

FILE = f"/punkt/{POINT}/tydzien/plik"
OWN = {column: text for column, text in ROW.items() if column != "point"}


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def admin(case: Case) -> Browser:
    return planner(case)


def a_file(*changes: dict[str, str]) -> bytes:
    rows = [";".join((OWN | change).values()) for change in changes]
    return "\r\n".join([";".join(OWN), *rows]).encode("windows-1250")


def handed_over(admin: Browser, body: bytes) -> Any:
    sent = (io.BytesIO(body), "zasady.csv")
    return admin.post(FILE, admin.get(FILE), file=sent)


def test_the_page_says_what_a_file_holds(admin: Browser) -> None:
    page = admin.get(FILE)
    assert "Zasady z pliku" in said(page)
    assert all(f"<code>{column}</code>" in page.text for column in OWN)


def test_what_a_file_does_is_shown_and_then_done(admin: Browser, case: Case) -> None:
    page = handed_over(admin, a_file({"key": "a"}, {"key": "ż"}, {"key": "b", "step": "1"}))
    assert "Nikt nie straci umówionej wizyty." in said(page)
    assert said(page).count("Niepoprawna wartość.") == 2
    assert not case.schedules.plans.edits
    assert "Plik wczytany" in said(agreed(admin, FILE, page))
    assert case.slots()[0] == "08:00"
    again = handed_over(admin, a_file({"key": "a"}))
    assert "Bez zmian" in said(again)


def test_whom_it_hits_is_said_before(admin: Browser, case: Case) -> None:
    agreed(admin, FILE, handed_over(admin, a_file({"key": "a"})))
    visit = case.visit("who", index=27)
    page = handed_over(admin, a_file({"key": "a", "to": "14:00"}))
    assert "1 wizyta straci termin" in said(page)
    assert case.status(visit) is VisitStatus.BOOKED
    agreed(admin, FILE, page)
    assert case.status(visit) is VisitStatus.ORPHANED


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Wybierz plik."),
        (b"Anna;Nowak\n", "nie zawiera nazw kolumn"),
        (b"key;weekdays\n", "Brakuje kolumny"),
        (a_file(*[{}] * 101), "więcej niż 100 wierszy"),
    ],
    ids=["no file", "no columns", "a column missing", "too long"],
)
def test_what_is_no_file_of_rules_is_said(admin: Browser, body: bytes, words: str) -> None:
    page = handed_over(admin, body)
    assert page.status_code == 200
    assert words in said(page)


def test_only_who_plans_hands_over_files(admin: Browser) -> None:
    admin.sign_in(an_actor(Role.MEDIC))
    assert admin.get(FILE).status_code == 403

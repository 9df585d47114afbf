"""A delivery that changes, in a browser, in process: shown first, agreed to, watched, undone."""

import re
from typing import Any

import pytest

from erejestracja.domain.visit import VisitStatus
from tests.support.builders import DAY, POINT
from tests.support.planning import agreed, planner, said
from tests.support.supply_case import A_DAY, SupplyCase
from tests.support.web import Browser

SUPPLY = f"/punkt/{POINT}/zaopatrzenie"
PATH = f"{SUPPLY}/delivery-0"


@pytest.fixture
def case() -> SupplyCase:
    case = SupplyCase()
    case.delivery(5 * A_DAY)
    case.make()
    return case


@pytest.fixture
def admin(case: SupplyCase) -> Browser:
    return planner(case)


def asked(admin: Browser, doses: int, status: str = "confirmed") -> Any:
    page = admin.get(PATH)
    [version] = re.findall(r'name="version"[^>]*value="([^"]+)"', page.text)
    day = DAY.isoformat()
    fields = {"doses": str(doses), "expected_on": day, "status": status}
    return admin.post(PATH, page, version=version, **fields)


def test_what_falls_is_shown_day_by_day_and_nothing_done(admin: Browser, case: SupplyCase) -> None:
    case.visit("anna", day=4)
    words = said(asked(admin, 5 * A_DAY - 4))
    assert "Ubędą 4 wolne miejsca." in words
    assert "Nikt nie straci umówionej wizyty." in words
    assert "Piątek, 11 grudnia 2026 4 0" in words or "11 grudnia 2026 4 0" in words
    assert "odwołaj wizyty" not in words
    assert sum(case.by_day().values()) == 5 * A_DAY


def test_it_is_carried_out_watched_and_undone(admin: Browser, case: SupplyCase) -> None:
    visit = case.visit("anna")
    preview = asked(admin, 1, "cancelled")
    assert "Dla 1 umówionej osoby nie ma dawki." in said(preview)
    assert "Które wizyty" in said(preview)
    done = agreed(admin, PATH, preview, choice="reaccommodate", reason="noDelivery")
    assert "1 osoba nie dostanie SMS" in said(done)
    assert "odwołana" in said(done)
    assert case.status(visit) is VisitStatus.ORPHANED
    assert case.by_day() == {}
    [plan] = set(re.findall(rf'href="({SUPPLY}/plany/[0-9]+)"', admin.get(SUPPLY).text))
    back = admin.post(f"{plan}/cofnij", admin.get(plan))
    assert "cofnięte" in said(back)
    assert case.status(visit) is VisitStatus.BOOKED
    assert "Plany po zmianach dostaw" not in said(admin.get(SUPPLY))
    assert admin.post(f"{plan}/cofnij", back).status_code == 412
    assert admin.get(f"{SUPPLY}/plany/99").status_code == 404


def test_visits_are_kept_for_a_reason(admin: Browser, case: SupplyCase) -> None:
    visit = case.visit("anna")
    preview = asked(admin, 1, "cancelled")
    refused = agreed(admin, PATH, preview, choice="keep")
    assert "Podaj powód" in said(refused)
    agreed(admin, PATH, refused, choice="keep", override="transferPromised")
    assert case.status(visit) is VisitStatus.BOOKED
    assert case.missing() == {DAY: 1}


def test_another_plan_than_was_agreed_to_is_shown_anew(admin: Browser, case: SupplyCase) -> None:
    preview = asked(admin, 1, "cancelled")
    case.visit("anna")
    again = agreed(admin, PATH, preview)
    assert "Dla 1 umówionej osoby nie ma dawki." in said(again)
    assert case.by_day() != {}


def test_more_doses_bring_places_back_at_once(admin: Browser, case: SupplyCase) -> None:
    agreed(admin, PATH, asked(admin, A_DAY), choice="reaccommodate")
    assert sum(case.by_day().values()) == A_DAY
    assert "Zaopatrzenie" in said(asked(admin, 2 * A_DAY))
    assert sum(case.by_day().values()) == 2 * A_DAY


@pytest.mark.parametrize(
    ("language", "words"), [("en", "8 free places will go"), ("uk", "Поменшає на 8 вільних місць")]
)
def test_it_is_said_in_other_languages(admin: Browser, language: str, words: str) -> None:
    admin.get(SUPPLY, lang=language)
    assert words in said(asked(admin, 5 * A_DAY - 8))

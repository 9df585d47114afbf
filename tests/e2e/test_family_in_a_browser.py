"""People who act for others, in a real browser: a parent books two children side by side."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_pages_in_a_browser import cancel_all
from tests.support.pages import a_page, be, check, looks_in

WIDTHS = [(360, "light", True), (1280, "dark", False)]
CHILDREN = ("Jakub Przykładowy", "Zofia Przykładowa")


def act_for(page: Page, name: str) -> None:
    page.goto("/rodzina")
    page.get_by_label(name).check()
    page.get_by_role("button", name="Dalej").click()
    expect(page.locator(".app-whom")).to_contain_text(name)


@pytest.mark.parametrize(("width", "scheme", "scripts"), WIDTHS)
def test_a_parent_books_two_children_one_beside_the_other(
    machine: Browser, front_door_url: str, width: int, scheme: Any, scripts: bool
) -> None:
    looks = {"color_scheme": scheme, "locale": "pl-PL", "java_script_enabled": scripts}
    page = a_page(machine, front_door_url, width, **looks)
    be(page, "parent", "/rodzina")
    for child in CHILDREN:
        act_for(page, child)
        cancel_all(page)
    act_for(page, CHILDREN[0])
    page.goto("/terminy")
    page.locator(".app-slots button").first.click()
    expect(page.locator("main")).to_contain_text(CHILDREN[0])
    expect(page.locator("main")).to_contain_text("Bez niego musi przyjść")
    page.locator("#phone").fill("600 000 009")
    page.get_by_role("button", name="Umów wizytę").click()
    expect(page.locator("h1")).to_have_text("Wizyta umówiona")
    expect(page.locator("main")).to_contain_text("podpisują osoba niepełnoletnia i rodzic")
    first = page.locator(".govuk-summary-list__row", has_text="Gdzie").inner_text()
    _look(page, scripts)
    page.get_by_role("button", name=CHILDREN[1]).click()
    expect(page.locator(".app-whom")).to_contain_text(CHILDREN[1])
    _look(page, scripts)
    page.locator(".app-slots button").first.click()
    _look(page, scripts)
    page.get_by_role("button", name="Umów wizytę").click()
    expect(page.locator("h1")).to_have_text("Wizyta umówiona")
    assert page.locator(".govuk-summary-list__row", has_text="Gdzie").inner_text() == first
    for child in CHILDREN:
        act_for(page, child)
        cancel_all(page)
    page.context.close()


def test_the_family_s_page_leaves_nobody_out(machine: Browser, front_door_url: str) -> None:
    page = a_page(machine, front_door_url)
    be(page, "parent", "/rodzina")
    for language in ("pl", "en", "uk"):
        page.goto(f"/rodzina?lang={language}")
        check(page, looks_in(language))
        page.locator("form[action$='/pelnomocnik'] button").click()
        expect(page.locator(".govuk-error-summary")).to_be_visible()
        check(page, looks_in(language))
    page.context.close()


def test_a_proxy_sees_the_person_s_visits_and_the_person_sees_the_look(
    machine: Browser, front_door_url: str
) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "proxy", "/rodzina")
    act_for(page, "Anna Przykładowa")
    page.goto("/moje/dane")
    page.context.close()
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "patient", "/moje/dane")
    looks = page.locator("table tbody tr")
    expect(looks.filter(has_text=re.compile("Tomasz Pomocny, pełnomocnik")).first).to_be_visible()
    page.context.close()


def _look(page: Page, scripts: bool) -> None:
    """Hold the page against the rules; without scripts nothing can be asked of it."""
    if scripts:
        check(page)

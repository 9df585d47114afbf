"""Whole tasks without a mouse: Tab, Enter and Space, and the focus is seen wherever it goes."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_journeys import somebody_is_there, there_is_a_lot
from tests.e2e.test_pages_in_a_browser import cancel_all
from tests.e2e.test_point_pages import MEDIC_NUMBER, number_of
from tests.support.keys import follow, lead_on, press_at, tab_to
from tests.support.pages import a_page, be


def test_a_person_books_and_cancels_by_keys_alone(machine: Browser, front_door_url: str) -> None:
    page = a_page(machine, front_door_url, 360, locale="pl-PL")
    page.goto("/")
    _skips_to_what_the_page_is_about(page)
    page.goto("/")
    follow(page, "main a[href^='/auth/login']")
    follow(page, "button[value='patient-3']")
    expect(page.locator("h1")).to_have_text("Moje szczepienia")
    cancel_all(page)
    follow(page, "main a[href^='/terminy']")

    filters = page.locator("#filters")
    press_at(page, "#filters summary", "Space")
    expect(filters).to_have_attribute("open", "")
    page.keyboard.press("Space")
    expect(filters).not_to_have_attribute("open", "")
    follow(page, "button[name='slot']")
    expect(page.locator("h1")).to_have_text("Sprawdź i potwierdź wizytę")
    follow(page, "form[action*='/umow/'] button", "Space")
    expect(page.locator("h1")).to_have_text("Wizyta umówiona")
    follow(page, "main a[href$='/odwolaj']")
    follow(page, "form[action$='/odwolaj'] button", "Space")
    expect(page.locator("h1")).to_have_text("Wizyta odwołana")
    page.context.close()


def _skips_to_what_the_page_is_about(page: Page) -> None:
    page.keyboard.press("Tab")
    link = page.locator(".govuk-skip-link")
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)


def test_a_medic_records_a_dose_and_takes_it_back_by_keys_alone(
    machine: Browser, front_door_url: str
) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "point-medic", "/punkt")
    home = page.url.partition("?")[0]
    there_is_a_lot(page, home)
    somebody_is_there(page, home)
    page.goto(home)
    _skips_to_what_the_page_is_about(page)
    tab_to(page, "#q")
    page.keyboard.type("zmyslona")
    lead_on(page)
    expect(page.locator("#q")).to_have_value("zmyslona")
    follow(page, "a[href$='/szczepienie']")
    press_at(page, "[name=site]", "Space")
    tab_to(page, "[name=performer]")
    page.keyboard.press("Control+A")
    page.keyboard.type(MEDIC_NUMBER)
    follow(page, "form[action$='/szczepienie'] button", "Space")
    expect(page.locator(".app-panel")).to_be_visible()
    press_at(page, "main details summary", "Space")
    tab_to(page, "[name=note]")
    page.keyboard.type("próba")
    lead_on(page)
    expect(page.locator("main .app-tag--cancelled")).to_be_visible()
    page.context.close()


def test_somebody_who_came_is_found_by_keys_alone(machine: Browser, front_door_url: str) -> None:
    page = a_page(machine, front_door_url, 360, locale="pl-PL")
    page.goto("/punkt")
    follow(page, "button[value='point-registrar']")
    follow(page, ".app-nav a[href$='/bez-terminu']")
    expect(page.locator("#pesel")).to_be_focused()
    page.keyboard.type(number_of("patient-4"))
    lead_on(page)
    expect(page.locator("h1")).to_have_text("Henryk Zmyślony")
    page.context.close()

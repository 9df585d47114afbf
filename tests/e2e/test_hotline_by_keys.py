"""What agents do in a real browser without touching the mouse, and axe's opinion of it."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_point_pages import number_of
from tests.support.pages import LOOKS, a_page, be, check, press_alt

BOOK = "form[action$='/umow'] button"
CANCEL = "form[action$='/odwolaj']"


def a_call(machine: Browser, base: str) -> Page:
    """Return an agent's page with a new call, asked who calls."""
    page = a_page(machine, base, locale="pl-PL")
    be(page, "agent", "/infolinia")
    expect(page.locator("form[action$='/rozmowy'] button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#pesel")).to_be_focused()
    return page


def identify(page: Page, persona: str) -> None:
    """Find a person, and hear from the caller that it is they."""
    page.keyboard.type(number_of(persona))
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/zgadza-sie'] button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".app-desk")).to_be_visible()


def test_two_who_come_together_are_booked_side_by_side(
    machine: Browser, front_door_url: str
) -> None:
    page = a_call(machine, front_door_url)
    identify(page, "patient")
    press_alt(page, "d")
    expect(page.locator("#pesel")).to_be_focused()
    check(page)
    identify(page, "patient-2")
    expect(page.locator("button[name='slots']")).to_have_count(3)
    expect(page.locator(".app-beside > div")).to_have_count(2)
    check(page)
    press_alt(page, "1")
    expect(page.locator(BOOK)).to_have_count(2)
    check(page)
    # One key for each of the two.
    expect(page.locator(BOOK).first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(BOOK)).to_have_count(1)
    expect(page.locator(BOOK)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(BOOK)).to_have_count(0)
    expect(page.locator(CANCEL)).to_have_count(2)
    assert not re.search(r"\d\d-\d\d\d", page.url)
    for left in (1, 0):
        form = page.locator(CANCEL).first
        form.locator("xpath=ancestor::details/summary").click()
        form.locator("button").click()
        expect(page.locator(CANCEL)).to_have_count(left)
    press_alt(page, "k")
    expect(page.locator("form[action$='/rozmowy'] button")).to_be_visible()
    page.context.close()


def test_a_number_of_a_full_line_is_called_back_by_keys(
    machine: Browser, front_door_url: str
) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "agent", "/infolinia/oddzwonienia")
    check(page)
    page.locator("#number").focus()
    page.keyboard.type("22 500 00 00")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]").last).to_contain_text("Numer jest na liście.")
    expect(page.locator("main")).not_to_contain_text("500 00 00")
    expect(page.locator("form[action$='/oddzwonienia'] button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".app-call__back")).to_contain_text("+48225000000")
    expect(page.locator("#pesel")).to_be_focused()
    check(page)
    page.locator("#outcome").select_option("busy")
    press_alt(page, "k")
    expect(page.locator("form[action$='/rozmowy'] button")).to_be_visible()
    page.goto("/infolinia/oddzwonienia")
    expect(page.locator("main")).to_contain_text("linia była zajęta: zajęte")
    check(page)
    page.context.close()


def test_a_supervisor_consents_while_the_caller_waits(
    machine: Browser, front_door_url: str
) -> None:
    page = a_call(machine, front_door_url)
    identify(page, "ahead")
    expect(page.locator("button[name='slot']")).to_have_count(0)
    press_alt(page, "o")
    expect(page.locator("select[name='ground']")).to_be_focused()
    page.keyboard.type("decyzja")
    page.keyboard.press("Tab")
    check(page)
    page.keyboard.press("Enter")
    expect(page.locator("#override")).to_contain_text("Czekamy na kierownika")
    press_alt(page, "1")
    expect(page.locator(BOOK)).to_be_focused()
    check(page)
    state = page.context.new_page()
    state.goto(f"{page.url.partition('?')[0]}/odstapienie")
    check(state)
    state.close()
    board = a_page(machine, front_door_url, locale="pl-PL")
    be(board, "supervisor", "/infolinia/nadzor")
    expect(board.locator("h1")).to_have_text("Nadzór infolinii")
    expect(board.locator("#board")).to_contain_text("45 l., dawka 1")
    expect(board.locator("#board")).not_to_contain_text("Wczesna")
    check(board, [(320, "light"), *LOOKS])
    board.get_by_role("link", name="Odśwież").press("Enter")
    expect(board.locator("#board")).to_be_visible()
    board.locator("button[id^='consent-']").press("Enter")
    expect(board.locator("main")).to_contain_text("Zgoda zapisana.")
    board.context.close()
    # Nobody has touched the agent's page.
    expect(page.locator("#override")).to_contain_text("Kierownik się zgadza.")
    expect(page.locator(BOOK)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(CANCEL)).to_have_count(1)
    form = page.locator(CANCEL).first
    form.locator("xpath=ancestor::details/summary").click()
    form.locator("button").click()
    expect(page.locator(CANCEL)).to_have_count(0)
    press_alt(page, "k")
    expect(page.locator("form[action$='/rozmowy'] button")).to_be_visible()
    page.context.close()

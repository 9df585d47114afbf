"""Every page in a real browser: axe finds nothing, nothing is cut off, the console is silent."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.e2e.test_point_pages import number_of
from tests.support.pages import a_page, be, check, press_alt

# Widths of a small telephone, a tablet and a desk; half the looks in the dark.
LOOKS = [(360, "light"), (768, "dark"), (1280, "light"), (390, "dark")]
FOR_EVERYBODY = ["/", "/terminy", "/terminy?postcode=99-9", "/prywatnosc", "/nie-ma"]
STATEMENT = "/deklaracja-dostepnosci"


def cancel_all(page: Page) -> None:
    """Cancel what other tests have booked for this person."""
    page.goto("/moje")
    standing = page.locator(".app-card--visit a[href$='/odwolaj']")
    while standing.count():
        standing.first.click()
        page.locator("button.govuk-button--warning").click()
        page.goto("/moje")


@pytest.mark.parametrize("language", ["pl", "en", "uk"])
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_pages_for_everybody_leave_nobody_out(
    machine: Browser, front_door_url: str, language: str, width: int, scheme: Any
) -> None:
    page = a_page(machine, front_door_url, width, bypass_csp=True, color_scheme=scheme)
    for path in [*FOR_EVERYBODY, STATEMENT]:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        check(page)
        assert page.locator("html").get_attribute("lang") == language
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_patient_s_way_leaves_nobody_out(
    machine: Browser, front_door_url: str, width: int, scheme: Any
) -> None:
    page = a_page(machine, front_door_url, width, bypass_csp=True, color_scheme=scheme)
    be(page, "patient", "/moje")
    for path in ("/moje", "/moje/dane", "/terminy"):
        page.goto(path)
        check(page)
    page.locator(".app-slots button").first.click()
    expect(page).to_have_url(re.compile("/sprawdz/"))
    check(page)
    page.locator("form[action$='/oddaj'] button").click()
    expect(page).to_have_url(re.compile("/terminy"))
    page.context.close()


@pytest.mark.parametrize(("persona", "path"), [("agent", "/infolinia"), ("point-admin", "/punkt")])
@pytest.mark.parametrize(("width", "scheme"), LOOKS[1:3])
def test_staff_s_pages_leave_nobody_out(  # noqa: PLR0917 - a case is what it is made of
    machine: Browser, front_door_url: str, persona: str, path: str, width: int, scheme: Any
) -> None:
    page = a_page(machine, front_door_url, width, bypass_csp=True, color_scheme=scheme)
    be(page, persona, path)
    check(page)
    for link in page.locator(".app-nav a").evaluate_all("(all) => all.map((one) => one.href)"):
        page.goto(link)
        check(page)
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [LOOKS[0], LOOKS[1]])
def test_a_desk_calls_who_waits_for_a_leftover_dose(
    machine: Browser, front_door_url: str, width: int, scheme: Any
) -> None:
    looks = {"color_scheme": scheme, "locale": "pl-PL"}
    page = a_page(machine, front_door_url, width, bypass_csp=True, **looks)
    be(page, "point-registrar", "/punkt")
    page.locator(".app-nav a[href$='/rezerwa']").click()
    page.locator("a[href$='/dopisz']").click()
    check(page)
    page.locator("#pesel").fill(number_of("patient-3"))
    page.locator("form[action$='/dopisz'] button").click()
    check(page)
    page.locator("input[name='wanted']").first.check()
    page.locator("#consent").check()
    page.locator("form[action$='/zapisz'] button").click()
    check(page)
    page.locator("form[action$='/telefon'] button").click()
    expect(page.locator("a[href^='tel:+']")).to_be_visible()
    check(page)
    page.locator("form[action$='/wynik'] button").first.click()
    expect(page.locator("form[action$='/przyszedl'] button").first).to_be_visible()
    check(page)
    page.locator("form[action$='/wynik'] button").click()
    page.locator("form[action$='/skresl'] button").click()
    expect(page.locator("form[action$='/skresl']")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize(("width", "scheme"), LOOKS[1:3])
def test_a_call_tells_what_has_happened_and_leaves_nobody_out(
    machine: Browser, front_door_url: str, width: int, scheme: Any
) -> None:
    looks = {"color_scheme": scheme, "locale": "pl-PL"}
    page = a_page(machine, front_door_url, width, bypass_csp=True, **looks)
    be(page, "agent", "/infolinia")
    page.locator("form[action$='/rozmowy'] button").click()
    check(page)
    page.locator("#pesel").fill(number_of("patient"))
    page.locator("form[action$='/osoba'] button").click()
    check(page)
    page.locator("form[action$='/zgadza-sie'] button").click()
    page.locator(".app-proposal__key").first.click()
    page.locator("form[action$='/umow'] button").click()
    expect(page.locator(".app-past")).to_contain_text("Umówiono wizytę (infolinia)")
    check(page)
    page.locator("form[action$='/odwolaj']").locator("xpath=ancestor::details/summary").click()
    page.locator("form[action$='/odwolaj'] button").click()
    expect(page.locator(".app-past li").first).to_contain_text("Odwołano wizytę (infolinia)")
    check(page)
    page.locator("form[action$='/koniec'] button").click()
    expect(page.locator("form[action$='/rozmowy'] button")).to_be_visible()
    page.context.close()


def test_an_agent_books_by_keys_alone(machine: Browser, front_door_url: str) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "agent", "/infolinia")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if _turns_page(request) else None)
    expect(page.locator("form[action$='/rozmowy'] button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#pesel")).to_be_focused()
    page.keyboard.type(number_of("patient"))
    sent.clear()
    # Find; it is they; the second proposal, which is kept; book.
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/zgadza-sie'] button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".app-proposal__key")).to_have_count(9)
    press_alt(page, "2")
    expect(page.locator("form[action$='/umow'] button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/odwolaj']")).to_be_attached()
    # Each form is answered with a way on, which is a request, too.
    assert len(sent) <= 6, sent
    page.locator("form[action$='/odwolaj']").locator("xpath=ancestor::details/summary").click()
    page.locator("form[action$='/odwolaj'] button").click()
    expect(page.locator("form[action$='/odwolaj']")).to_have_count(0)
    press_alt(page, "k")
    expect(page.locator("form[action$='/rozmowy'] button")).to_be_visible()
    page.context.close()


def _turns_page(request: Request) -> bool:
    return request.resource_type == "document"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_books_moves_and_cancels_with_scripts_and_without(
    machine: Browser, front_door_url: str, scripts: bool
) -> None:
    page = a_page(machine, front_door_url, 390, java_script_enabled=scripts, locale="pl-PL")
    heard: list[str] = []
    page.on("console", lambda message: heard.append(f"{page.url} {message.text}"))
    be(page, "patient-3", "/moje")
    cancel_all(page)
    heard.clear()  # what the provider's page says is not ours
    page.get_by_role("button", name="Wybierz termin").click()
    if scripts:
        # The day's results are swapped into the page, and focus stays.
        page.locator(".app-days a").nth(1).click()
        expect(page.locator(".app-days a[aria-current]")).to_have_count(1)
    page.locator(".app-slots button").first.click()
    page.get_by_role("button", name="Umów wizytę").click()
    expect(page.locator("h1")).to_have_text("Wizyta umówiona")
    page.get_by_role("link", name="Zmień termin").click()
    page.locator(".app-slots button").nth(2).click()
    page.get_by_role("button", name="Zmień wizytę").click()
    expect(page.locator("h1")).to_have_text("Wizyta zmieniona")
    page.get_by_role("link", name="Odwołaj wizytę").click()
    page.get_by_role("button", name="Odwołaj wizytę").click()
    expect(page.locator("h1")).to_have_text("Wizyta odwołana")
    assert heard == []
    page.context.close()


def test_the_way_to_a_visit_needs_no_mouse(machine: Browser, front_door_url: str) -> None:
    page = a_page(machine, front_door_url, 1280, locale="pl-PL")
    be(page, "patient-3", "/moje")
    page.goto("/terminy")
    reached = None
    for _ in range(40):
        page.keyboard.press("Tab")
        reached = page.evaluate("() => document.activeElement.getAttribute('name')")
        if reached == "slot":
            break
    assert reached == "slot"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/sprawdz/"))
    page.locator("form[action$='/oddaj'] button").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/terminy"))
    page.context.close()

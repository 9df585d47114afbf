"""Every page in a real browser: axe finds nothing, nothing is cut off, the console is silent."""

import re

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.e2e.test_dose import Person
from tests.e2e.test_point_pages import number_of
from tests.e2e.test_waiting import the_last_place_of_a_slot
from tests.support.pages import a_page, be, check, looks_in, press_alt

FOR_EVERYBODY = [
    *("/", "/terminy", "/terminy?postcode=99-9", "/kod", "/prywatnosc", "/deklaracja-dostepnosci"),
    *("/nie-ma", "/auth/callback?state=none"),
]


def cancel_all(page: Page) -> None:
    """Cancel what other tests have booked for this person."""
    page.goto("/moje")
    standing = page.locator(".app-card--visit a[href$='/odwolaj']")
    while standing.count():
        standing.first.click()
        page.locator("button.govuk-button--warning").click()
        expect(page).to_have_url(re.compile("done=cancelled"))
        page.goto("/moje")


@pytest.mark.parametrize("language", ["pl", "en", "uk"])
def test_pages_for_everybody_leave_nobody_out(
    machine: Browser, front_door_url: str, language: str
) -> None:
    page = a_page(machine, front_door_url)
    for path in FOR_EVERYBODY:
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        check(page, looks_in(language))
        expect(page.locator("html")).to_have_attribute("lang", language)
    page.goto("/kod")
    page.locator("main form button").click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page, looks_in(language))
    page.context.close()


def test_a_patient_s_way_leaves_nobody_out(machine: Browser, front_door_url: str) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "patient", "/moje")
    cancel_all(page)
    for path in ("/moje", "/moje/dane", "/terminy", "/punkt"):
        page.goto(path)
        check(page)
    page.goto("/terminy")
    page.locator(".app-slots button").first.click()
    expect(page).to_have_url(re.compile("/sprawdz/"))
    check(page)
    kept = page.url
    page.locator("form[action$='/oddaj'] button").click()
    expect(page).to_have_url(re.compile("/terminy"))
    page.locator(".app-point a[href^='/rezerwa']").first.click()
    check(page)
    page.locator("input[name='wanted']").first.check()
    page.locator("#phone").fill("600 000 009")
    page.locator("#within").check()
    page.locator("#consent").check()
    page.locator("form[action='/rezerwa'] button").click()
    expect(page.locator("form[action$='/zrezygnuj']")).to_be_visible()
    check(page)
    page.locator("form[action$='/zrezygnuj'] button").click()
    expect(page.locator("form[action$='/zrezygnuj']")).to_have_count(0)
    page.goto(kept)
    expect(page.locator("h1")).to_have_text("Czas na potwierdzenie minął")
    check(page)
    page.context.close()


def test_somebody_was_faster_and_what_is_booked_is_told_and_cancelled(
    machine: Browser, front_door_url: str
) -> None:
    anna, tomasz = Person(front_door_url, "patient"), Person(front_door_url, "proxy")
    [offer] = [one for one in anna("GET", "/v1/me")["eligibility"] if "reason" not in one][:1]
    slot = the_last_place_of_a_slot(tomasz, offer["vaccines"][0])
    hold = tomasz("POST", "/v1/holds", 201, json={"slotId": slot["id"]})
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "patient", "/moje")
    page.goto("/terminy")
    first = page.locator(".app-slots button").first
    first.evaluate("(button, slot) => { button.value = slot }", slot["id"])
    first.click()
    expect(page.locator("h1")).to_have_text("Ktoś był szybszy")
    check(page)
    tomasz("DELETE", f"/v1/holds/{hold['id']}", 204)
    page.locator("main form button").first.click()
    page.get_by_role("button", name="Umów wizytę").click()
    expect(page.locator("h1")).to_have_text("Wizyta umówiona")
    check(page)
    page.goto("/moje")
    check(page)
    page.locator("a[href$='/odwolaj']").click()
    check(page)
    page.get_by_role("button", name="Odwołaj wizytę").click()
    expect(page.locator("h1")).to_have_text("Wizyta odwołana")
    check(page)
    page.context.close()


def test_who_signs_out_is_told_so(machine: Browser, front_door_url: str) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "patient", "/moje")
    # The page goes on to the provider by itself; here it is kept from that, to be looked at.
    page.route("**/session/end**", lambda route: route.abort("aborted"))
    page.get_by_role("button", name="Wyloguj").click()
    expect(page.locator("main a[href*='/session/end']")).to_be_visible()
    check(page)
    page.context.close()


def test_a_desk_calls_who_waits_for_a_leftover_dose(machine: Browser, front_door_url: str) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "point-registrar", "/punkt")
    page.locator(".app-nav a[href$='/rezerwa']").click()
    check(page)
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


def test_a_call_tells_what_has_happened_and_leaves_nobody_out(
    machine: Browser, front_door_url: str
) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "agent", "/infolinia")
    check(page)
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
    be(page, "patient-3", "/moje")
    cancel_all(page)
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
    page.context.close()

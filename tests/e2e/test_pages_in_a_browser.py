"""Every page in a real browser: axe finds nothing, nothing is cut off, the console is silent."""

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from emulators.suite.google_tools import ToolMissing
from emulators.suite.installs.chromium import chromium
from tests.support.emulators import or_skip

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Widths of a small telephone, a tablet and a desk; half the looks in the dark.
LOOKS = [(360, "light"), (768, "dark"), (1280, "light"), (390, "dark")]
FOR_EVERYBODY = ["/", "/terminy", "/terminy?postcode=99-9", "/prywatnosc", "/nie-ma"]
STATEMENT = "/deklaracja-dostepnosci"
CUT = 300


def _binary() -> str:
    found = chromium()
    if found is None:
        raise ToolMissing("Chromium is missing: apt-get install chromium")
    return str(found)


@pytest.fixture(scope="module")
def machine() -> Iterator[Browser]:
    binary = or_skip(_binary)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        yield launched
        launched.close()


def a_page(machine: Browser, base: str, width: int = 1280, **options: Any) -> Page:
    context = machine.new_context(
        base_url=base, viewport={"width": width, "height": 900}, **options
    )
    context.set_default_timeout(15_000)
    return context.new_page()


def check(page: Page) -> None:
    """Hold the page that is shown against the rules, and against its width."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate(f"() => axe.run(document, {{runOnly: {RULES}}})")
    wrong = [
        (one["id"], [node["html"][:CUT] for node in one["nodes"]]) for one in found["violations"]
    ]
    assert not wrong, page.url
    assert page.evaluate(OVERFLOW) <= 0, f"{page.url} is wider than the screen"


def be(page: Page, persona: str, path: str) -> None:
    """Go to a page that asks to sign in, and be a persona at the provider."""
    page.goto(path)
    page.locator(f"button[value='{persona}']").click()
    expect(page.locator("main")).to_be_visible()


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

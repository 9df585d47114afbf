"""Each task from end to end, in every language, at every width, with scripts and without.

Of the three, each pair of values meets in some run. What is pressed is found by where it leads, not
by its words, since those are what differs.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Error, Page, Response, expect

from erejestracja.domain import calendar
from tests.e2e.test_pages_in_a_browser import cancel_all
from tests.e2e.test_point_pages import MEDIC_NUMBER, number_of
from tests.support import pages
from tests.support.pages import a_page, be_again

LANGUAGES = ("pl", "en", "uk")
WIDTHS = (360, 390, 768, 1280)
# (language, width, scripts): all languages at all widths; scripts are off in every second run.
RUNS = [
    (language, width, (n + m) % 2 == 0)
    for n, language in enumerate(LANGUAGES)
    for m, width in enumerate(WIDTHS)
]
# Who comes to the point without a visit; nobody else of these tests is them.
COMES = "patient-5"
# What a page of a patient may weigh on its way, packed, in bytes; scripts together.
HEAVIEST_PAGE, HEAVIEST_SCRIPTS = 15 * 1024, 30 * 1024
runs = pytest.mark.parametrize(("language", "width", "scripts"), RUNS)


@contextmanager
def somebody(
    machine: Browser, base: str, run: tuple[str, int, bool], who: tuple[str, str]
) -> Iterator[Page]:
    """Be a persona in a language; nothing is wider than the screen."""
    language, width, scripts = run
    page = a_page(machine, base, width, java_script_enabled=scripts, locale=f"{language}-PL")
    be_again(page, *who)
    page.goto(f"{who[1]}?lang={language}")
    page.on("load", _fits)
    yield page
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.context.close()


def _fits(page: Page) -> None:
    # A page that is left before all of it has come is not looked at.
    with suppress(Error):
        shown.append((page.url, page.evaluate(pages.OVERFLOW)))


shown: list[tuple[str, int]] = []


@pytest.fixture(autouse=True)
def nothing_is_too_wide() -> Iterator[None]:
    shown.clear()
    yield
    assert [one for one in shown if one[1] > 0] == []


def press(page: Page, action: str) -> None:
    """Send the form whose address ends like this."""
    page.locator(f"form[action$='{action}'] button:not([name])").first.click()


@runs
def test_a_person_finds_keeps_books_moves_and_cancels(
    machine: Browser, front_door_url: str, language: str, width: int, scripts: bool
) -> None:
    run = (language, width, scripts)
    with somebody(machine, front_door_url, run, ("patient-3", "/moje")) as page:
        weights = _weighed(page)
        cancel_all(page)
        page.locator("a[href^='/terminy']").first.click()
        page.locator(".app-slots button").first.click()
        expect(page).to_have_url(re.compile("/sprawdz/"))
        press(page, "/przedluz")
        page.locator("main form[action*='/umow/'] button").click()
        expect(page.locator(".app-panel--booked")).to_be_visible()
        number = page.locator(".app-panel .app-number").inner_text()
        with page.expect_download() as file:
            page.locator("a[href$='.ics']").click()
        assert file.value.path().read_text("utf-8").startswith("BEGIN:VCALENDAR")

        page.locator("a[href^='/terminy?visit=']").click()
        page.locator(".app-slots button").nth(1).click()
        page.locator("main form[action*='/umow/'] button").click()
        expect(page.locator(".app-panel--moved")).to_be_visible()
        assert page.locator(".app-panel .app-number").inner_text() == number
        page.goto("/moje/dane")
        expect(page.locator("main")).to_be_visible()
        cancel_all(page)
        expect(page.locator(".app-card--visit a[href$='/odwolaj']")).to_have_count(0)
        assert weights["document"]
        assert max(weights["document"].values()) <= HEAVIEST_PAGE
        assert sum(weights["script"].values()) <= HEAVIEST_SCRIPTS


def _weighed(page: Page) -> dict[str, dict[str, int]]:
    """Return a table that is filled with what each address weighs, by kind."""
    found: dict[str, dict[str, int]] = {"document": {}, "script": {}}

    def weigh(response: Response) -> None:
        kind = found.get(response.request.resource_type)
        if kind is not None:
            kind[response.url] = int(response.headers.get("content-length", 0))

    page.on("response", weigh)
    return found


@runs
def test_an_agent_books_for_a_caller_and_takes_it_back(
    machine: Browser, front_door_url: str, language: str, width: int, scripts: bool
) -> None:
    run = (language, width, scripts)
    with somebody(machine, front_door_url, run, ("agent", "/infolinia")) as page:
        if page.locator("form[action$='/koniec']").count():
            press(page, "/koniec")  # a test that was cut off has left its call open
        press(page, "/rozmowy")
        page.locator("#pesel").fill(number_of("patient"))
        press(page, "/osoba")
        press(page, "/zgadza-sie")
        page.locator(".app-proposal__key").first.click()
        press(page, "/umow")
        expect(page.locator("main .app-number")).to_be_visible()
        page.locator("form[action$='/odwolaj']").locator("xpath=ancestor::details/summary").click()
        press(page, "/odwolaj")
        expect(page.locator("form[action$='/odwolaj']")).to_have_count(0)
        press(page, "/koniec")
        expect(page.locator("form[action$='/rozmowy'] button")).to_be_visible()


@runs
def test_a_medic_records_a_dose_in_two_actions_and_takes_it_back(
    machine: Browser, front_door_url: str, language: str, width: int, scripts: bool
) -> None:
    run = (language, width, scripts)
    with somebody(machine, front_door_url, run, ("point-medic", "/punkt")) as page:
        home = page.url.partition("?")[0]
        there_is_a_lot(page, home)
        somebody_is_there(page, home)
        page.locator("a[href$='/szczepienie']").first.click()
        if not page.locator("[name=performer]").input_value():
            # Once a shift: the next form has what this one had.
            page.locator("[name=site]").first.check()
            page.locator("[name=performer]").fill(MEDIC_NUMBER)
        press(page, "/szczepienie")
        expect(page.locator(".app-panel")).to_be_visible()
        page.locator("main details summary").last.click()
        page.locator("[name=note]").fill("próba")
        press(page, "/cofnij")
        expect(page.locator("main .app-tag--cancelled")).to_be_visible()


def there_is_a_lot(page: Page, home: str) -> None:
    page.goto(f"{home}/bez-terminu")
    page.locator("#pesel").fill(number_of(COMES))
    press(page, "/bez-terminu")
    wanted = page.locator("[name=wanted]").first.get_attribute("value") or ""
    page.goto(f"{home}/zapas/dostawa")
    page.locator("[name=lot]").fill("TRAVEL-01")
    page.locator("[name=vaccine]").select_option(wanted.split()[1])
    until = calendar.local_day(datetime.now(UTC)) + timedelta(days=60)
    page.locator("[name=expires_on]").fill(until.isoformat())
    page.locator("[name=doses_per_vial]").fill("6")
    page.locator("[name=doses]").fill("12")
    press(page, "/dostawa")


def somebody_is_there(page: Page, home: str) -> None:
    """Have somebody come without a visit, unless one who came is on the list."""
    page.goto(home)
    if page.locator("a[href$='/szczepienie']").count():
        return
    page.goto(f"{home}/bez-terminu")
    page.locator("#pesel").fill(number_of(COMES))
    press(page, "/bez-terminu")
    press(page, "/wizyta")
    page.goto(home)


@runs
def test_a_manager_opens_hours_sees_what_that_means_and_undoes_it(
    machine: Browser, front_door_url: str, language: str, width: int, scripts: bool
) -> None:
    run = (language, width, scripts)
    with somebody(machine, front_door_url, run, ("point-admin", "/punkt")) as page:
        home = page.url.partition("?")[0]
        on = calendar.local_day(datetime.now(UTC)) + timedelta(days=4)
        page.goto(f"{home}/tydzien/zasady/nowa")
        page.locator("[name=vaccines]").first.check()
        page.locator(f"[name=weekdays][value='{on.isoweekday()}']").check()
        for name, value in {"opens": "20:30", "closes": "21:30", "step": "20"}.items():
            page.locator(f"[name={name}]").fill(value)
        page.locator("[name=places]").fill("2")
        for name in ("valid_from", "valid_to"):
            page.locator(f"[name={name}]").fill(on.isoformat())
        page.locator("[name=visibility][value=internal]").check()
        page.locator("[name=on_holidays]").check()
        press(page, "/nowa")
        expect(page.locator(".app-impact__more")).to_contain_text("6")
        page.locator("main form button:not([name])").click()
        expect(page.locator(".app-notice--success")).to_be_visible()
        page.goto(f"{home}/tydzien?on={on}")
        expect(page.locator("main")).to_contain_text("20:30–21:30")
        page.go_back()
        page.locator("a[href$='/cofnij']").click()
        page.locator("main form button:not([name])").click()
        expect(page.locator(".app-notice--success")).to_be_visible()
        page.goto(f"{home}/tydzien?on={on}")
        expect(page.locator("main")).not_to_contain_text("20:30–21:30")

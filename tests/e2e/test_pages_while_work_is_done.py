"""What people see while work is done on the suite: pages that are closed, or only show."""

from playwright.sync_api import Browser, expect

from tests.support.beside import beside
from tests.support.pages import a_page, check


def test_pages_that_are_closed_say_so_in_every_language(machine: Browser) -> None:
    with beside("patient_web", PAGES_MODE="closed") as base:
        page = a_page(machine, base)
        for language in ("pl", "en", "uk"):
            answer = page.goto(f"/?lang={language}")
            assert answer
            assert answer.status == 503
            check(page)
        page.context.close()


def test_pages_that_only_show_say_so_and_keep_nothing(machine: Browser) -> None:
    with beside("patient_web", PAGES_MODE="readOnly") as base:
        page = a_page(machine, base, locale="pl-PL")
        page.goto("/kod")
        expect(page.locator(".app-notice--wait").first).to_be_visible()
        check(page)
        page.locator("main form button").click()
        expect(page.locator("main form")).to_have_count(0)
        check(page)
        page.context.close()

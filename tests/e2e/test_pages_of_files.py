"""A point's files in a real browser: shown, taken in, and held to the rules of pages."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, FilePayload, expect

from erejestracja.domain import calendar
from tests.support.pages import a_page, be, check


def test_a_file_of_rules_is_shown_row_by_row_and_taken_in(
    machine: Browser, front_door_url: str
) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "point-admin", "/punkt")
    page.goto(f"{page.url.partition('?')[0]}/tydzien/zasady/nowa")
    vaccine = page.locator("[value^='cov19']").first.get_attribute("value")
    page.goto(page.url.replace("/zasady/nowa", "/plik"))
    check(page)
    day = calendar.local_day(datetime.now(UTC)) + timedelta(days=4)
    rule = f"{day.isoweekday()};22:00;23:00;20;1;{vaccine};{day};{day};yes"
    text = (
        "key;weekdays;from;to;step;places;vaccine;validFrom;validTo;holidays\n"
        f"late;{rule}\nwrong;{rule.replace(';20;', ';0;')}\n"
    )
    file: FilePayload = {"name": "zasady.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("#file").set_input_files(file)
    page.locator("form[enctype] button").click()
    expect(page.locator("tbody th")).to_have_text("3")
    check(page)
    page.locator("form[enctype] button").click()
    expect(page.locator(".app-notice--success")).to_be_visible()
    check(page)
    page.context.close()


def test_a_file_of_a_standby_list_tells_of_each_row_that_is_not_taken_in(
    machine: Browser, front_door_url: str
) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "point-admin", "/punkt")
    page.goto(f"{page.url.partition('?')[0]}/rezerwa")
    page.locator("a[href$='/rezerwa/plik']").click()
    check(page)
    text = "pesel;programme;vaccines;until;consent\n;;;;no\n"
    file: FilePayload = {"name": "rezerwa.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("#file").set_input_files(file)
    page.locator("form[enctype] button").click()
    expect(page.locator("tbody th")).to_have_text("2")
    check(page)
    page.context.close()

"""A walk by every page of a point: each is held against the rules, and what was done is undone."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, expect

from erejestracja.domain import calendar
from tests.e2e.test_dose import Person, booked
from tests.e2e.test_journeys import press, somebody_is_there, there_is_a_lot
from tests.e2e.test_point_pages import MEDIC_NUMBER, number_of
from tests.e2e.test_waiting import cancel_all
from tests.support.pages import a_page, be, check

# So far ahead that the nation has no hours of its own there.
AHEAD = timedelta(days=20)
# The line of patient-6, whom no other test needs.
PUT_OFF = "tr:has-text('Zenon')"
AGREE = "main form button:not([name])"


def a_point(machine: Browser, base: str, persona: str) -> tuple[Page, str]:
    """Return a page of somebody of staff, and the address of their point."""
    page = a_page(machine, base, locale="pl-PL")
    be(page, persona, "/punkt")
    return page, page.url.partition("?")[0]


def see(page: Page, address: str) -> None:
    page.goto(address)
    check(page)


def agree(page: Page) -> None:
    """See what would be done, and agree to it."""
    check(page)
    page.locator(AGREE).first.click()


def test_pages_of_hours_leave_nobody_out(machine: Browser, front_door_url: str) -> None:
    page, home = a_point(machine, front_door_url, "point-admin")
    on = calendar.local_day(datetime.now(UTC)) + AHEAD
    week = f"{home}/tydzien"
    see(page, f"{week}?on={on}")
    see(page, f"{week}/zasady/nowa")
    page.locator("[name=opens]").fill("")
    press(page, "/nowa")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page)
    page.goto(f"{week}/zasady/nowa")
    for box in page.locator("[name=weekdays]").all():
        box.uncheck()
    page.locator(f"[name=weekdays][value='{on.isoweekday()}']").check()
    page.locator("[name=vaccines]").first.check()
    for name, value in {"opens": "20:00", "closes": "21:00", "step": "20"}.items():
        page.locator(f"[name={name}]").fill(value)
    for name in ("valid_from", "valid_to"):
        page.locator(f"[name={name}]").fill(on.isoformat())
    page.locator("[name=on_holidays]").check()
    press(page, "/nowa")
    agree(page)
    check(page)
    edit = page.url.partition("?")[0]
    rule = edit.partition("/zmiany")[0]
    for address in (f"{edit}/cofnij", f"{week}/zasady", rule, f"{week}?on={on}"):
        see(page, address)

    page.locator(".app-open__in", has_text="20:00").last.click()
    check(page)
    page.locator("main td a").first.click()
    check(page)
    _copied(page, f"{week}/kopia?from={on}")
    _blocked(page, f"{week}/wiele-dni?from={on}")
    _substituted(page, f"{week}/szczepionka?day={on}")
    _looked_at_for_today(page, f"{week}/szczepionka")
    _closed(page, f"{week}/zamkniecie?on={on}")
    page.goto(f"{rule}/koniec")
    agree(page)
    expect(page.locator(".app-notice--success")).to_be_visible()
    page.context.close()


def _copied(page: Page, address: str) -> None:
    """Copy a day, and undo it."""
    see(page, address)
    page.locator("[name=span][value=day]").check()
    _done_and_undone(page)
    expect(page.locator(".app-week")).to_be_visible()


def _blocked(page: Page, address: str) -> None:
    """Block the slots of some days, and undo it."""
    see(page, address)
    page.locator("[name=blocks][value=block]").check()
    _done_and_undone(page)
    expect(page.locator(".app-notice--success")).to_be_visible()


def _substituted(page: Page, address: str) -> None:
    """Give another vaccine on a day, and undo it."""
    see(page, address)
    page.locator("[name=to]").select_option(index=1)
    _done_and_undone(page)
    expect(page.locator(".app-notice--success")).to_be_visible()


def _looked_at_for_today(page: Page, address: str) -> None:
    """Ask who may have another vaccine today; at night there is nothing to change."""
    see(page, f"{address}?day={calendar.local_day(datetime.now(UTC))}")
    expect(page.locator("main")).to_contain_text("które się jeszcze nie zaczęły")
    page.locator("[name=to]").select_option(index=1)
    page.locator(AGREE).click()
    expect(page.locator(".govuk-error-summary, main .app-impact")).to_be_visible()
    check(page)


def _done_and_undone(page: Page) -> None:
    """Send the form that is filled in, agree to what it does, and go the same way back."""
    page.locator(AGREE).click()
    agree(page)
    check(page)
    page.locator("a[href$='/cofnij']").click()
    agree(page)


def _closed(page: Page, address: str) -> None:
    """Shut the point for a day, and open it again."""
    see(page, address)
    page.locator(AGREE).click()
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page)
    page.locator("[name=reason]").last.check()
    page.locator(AGREE).click()
    agree(page)
    check(page)
    page.locator(AGREE).click()
    expect(page.locator("main .app-tag--cancelled")).to_be_visible()


def test_pages_of_doses_leave_nobody_out(machine: Browser, front_door_url: str) -> None:
    page, home = a_point(machine, front_door_url, "point-admin")
    on = calendar.local_day(datetime.now(UTC)) + AHEAD
    for name in ("prognoza", "zaopatrzenie", "zaopatrzenie/zasady", "zaopatrzenie/nowa"):
        see(page, f"{home}/{name}")
    press(page, "/nowa")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page)
    page.locator("[name=doses]").fill("60")
    page.locator("[name=expected_on]").fill(on.isoformat())
    press(page, "/nowa")
    check(page)
    page.locator("main tbody tr", has_text="zapowiedziana").last.locator("a").click()
    check(page)
    _called_off(page)
    _fridge_emptied(page, f"{home}/zapas")
    _replanned(page, f"{home}/zaopatrzenie")

    see(page, f"{home}/zapas/dostawa")
    press(page, "/dostawa")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page)
    there_is_a_lot(page, home)
    check(page)
    page.locator("main tbody a").first.click()
    check(page)
    page.context.close()


def _fridge_emptied(page: Page, stock: str) -> None:
    """Enter all doses that are left as waste: with them, hours would rely on no delivery."""
    page.goto(stock)
    lots = page.locator("main tbody tr", has=page.locator("a"))
    for left in range(lots.count(), 0, -1):
        expect(lots).to_have_count(left)
        doses = lots.first.locator("td").nth(2).inner_text()
        lots.first.locator("a").click()
        page.locator("[name=doses]").fill(doses)
        page.locator(AGREE).click()
    expect(lots).to_have_count(0)


def _replanned(page: Page, supplies: str) -> None:
    """Have a delivery that hours rely on not come, and undo what that does to them."""
    page.goto(f"{supplies}/zasady")
    box = page.locator("[name=controlled]").first
    vaccine = box.get_attribute("value")
    box.check()
    page.locator(AGREE).click()
    page.goto(f"{supplies}/nowa")
    page.locator("[name=vaccine]").select_option(vaccine)
    page.locator("[name=doses]").fill("4000")
    tomorrow = calendar.local_day(datetime.now(UTC)) + timedelta(days=1)
    page.locator("[name=expected_on]").fill(tomorrow.isoformat())
    page.locator("[name=confirmed]").check()
    press(page, "/nowa")
    relied_on = page.locator("main tbody tr", has_text="potwierdzona").filter(has_text="4000")
    relied_on.locator("a").click()
    page.locator("[name=status]").select_option("cancelled")
    page.locator(AGREE).click()
    agree(page)
    check(page)
    page.locator(AGREE).click()
    expect(page.locator("main .app-tag--cancelled")).to_be_visible()
    page.goto(f"{supplies}/zasady")
    page.locator("[name=controlled]").first.uncheck()
    page.locator(AGREE).click()
    # Nothing relies on it any more, so that it may be gone for good.
    relied_on.locator("a").click()
    _called_off(page)


def _called_off(page: Page) -> None:
    """Say of a delivery that nothing relies on that it will not come."""
    page.locator("[name=status]").select_option("cancelled")
    page.locator(AGREE).click()
    expect(page.locator("main tbody")).to_be_visible()


def test_pages_of_a_visit_leave_nobody_out(machine: Browser, front_door_url: str) -> None:
    page, home = a_point(machine, front_door_url, "point-medic")
    there_is_a_lot(page, home)
    somebody_is_there(page, home)
    check(page)
    see(page, f"{home}/bez-terminu")
    press(page, "/bez-terminu")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page)
    page.locator("#pesel").fill(number_of("patient-4"))
    press(page, "/bez-terminu")
    check(page)
    page.goto(home)
    page.locator("a[href$='/odroczenie']").first.click()
    check(page)
    press(page, "/odroczenie")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page)
    see(page, page.url.replace("/odroczenie", "/zamiana"))
    see(page, page.url.replace("/zamiana", "/szczepienie"))
    page.locator("[name=performer]").fill("1")
    press(page, "/szczepienie")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page)
    page.locator("[name=performer]").fill(MEDIC_NUMBER)
    press(page, "/szczepienie")
    expect(page.locator(".app-panel")).to_be_visible()
    check(page)
    _undone(page)
    expect(page.locator("main .app-tag--cancelled")).to_be_visible()
    check(page)
    page.context.close()


def test_who_may_have_a_dose_that_somebody_was_put_off_from(
    machine: Browser, front_door_url: str
) -> None:
    page, home = a_point(machine, front_door_url, "point-medic")
    anna = Person(front_door_url, "patient")
    cancel_all(anna)
    visit = booked(anna, home.rpartition("/")[2])
    _somebody_is_put_off(page, home, visit["vaccine"])
    page.goto(home)
    page.locator(f"{PUT_OFF} a[href$='/zamiana']").click()
    expect(page.locator("main")).to_contain_text("Anna Przykładowa")
    check(page)
    press(page, "/zamiana")
    expect(page.locator(".app-panel")).to_be_visible()
    _undone(page)
    expect(page.locator(".app-notice--success")).to_be_visible()
    check(page)
    cancel_all(anna)
    press(page, "/zamiana")
    expect(page.locator(".govuk-error-summary")).to_be_visible()
    check(page)
    page.context.close()


def _undone(page: Page) -> None:
    """Say of what was just done that it was a mistake, and why."""
    page.locator("main details summary").last.click()
    check(page)
    page.locator("[name=note]").fill("próba")
    press(page, "/cofnij")


def _somebody_is_put_off(page: Page, home: str, vaccine: str) -> None:
    """Have somebody come and told to come later, unless that was so before."""
    page.goto(home)
    if page.locator(f"{PUT_OFF} a[href$='/zamiana']").count():
        return
    page.goto(f"{home}/bez-terminu")
    page.locator("#pesel").fill(number_of("patient-6"))
    press(page, "/bez-terminu")
    page.locator(f"[name=wanted][value$=' {vaccine}']").check()
    press(page, "/wizyta")
    page.locator(f"{PUT_OFF} a[href$='/odroczenie']").click()
    page.locator("[name=reason]").first.check()
    later = calendar.local_day(datetime.now(UTC)) + timedelta(days=1)
    page.locator("[name=until]").fill(later.isoformat())
    press(page, "/odroczenie")
    expect(page).to_have_url(re.compile("/zamiana$"))


def test_pages_of_a_region_leave_nobody_out(machine: Browser, front_door_url: str) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    be(page, "coordinator-national", "/punkt/region")
    check(page)
    see(page, "/punkt/region/14")
    page.locator("main a[href^='/punkt/region/14/']").first.click()
    check(page)
    page.context.close()


def test_pages_of_who_may_not_and_of_no_network_leave_nobody_out(
    machine: Browser, front_door_url: str
) -> None:
    page, _ = a_point(machine, front_door_url, "medic-of-two")
    expect(page.locator("main a[href^='/punkt/']")).to_have_count(2)
    check(page)
    page.locator("main a[href^='/punkt/']").last.click()
    check(page)
    for address in (
        "/punkt/bez-polaczenia",
        "/punkt/nie-ma",
        "/infolinia",
        f"{page.url}/tydzien/plik",
    ):
        see(page, address)
    page.context.close()

"""A point whose network goes: today's list stays to be read, and nothing is taken for saved."""

from playwright.sync_api import Browser, Error, Page, expect

from tests.support.pages import a_page, be, check

KEPT = """() => navigator.serviceWorker.ready.then(() => caches.open('point-1'))
  .then((shelf) => shelf.keys()).then((kept) => kept.map((one) => new URL(one.url).pathname))"""


def test_the_list_of_today_outlives_the_network_and_goes_with_its_session(
    machine: Browser, front_door_url: str
) -> None:
    page = a_page(machine, front_door_url, 768, locale="pl-PL")
    be(page, "point-registrar", "/punkt")
    home = page.url
    assert "/punkt/bez-polaczenia" in page.evaluate(KEPT)
    # The first look came before there was anybody to keep it.
    page.goto(home)
    expect(page.locator("#kept")).to_be_hidden()

    page.context.set_offline(True)
    page.goto(home)
    expect(page.locator("#kept")).to_contain_text("Nie ma połączenia")
    expect(page.locator(".app-counts")).to_be_visible()
    check(page)
    page.locator("form[action$='/szukaj'] button").click()
    expect(page.locator("h1")).to_have_text("Nie ma połączenia")
    check(page)

    page.context.set_offline(False)
    page.get_by_role("button", name="Spróbuj ponownie").click()
    expect(page.locator("#kept")).to_be_hidden()
    page.get_by_role("button", name="Wyloguj").click()
    page.wait_for_url("**/session/end**")
    page.context.set_offline(True)
    assert _is_away(page, home)
    page.context.close()


def _is_away(page: Page, address: str) -> bool:
    """Tell whether nothing at all answers at an address."""
    try:
        page.goto(address)
    except Error:
        return True
    return False

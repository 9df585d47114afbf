"""Somebody without a national identity, in a real browser: two numbers, a code, a visit."""

import os
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from emulators.walkthrough.caller import Phone
from tests.e2e.test_dose import Person
from tests.e2e.test_pages_in_a_browser import cancel_all
from tests.e2e.test_point_pages import number_of
from tests.support.pages import a_page, check

WHO = "patient-3"


def _ask(page: Page, pesel: str, referral: str) -> None:
    page.goto("/")
    page.get_by_role("link", name="Wejdź kodem SMS").click()
    page.get_by_label("Numer PESEL").fill(pesel)
    page.get_by_label("Numer e-skierowania").fill(referral)
    page.get_by_role("button", name="Wyślij kod").click()
    expect(page.locator("h1")).to_have_text("Wpisz kod z SMS-a")


@pytest.mark.parametrize(("width", "scripts"), [(360, True), (768, False)])
def test_a_code_from_the_telephone_opens_one_referral(
    machine: Browser, front_door_url: str, width: int, scripts: bool
) -> None:
    me = Person(front_door_url, WHO)("GET", "/v1/me")
    phone = Phone(os.environ["SMS_URL"], me["person"]["phone"])
    page = a_page(machine, front_door_url, width, locale="pl-PL", java_script_enabled=scripts)
    _ask(page, number_of(WHO), me["referrals"][0]["id"])
    found = re.search(r"\d{6}", phone.next_message()["message"])
    assert found
    if scripts:
        check(page)
    page.get_by_label("Kod").fill(f"{(int(found.group()) + 1) % 10**6:06}")
    page.get_by_role("button", name="Wejdź").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Ten kod nie pasuje")
    if scripts:
        check(page)
    page.get_by_label("Kod").fill(found.group())
    page.get_by_role("button", name="Wejdź").click()
    expect(page.locator("h1")).to_have_text("Moje szczepienia")
    cancel_all(page)
    page.get_by_role("button", name="Wybierz termin").click()
    page.locator(".app-slots button").first.click()
    page.get_by_role("button", name="Umów wizytę").click()
    expect(page.locator("h1")).to_have_text("Wizyta umówiona")
    page.get_by_role("link", name="Odwołaj wizytę").click()
    page.get_by_role("button", name="Odwołaj wizytę").click()
    expect(page.locator("h1")).to_have_text("Wizyta odwołana")
    page.goto("/moje/dane")
    expect(page.locator("h1")).not_to_have_text("Moje dane")
    page.locator(".app-user button").click()
    expect(page.locator("main")).not_to_contain_text("Wizyta")
    page.context.close()


def test_nobody_is_told_whether_there_is_such_a_person(
    machine: Browser, front_door_url: str
) -> None:
    page = a_page(machine, front_door_url, locale="pl-PL")
    _ask(page, number_of("patient-2"), "no-such-referral")
    for _ in range(5):
        page.get_by_label("Kod").fill("000000")
        page.get_by_role("button", name="Wejdź").click()
    expect(page.locator("h1")).to_have_text("Ten kod już nie działa")
    check(page)
    page.context.close()

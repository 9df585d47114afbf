"""Somebody cancels, and who waits gets the message and the place, through the front door."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from emulators.walkthrough.caller import Phone
from emulators.walkthrough.steps import WARSAW
from tests.e2e.test_dose import Person
from tests.support.pages import a_page, be, check

WITHIN_S = 30
FIT_ON = timedelta(hours=6)


def awaited(look: Callable[[], Any]) -> Any:
    """Look until there is something to be seen."""
    give_up = time.monotonic() + WITHIN_S
    while not (found := look()):
        assert time.monotonic() < give_up, "it did not happen"
        time.sleep(0.3)
    return found


def cancel_all(person: Person) -> None:
    for visit in person("GET", "/v1/me")["visits"]:
        if visit["status"] == "booked":
            person("POST", f"/v1/visits/{visit['id']}:cancel", json={"reason": "patient"})


def the_last_place_of_a_slot(person: Person, vaccine: str) -> Any:
    query = f"/v1/slots?voivodeship=14&dose=1&vaccine={vaccine}&pageSize=100"
    soon = datetime.now(UTC) + FIT_ON
    return next(
        slot
        for slot in person("GET", query)["slots"]
        if slot["free"] == 1 and datetime.fromisoformat(slot["startAt"]) > soon
    )


def this_time_alone(slot: Any) -> dict[str, Any]:
    """Return the wish for one time at one point."""
    starts = datetime.fromisoformat(slot["startAt"]).astimezone(WARSAW)
    day = starts.date().isoformat()
    return {
        "point": slot["point"]["id"],
        "vaccine": slot["vaccine"],
        "from": day,
        "to": day,
        "hourFrom": f"{starts:%H:%M}",
        "hourTo": f"{starts + timedelta(minutes=1):%H:%M}",
    }


def test_who_waits_gets_the_place_that_another_gave_up(front_door_url: str) -> None:
    anna, tomasz = Person(front_door_url, "patient"), Person(front_door_url, "proxy")
    for person in (anna, tomasz):
        cancel_all(person)
    me = anna("GET", "/v1/me")
    [offer] = [one for one in me["eligibility"] if "reason" not in one][:1]
    slot = the_last_place_of_a_slot(anna, offer["vaccines"][0])
    body = {"slotId": slot["id"], "referralId": offer["referralId"]}
    visit = anna("POST", "/v1/visits", 201, json=body)
    phone = Phone(os.environ["SMS_URL"], tomasz("GET", "/v1/me")["person"]["phone"].lstrip("+"))

    tomasz("POST", "/v1/waiting", 201, json={"criteria": this_time_alone(slot)})
    anna("POST", f"/v1/visits/{visit['id']}:cancel", json={"reason": "patient"})
    [entry] = awaited(lambda: [e for e in tomasz("GET", "/v1/waiting")["entries"] if "offer" in e])
    assert entry["offer"]["slot"]["id"] == slot["id"]
    message = phone.next_message()
    starts = datetime.fromisoformat(slot["startAt"]).astimezone(WARSAW)
    assert f"{starts:%d.%m.%Y %H:%M}" in message["message"]
    assert (message["parts"], "pacjent.gov.pl" in message["message"]) == (1, True)

    taken = tomasz("POST", f"/v1/waiting/{entry['id']}:accept")
    assert (taken["slot"]["id"], taken["status"]) == (slot["id"], "booked")
    assert tomasz("GET", "/v1/waiting")["entries"] == []
    cancel_all(tomasz)


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1280, True)])
def test_pages_of_waiting_leave_nobody_out(
    machine: Browser, front_door_url: str, width: int, scripts: bool
) -> None:
    looks: dict[str, Any] = {"java_script_enabled": scripts, "locale": "pl-PL"}
    page = a_page(machine, front_door_url, width, **looks)
    hold = check if scripts else _shown
    be(page, "proxy", "/moje")
    page.goto("/terminy?voivodeship=14")
    page.get_by_role("link", name="Daj znać, gdy zwolni się termin").click()
    hold(page)
    page.get_by_role("button", name="Czekam na termin").click()
    expect(page.locator("h1")).to_have_text("Czekasz na termin")
    hold(page)
    awaited(lambda: page.goto("/czekam") and page.locator("#clock").count())
    hold(page)
    page.get_by_role("button", name="Nie pasuje mi").click()
    expect(page.locator("main")).to_contain_text("Odmówiono")
    page.goto("/moje")
    hold(page)
    page.goto("/czekam")
    page.get_by_role("button", name="Nie czekaj dłużej").click()
    expect(page.locator("main")).to_contain_text("Nie czekasz teraz na żaden termin")
    hold(page)
    page.context.close()


def _shown(page: Page) -> None:
    expect(page.locator("h1")).to_be_visible()

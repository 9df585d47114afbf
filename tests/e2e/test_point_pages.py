"""A day and a week of a point in a browser, through the front door, by staff who signed in."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from emulators.suite.places import State
from erejestracja.domain import calendar
from tests.support.browsing import Visitor

LOT = "PAGES-0001"
MEDIC_NUMBER = "2234567"


def number_of(persona: str) -> str:
    """Return the number by which staff find a patient of the test nation."""
    known = json.loads(State().personas.read_text("utf-8"))["personas"]
    [found] = [one for one in known if one["name"] == persona]
    return str(found["pesel"])


def doses_of_today(forecast: str) -> int:
    """Return how many doses a point has, by its forecast: of each vaccine that it knows of."""
    said = re.findall(r"Do podania (?:jest|są) dziś ([\d ]+) daw", forecast)
    return sum(int(one.replace(" ", "")) for one in said)


@pytest.fixture
def visitor(front_door_url: str) -> Visitor:
    return Visitor(front_door_url)


def test_who_comes_without_a_visit_is_vaccinated_and_the_record_taken_back(
    visitor: Visitor,
) -> None:
    assert "Lista dnia" in visitor.sign_in("point-medic", "/punkt")
    home = visitor.page.url.partition("?")[0]

    visitor.open(f"{home}/bez-terminu")
    visitor.send("bez-terminu", pesel=number_of("patient-3"))
    wanted = visitor.first(r'name="wanted"[^>]*value="([^"]+)"')
    assert "w punkcie" in visitor.send("wizyta", wanted=wanted)

    vaccine = wanted.split()[1]
    before = doses_of_today(visitor.open(f"{home}/prognoza"))
    visitor.open(f"{home}/zapas/dostawa")
    until = (datetime.now(UTC) + timedelta(days=90)).date()
    sent = {"lot": LOT, "vaccine": vaccine, "expires_on": until.isoformat()}
    assert LOT in visitor.send("dostawa", **sent, doses_per_vial="6", doses="60")
    assert doses_of_today(visitor.follow("/prognoza")) == before + 60

    visitor.open(home)
    visitor.follow(r"/szczepienie")
    given = {"lot": LOT, "site": "leftDeltoid", "performer": MEDIC_NUMBER}
    assert "Szczepienie zapisane" in visitor.send("szczepienie", **given)
    visitor.open(home)
    assert "Zapis szczepienia" in visitor.follow(r"/szczepienia/[^\"]+")
    assert "cofnięty" in visitor.send("cofnij", note="pomyłka w próbie")


def test_a_coordinator_sees_the_points_of_the_region_and_their_weeks(visitor: Visitor) -> None:
    assert "Województwo mazowieckie" in visitor.sign_in("coordinator", "/punkt")
    assert "Stan na godzinę" in visitor.follow(r"/punkt/region/14/[a-z0-9]+")


def test_staff_of_two_points_go_from_one_to_the_other(visitor: Visitor) -> None:
    assert "Wybierz punkt" in visitor.sign_in("medic-of-two", "/punkt")
    assert "Lista dnia" in visitor.follow(r"/punkt/[a-z0-9]+")
    assert "Wybierz punkt" in visitor.follow("/punkt")


def test_hours_are_opened_seen_in_the_week_and_undone(visitor: Visitor) -> None:
    visitor.sign_in("point-admin", "/punkt")
    home = visitor.page.url.partition("?")[0]
    day = calendar.local_day(datetime.now(UTC)) + timedelta(days=3)

    visitor.open(f"{home}/tydzien/zasady/nowa")
    vaccine = visitor.first(r'name="vaccines"[^>]*value="([^"]+)"')
    rule = {
        "weekdays": [day.isoweekday()],
        "opens": "21:00",
        "closes": "22:00",
        "step": "20",
        "places": "3",
        "vaccines": [vaccine],
        "dose": "0",
        "room": "Gabinet 7",
        "visibility": "internal",
        "valid_from": day.isoformat(),
        "valid_to": day.isoformat(),
        "on_holidays": "1",
    }
    assert "Przybędzie 9 miejsc." in visitor.send("nowa", **rule)
    assert "Zrobione." in visitor.send("nowa")
    edited = visitor.page.url.partition("?")[0]
    week = f"{home}/tydzien?on={day}"
    assert "21:00–22:00" in visitor.open(week)
    assert "zajęte 0 z 9" in visitor.page.text
    assert "Gabinet 7" in visitor.page.text
    visitor.open(f"{home}/tydzien/wiele-dni?from={day}")
    evening = {
        "from": day.isoformat(),
        "to": day.isoformat(),
        "weekdays": [day.isoweekday()],
        "opens": "21:00",
        "closes": "22:00",
        "vaccine": "",
        "visibility": "same",
        "blocks": "block",
    }
    assert "Ubędzie 9 miejsc." in visitor.send("wiele-dni", **evening)
    assert "Nikt nie straci umówionej wizyty." in visitor.page.text
    visitor.open(f"{home}/tydzien/zamkniecie?on={day}")
    shut = {"room": "Gabinet 7", "on": day.isoformat(), "from": "21:00", "to": "21:30"}
    assert "Dotknie 0 wizyt." in visitor.send("zamkniecie", **shut, reason="other", strategy="keep")

    visitor.open(edited)
    assert "Ubędzie 9 miejsc." in visitor.follow("/cofnij")
    assert "Zrobione." in visitor.send("cofnij")
    assert "21:00–22:00" not in visitor.open(week)

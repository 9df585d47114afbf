"""A person's day at a point, through the front door: seen on the list, vaccinated, booked again."""

import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from emulators.suite import environment
from emulators.suite.places import State
from tests.e2e.test_schedule_series import point_of

ROOT = Path(__file__).parents[2]


class Person:
    """Whoever a persona's token is."""

    def __init__(self, base: str, persona: str) -> None:
        command = [str(ROOT / "emulators" / "token"), persona]
        said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        self.token = said.stdout.strip()
        self._base = base

    def __call__(self, method: str, path: str, status: int = 200, **kwargs: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | kwargs.pop("headers", {})
        answer = requests.request(method, self._base + path, headers=headers, timeout=20, **kwargs)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def patient(front_door_url: str) -> Person:
    return Person(front_door_url, "patient-4")


@pytest.fixture
def medic(front_door_url: str) -> Person:
    return Person(front_door_url, "point-medic")


def booked(patient: Person, point: str) -> Any:
    """Book the first place of the point that the person may have."""
    me = patient("GET", "/v1/me")
    offers = [one for one in me["eligibility"] if "reason" not in one]
    query = f"/v1/slots?point={point}&dose={offers[0]['dose']}&pageSize=100"
    may_have = {vaccine for one in offers for vaccine in one["vaccines"]}
    free = [s for s in patient("GET", query)["slots"] if s["vaccine"] in may_have]
    body = {"slotId": free[0]["id"], "referralId": me["referrals"][0]["id"]}
    return patient("POST", "/v1/visits", 201, json=body)


def delivered(medic: Person, point: str, visit: Any) -> Any:
    """Put sixty doses of the visit's vaccine into the point's fridge; return the lot."""
    until = (datetime.now(UTC) + timedelta(days=90)).date()
    delivery = {
        "movement": "delivery",
        "lot": "E2E-0001",
        "vaccine": visit["vaccine"],
        "expiresOn": until.isoformat(),
        "dosesPerVial": 6,
        "doses": 60,
    }
    key = {"Idempotency-Key": visit["id"]}
    return medic("POST", f"/v1/points/{point}/stock", 201, json=delivery, headers=key)


def test_a_dose_is_given_in_one_action_and_can_be_taken_back(
    patient: Person, medic: Person
) -> None:
    point = point_of(medic.token)
    visit = booked(patient, point)
    starts = datetime.fromisoformat(visit["slot"]["startAt"]).astimezone(ZoneInfo("Europe/Warsaw"))
    day = medic("GET", f"/v1/points/{point}/day?date={starts.date()}")
    assert visit["id"] in {one["id"] for one in day["visits"]}

    stock = delivered(medic, point, visit)
    dose = {
        "lot": "E2E-0001",
        "vaccine": visit["vaccine"],
        "doseNumber": visit["dose"],
        "site": "leftDeltoid",
        "performer": "2234567",
        "at": datetime.now(UTC).isoformat(),
        "bookNext": True,
    }
    done = medic("POST", f"/v1/visits/{visit['id']}:complete", json=dose)
    assert done["visit"]["status"] == "completed"
    [lot] = [
        one
        for one in medic("GET", f"/v1/points/{point}/stock")["lots"]
        if one["lot"] == stock["lot"]
    ]
    assert lot["doses"] == stock["doses"] - 1

    record = f"/v1/vaccinations/{done['vaccination']['id']}"
    [version] = patient("GET", record)["versions"]
    assert (version["lot"], version["status"]) == ("E2E-0001", "given")
    seen = {one["action"] for one in patient("GET", "/v1/me/access")["accesses"]}
    assert {"day.viewed", "dose.viewed"} <= seen

    _exported(patient, record, done["vaccination"]["id"], "completed")

    undo = {"note": "pomyłka w próbie"}
    _behave(refuse="unknown-lot")
    undone = medic("POST", f"{record}:undo", json=undo, headers={"If-Match": '"1"'})
    assert undone["visit"]["status"] == "arrived"
    failed = _settled(patient, record)
    assert (failed["status"], failed["reason"]) == ("rejected", "unknown_lot")
    _behave(refuse=None)
    work_list = f"/v1/points/{point}/exports"
    assert medic("GET", work_list)["exports"] == [failed]
    medic("POST", f"{work_list}/{failed['vaccination']}:retry", 202)
    _exported(patient, record, done["vaccination"]["id"], "entered-in-error")
    assert medic("GET", work_list) == {"exports": []}


def _exported(patient: Person, record: str, name: str, status: str) -> None:
    """Wait until the person is told that the national record has it, and look there."""
    assert _settled(patient, record)["status"] == "accepted"
    kept = requests.get(_inside("immunizations"), {"id": name}, timeout=5).json()["immunizations"]
    assert kept[-1]["document"]["status"] == status


def _settled(patient: Person, record: str) -> Any:
    """Wait until the record's export has ended, and return it."""
    ends = time.monotonic() + 30
    while (export := patient("GET", record)["export"])["status"] == "pending":
        assert time.monotonic() < ends, "the export is not at its end"
        time.sleep(0.2)
    return export


def _behave(**faults: Any) -> None:
    """Have the national record misbehave from here on."""
    requests.post(_inside("faults"), json=faults, timeout=5).raise_for_status()


def _inside(door: str) -> str:
    """Return the address of a door of the national record that only the stand-in has."""
    url = environment.load(State())["RECORD_URL"].removesuffix("/fhir")
    return f"{url}/emulator/{door}"

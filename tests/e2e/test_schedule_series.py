"""A point opens hours through the front door, and the public finds them; it ends them again."""

import subprocess
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from erejestracja.domain import calendar

ROOT = Path(__file__).parents[2]
A_WHILE_S = 20.0


@pytest.fixture(scope="module")
def token(front_door_url: str) -> str:
    assert front_door_url
    command = [str(ROOT / "emulators" / "token"), "point-admin"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return said.stdout.strip()


def point_of(token: str) -> str:
    payload = token.split(".")[1]
    claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["points"][0])


def eventually(what: Callable[[], bool]) -> bool:
    until = time.monotonic() + A_WHILE_S
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def free_at(front_door_url: str, point: str, day: date, hour: str) -> list[Any]:
    query = {"point": point, "from": day.isoformat(), "to": day.isoformat(), "hourFrom": hour}
    answer = requests.get(f"{front_door_url}/v1/slots", params=query, timeout=10)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["slots"]
    return found


def test_hours_that_a_point_opens_are_found_and_hours_it_ends_are_not(
    front_door_url: str, token: str
) -> None:
    point = point_of(token)
    home = requests.get(f"{front_door_url}/v1/points/{point}", timeout=10).json()
    day = calendar.local_day(datetime.now(UTC)) + timedelta(days=3)
    body = {
        "weekdays": [day.isoweekday()],
        "opens": "21:00",
        "closes": "22:00",
        "step": 20,
        "places": 2,
        "vaccine": home["vaccines"][0],
        "onHolidays": True,
        "validFrom": day.isoformat(),
        "validTo": day.isoformat(),
    }
    url, headers = (
        f"{front_door_url}/v1/points/{point}/series",
        {"Authorization": f"Bearer {token}"},
    )
    preview = requests.post(url, params={"dryRun": "true"}, json=body, headers=headers, timeout=10)
    assert (preview.status_code, preview.json()["creates"]) == (200, 6), preview.text
    made = requests.post(url, json=body, headers=headers, timeout=10)
    assert (made.status_code, made.json()["settled"]) == (201, True), made.text
    assert eventually(lambda: len(free_at(front_door_url, point, day, "21:00")) == 3)
    series = made.json()["series"]
    headers["If-Match"] = series["etag"]
    ended = requests.delete(f"{url}/{series['id']}", headers=headers, timeout=10)
    assert (ended.status_code, ended.json()["withdraws"]) == (200, 6), ended.text
    assert eventually(lambda: free_at(front_door_url, point, day, "21:00") == [])

"""A partner subscribes through the front door, and hears of the hours its point opens."""

import subprocess
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests
from standardwebhooks import Webhook

from erejestracja.domain import calendar
from tests.support.receiver import Receiver, receiving

ROOT = Path(__file__).parents[2]
A_WHILE_S = 30.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(scope="module")
def partner(front_door_url: str) -> requests.Session:
    assert front_door_url
    command = [str(ROOT / "emulators" / "token"), "partner"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {said.stdout.strip()}"
    return session


def point_of(partner: requests.Session) -> str:
    payload = str(partner.headers["Authorization"]).split(".")[1]
    claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims["points"][0])


def told(receiver: Receiver, secret: str, kind: str) -> Any:
    """Return the first verified message of a kind, once it is there."""
    until = time.monotonic() + A_WHILE_S
    while time.monotonic() < until:
        for headers, body in list(receiver.got):
            said: Any = Webhook(secret).verify(body, headers)
            if said["type"] == kind:
                return said["data"]
        time.sleep(0.1)
    return pytest.fail(f"nothing was told of {kind}")


def test_a_partner_hears_of_a_test_and_of_hours_that_open(
    front_door_url: str, partner: requests.Session, receiver: Receiver
) -> None:
    point = point_of(partner)
    path = f"{front_door_url}/v1/points/{point}"
    made = partner.post(f"{path}/webhooks", json={"url": receiver.url}, timeout=10)
    assert made.status_code == 201, made.text
    one, secret = f"{path}/webhooks/{made.json()['id']}", made.json()["secret"]
    assert partner.post(f"{one}:test", timeout=10).status_code == 202
    assert told(receiver, secret, "webhook.test")["webhook"] == made.json()["id"]
    day = calendar.local_day(datetime.now(UTC)) + timedelta(days=4)
    rule = {
        "weekdays": [day.isoweekday()],
        "opens": "21:00",
        "closes": "22:00",
        "step": 20,
        "places": 1,
        "vaccine": partner.get(path, timeout=10).json()["vaccines"][0],
        "validFrom": day.isoformat(),
        "validTo": day.isoformat(),
    }
    series = partner.post(f"{path}/series", json=rule, timeout=30)
    assert series.status_code == 201, series.text
    assert told(receiver, secret, "schedule.published")["point"] == point
    history = partner.get(f"{one}/deliveries", timeout=10).json()["deliveries"]
    assert {"webhook.test", "schedule.published"} <= {each["type"] for each in history}
    ended = partner.delete(one, headers={"If-Match": made.json()["etag"]}, timeout=10)
    assert ended.status_code == 204

"""Two hundred callers, twenty places: exactly twenty are booked, nobody is told a lie."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import requests

from erejestracja.domain.ids import PointId, SessionKey
from erejestracja.domain.session import Session, Visibility
from erejestracja.events.publisher import open_publisher
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Batch, open_database
from erejestracja.storage.spanner.horizon import session_values
from erejestracja.storage.spanner.stock import SESSION, SpannerStock
from tests.load.client import Caller
from tests.load.mixed import as_callers
from tests.load.people import Loader
from tests.load.report import Tally

PLACES = 20


def new_session() -> Session:
    """Open twenty places at an existing point, on a day of their own."""
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    from erejestracja.domain.events import Event
    from erejestracja.domain.ids import EventId, VaccineCode

    database = open_database()
    point, powiat = database.read("Points", ("PointId", "Powiat"), _everything(), limit=1)[0]
    start = (datetime.now(UTC) + timedelta(days=50)).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    number = 8_000_000 + uuid4().int % 1_000_000
    session = Session(
        SessionKey(PointId(point), start.date(), number),
        powiat,
        start,
        5,
        PLACES,
        1,
        VaccineCode("cov19.pfizer"),
        1,
        Visibility.EXTERNAL,
    )
    event = Event(
        EventId(f"load.{uuid4().hex[:24]}"),
        "schedule",
        "schedule.published",
        {"point": point, "powiat": powiat, "sessions": [str(session.key)]},
    )

    def fill(batch: Batch) -> None:
        row = (*session_values(session), COMMIT_TIMESTAMP)
        batch.insert_rows("Sessions", (*SESSION, "UpdatedAt"), [row])
        outbox.add(batch, event)

    open_publisher().publish([event], database.commit(fill))
    return session


def _everything() -> Any:
    from erejestracja.storage.spanner.database import Keys

    return Keys(everything=True)


async def run(
    base: str, people: list[Loader], session: Session
) -> tuple[Tally, Counter[str], float]:
    """Let all callers find, hold and book at once; return what each was told."""
    tally, told = Tally(), Counter[str]()
    day = session.key.day.isoformat()
    criteria = {
        "point": session.key.point,
        "vaccine": session.vaccine,
        "dose": 1,
        "from": day,
        "to": day,
    }
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as web:
        caller = Caller(web, base, tally)

        async def one(index: int) -> None:
            person = people[index]
            status, held = await caller.call(
                "hold", "POST", "/v1/holds", person=person, body={"criteria": criteria}
            )
            if status != 201:
                others = (held or {}).get("alternatives")
                what = "with alternatives" if others else "an honest none"
                told[f"{(held or {}).get('code', status)}, {what}"] += 1
                return
            body = {"holdId": held["id"], "referralId": person.referral}
            status, _ = await caller.call(
                "confirm", "POST", "/v1/visits", person=person, body=body, key=person.patient
            )
            told["booked" if status == 201 else f"confirm said {status}"] += 1

        await as_callers(len(people), one)
    return tally, told, loop.time() - began


def published(base: str, session: Session) -> bool:
    """Wait until search knows the session, as it would long before people are told of it."""
    day = session.key.day.isoformat()
    question = {"point": session.key.point, "from": day, "to": day, "vaccine": session.vaccine}
    for _ in range(120):
        said = requests.get(f"{base}/v1/availability", params=question, timeout=10).json()
        if any(one["free"] >= PLACES for one in said.get("days", ())):
            return True
        time.sleep(0.5)
    return False


def free_after(session: Session) -> int:
    """Return how many of the places Spanner still has."""
    return SpannerStock(open_database()).state(session).free_in_all()

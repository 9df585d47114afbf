"""The seed's peak hour, open loop: requests come when they are due, whether or not we keep up."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp

from tests.load.client import Caller
from tests.load.people import Loader
from tests.load.report import Tally

# A third of all visits is cancelled or moved (domain section 10: 72 M visits, 48 M doses).
MOVED, CANCELLED = 0.17, 0.17
HOT = ("1465", "1261", "0264", "3064", "2261", "1061")
VACCINES = ("cov19.pfizer", "cov19.moderna", "cov19.johnson_and_johnson", "cov19.novavax")


async def run(
    base: str,
    people: list[Loader],
    powiaty: list[str],
    *,
    searches: float,
    bookings: float,
    seconds: float,
) -> tuple[Tally, float]:
    """Offer searches and bookings a second for some time; return the tally and how long it took."""
    tally = Tally()
    waiting = iter(people)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        caller = Caller(session, base, tally)
        began = time.monotonic()

        async def search(due: float) -> None:
            await _search(caller, powiaty, due)

        async def book(due: float) -> None:
            person = next(waiting, None)
            if person:
                await _book(caller, person, powiaty, due)

        await asyncio.gather(
            _flow(search, searches, began, seconds), _flow(book, bookings, began, seconds)
        )
        return tally, time.monotonic() - began


async def _flow(
    what: Callable[[float], Coroutine[Any, Any, None]],
    per_second: float,
    began: float,
    seconds: float,
) -> None:
    """Start a request at each moment of a Poisson flow, without waiting for the ones before."""
    started: set[asyncio.Task[None]] = set()
    due = began
    while per_second > 0:
        due += random.expovariate(per_second)
        if due > began + seconds:
            break
        # Late, several start at once: one a turn of the loop would offer less than was asked for.
        if (early := due - time.monotonic()) > 0:
            await asyncio.sleep(early)
        task = asyncio.create_task(what(due))
        started.add(task)
        task.add_done_callback(started.discard)
    await asyncio.gather(*started)


async def _search(caller: Caller, powiaty: list[str], due: float) -> None:
    powiat = random.choice(HOT) if random.random() < 0.4 else random.choice(powiaty)
    kind = random.random()
    if kind < 0.5:
        path = f"/v1/slots?powiat={powiat}&vaccine={random.choice(VACCINES)}&dose=1&pageSize=20"
    elif kind < 0.75:
        path = f"/v1/slots:propose?powiat={powiat}&dose=1"
    elif kind < 0.9:
        path = f"/v1/availability?powiat={powiat}"
    else:
        path = f"/v1/points?powiat={powiat}&pageSize=50"
    await caller.call("search", "GET", path, due=due)


async def _book(caller: Caller, person: Loader, powiaty: list[str], due: float) -> None:
    powiat = random.choice(HOT) if random.random() < 0.4 else random.choice(powiaty)
    body = {"criteria": {"powiat": powiat, "dose": 1}}
    status, held = await caller.call("hold", "POST", "/v1/holds", due=due, person=person, body=body)
    if status != 201:
        return
    booking = {"holdId": held["id"], "referralId": person.referral}
    status, visit = await caller.call(
        "confirm", "POST", "/v1/visits", person=person, body=booking, key=f"load-{person.patient}"
    )
    if status != 201:
        return
    lot = random.random()
    if lot < MOVED:
        await _move(caller, person, powiat, visit["id"])
    elif lot < MOVED + CANCELLED:
        await caller.call(
            "cancel",
            "POST",
            f"/v1/visits/{visit['id']}:cancel",
            person=person,
            body={"reason": "patient"},
        )


async def _move(caller: Caller, person: Loader, powiat: str, visit: str) -> None:
    body = {"criteria": {"powiat": powiat, "dose": 1}}
    status, held = await caller.call("hold", "POST", "/v1/holds", person=person, body=body)
    if status == 201:
        await caller.call(
            "move", "POST", f"/v1/visits/{visit}:move", person=person, body={"holdId": held["id"]}
        )


async def as_callers(number: int, what: Callable[[int], Awaitable[None]]) -> None:
    """Run as many callers at once; each starts when all are ready."""
    ready = asyncio.Barrier(number)

    async def one(index: int) -> None:
        await ready.wait()
        await what(index)

    await asyncio.gather(*(one(index) for index in range(number)))

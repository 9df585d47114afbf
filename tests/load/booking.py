"""Booking over HTTP beside the bare emulator committing the same mutations, in one run."""

import asyncio
import multiprocessing
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp

from erejestracja.settings import SpannerSettings
from erejestracja.storage.spanner import migrate
from erejestracja.storage.spanner.bookings import Bookings
from erejestracja.storage.spanner.database import open_database
from tests.load.client import Caller
from tests.load.commits import bare_bookings
from tests.load.people import Loader
from tests.load.report import Tally

BARE = "bare"


async def through_http(
    base: str, people: list[Loader], powiaty: list[str], callers: int
) -> tuple[Tally, float]:
    """Let callers hold and confirm one person after another; return the tally and seconds."""
    tally, waiting = Tally(), iter(enumerate(people))
    began = time.monotonic()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        caller = Caller(session, base, tally)

        async def one() -> None:
            for number, person in waiting:
                powiat = powiaty[number % len(powiaty)]
                body: dict[str, Any] = {"criteria": {"powiat": powiat, "dose": 1}}
                status, held = await caller.call(
                    "hold", "POST", "/v1/holds", person=person, body=body
                )
                if status != 201:
                    continue
                body = {"holdId": held["id"], "referralId": person.referral}
                await caller.call("confirm", "POST", "/v1/visits", person=person, body=body)

        await asyncio.gather(*(one() for _ in range(callers)))
    return tally, time.monotonic() - began


def on_the_bare_emulator(seconds: float, processes: int, threads: int) -> float:
    """Return commits a second of exactly the mutations of a hold and of a confirmation.

    In a database of its own on the same emulator, so that nobody sends these people messages.
    """
    os.environ["SPANNER_DATABASE"] = BARE
    migrate.apply(migrate.ensure_database(SpannerSettings()))
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        counts = pool.starmap(_commit_away, [(seconds, threads, n) for n in range(processes)])
    return sum(counts) / seconds


def _commit_away(seconds: float, threads: int, process: int) -> int:
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda n: _one_committer(seconds, process, n), range(threads)))


def _one_committer(seconds: float, process: int, thread: int) -> int:
    """Hold and confirm on a session of one's own; every commit succeeds at once or is retried."""
    bookings = Bookings(open_database())
    done = 0
    pairs = bare_bookings(open_database(), f"{os.getpid()}-{process}-{thread}")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        hold, visit, change, events = next(pairs)
        bookings.hold(hold, events)
        bookings.book(visit, change, "digest", hold=hold)
        done += 2
    return done

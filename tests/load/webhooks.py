"""Points' software told by the running suite: how fast, how late, and beside some that is down.

Events are published as a function publishes what it has committed. Receivers are one process, and
the path says how one behaves. Delays are counted from the commit that an event tells of.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from multiprocessing.connection import Connection
from typing import Any

import requests
from aiohttp import web
from rich.progress import Progress as Bar

from erejestracja.bootstrap import suite
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PointId
from erejestracja.services import webhooks
from erejestracja.storage.spanner.catalogue import Catalogue
from erejestracja.storage.spanner.database import open_database
from erejestracja.webhooks.receivers import PublicReceivers
from erejestracja.webhooks.settings import WebhookSettings
from tests.load.report import Tally

GOOD, SLOW, REFUSING = "good", "slow", "refusing"
# Longer than a delivery may take.
SLOW_S = 8.0
BODY = b'{"type":"webhook.test","timestamp":"2026-11-25T12:00:00Z","data":{}}'
LONGEST_S = 300.0
TOGETHER = 100
CALLERS = 4


@dataclass(frozen=True)
class Asked:
    """How much of what there is to be."""

    events: int
    points: int
    slow: int
    refusing: int
    rate: float
    seconds: float


@dataclass(frozen=True)
class Run:
    """How many were due at good receivers, how late those that came were, and how long all took."""

    due: int
    delays: list[float]
    lasted: float


def run(asked: Asked) -> bool:
    """Say how many a second were delivered, and how late; False where some were not."""
    points = _points(asked.points + asked.slow + asked.refusing)
    good, others = points[: asked.points], points[asked.points :]
    kinds = [SLOW] * asked.slow + [REFUSING] * asked.refusing
    steady = int(asked.rate * asked.seconds)
    with _receiving() as base, _subscribed(base, dict.fromkeys(good, GOOD)):
        bare = _bare(f"{base}/{GOOD}/bare", asked.seconds)
        _told(base, "the first of each", good, len(good))
        burst = _told(base, "at once", good, asked.events)
        calm = _told(base, "steady", good, steady, rate=asked.rate)
        with _subscribed(base, dict(zip(others, kinds, strict=True))):
            beside = _told(base, "beside bad ones", points, steady, rate=asked.rate, good=good)
    per_second = len(burst.delays) / burst.lasted
    print(
        f"{asked.events:,} events for {len(good)} points: {per_second:.0f} deliveries/s, the bare "
        f"receiver {bare:.0f}: {per_second / bare:.2f}"
    )
    tally = Tally()
    for kind, told in (("at once", burst), ("steady", calm), ("beside bad", beside)):
        for delay in told.delays:
            tally.note(kind, "delivered", delay)
    tally.show(burst.lasted + calm.lasted + beside.lasted)
    return all(len(told.delays) == told.due for told in (burst, calm, beside))


def _points(number: int) -> list[PointId]:
    found = [point.id for point in Catalogue(open_database()).points()]
    if len(found) < number:
        raise SystemExit(f"the suite has {len(found)} points, fewer than {number}")
    return found[:number]


def _bare(url: str, seconds: float) -> float:
    """Return how many bodies a second the receiver takes from the very client of the suite."""
    receivers, until = PublicReceivers(WebhookSettings()), time.monotonic() + seconds

    def post_away(_: int) -> int:
        done = 0
        while time.monotonic() < until:
            receivers.post(url, BODY, {})
            done += 1
        return done

    with ThreadPoolExecutor(CALLERS) as pool:
        return sum(pool.map(post_away, range(CALLERS))) / seconds


@contextmanager
def _subscribed(base: str, points: dict[PointId, str]) -> Iterator[None]:
    """Let receivers of these kinds listen at points until the end of the block."""
    board = suite().switchboard
    actor = Actor("load", frozenset({Role.ADMIN}), points=frozenset(points))
    key = f"{time.time_ns()}"
    made = [
        webhooks.subscribed(board, actor, point, f"{base}/{kind}/{point}", key)[0]
        for point, kind in points.items()
    ]
    try:
        yield
    finally:
        for one in made:
            found = board.webhooks.get(one.point, one.id)
            if found:
                webhooks.ended(board, found)


def _told(
    base: str,
    what: str,
    points: Sequence[PointId],
    number: int,
    *,
    rate: float | None = None,
    good: Collection[PointId] = (),
) -> Run:
    """Publish events of points in turn, at once or so many a second; wait for those of the good."""
    good = good or points
    requests.post(f"{base}/begin", timeout=10).raise_for_status()
    began, stamp = time.monotonic(), time.time_ns()
    events = [
        Event(EventId(f"load-{stamp}-{nth}"), "schedule", "schedule.published", _says(point))
        for nth, point in enumerate(islice(cycle(points), number))
    ]
    together = 1 if rate else TOGETHER
    for nth in range(0, number, together):
        if rate and (early := began + nth / rate - time.monotonic()) > 0:
            time.sleep(early)
        suite().publisher.publish(events[nth : nth + together], datetime.now(UTC))
    due = sum(event.data["point"] in good for event in events)
    delays: list[float] = []
    with Bar() as bar:
        task = bar.add_task(what, total=due)
        while len(delays) < due and time.monotonic() - began < LONGEST_S:
            time.sleep(0.2)
            delays = requests.get(f"{base}/delays", timeout=10).json()
            bar.update(task, completed=len(delays))
    print(f"{what}: {len(delays)} of {due}", flush=True)
    return Run(due, delays, time.monotonic() - began)


def _says(point: PointId) -> dict[str, Any]:
    return {"point": point, "powiat": "0000", "sessions": []}


@contextmanager
def _receiving() -> Iterator[str]:
    """Yield the address of receivers in a process of their own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_receive, args=(theirs,), daemon=True
    )
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _receive(pipe: Connection) -> None:
    """Take what comes until the process is ended; keep how late it came, twice the same once."""
    taken: dict[str, float] = {}

    async def begin(_: web.Request) -> web.Response:
        taken.clear()
        return web.Response(status=204)

    async def delays(_: web.Request) -> web.Response:
        return web.json_response(list(taken.values()))

    async def good(request: web.Request) -> web.Response:
        body = await request.json()
        happened_at = datetime.fromisoformat(body["timestamp"])
        late = (datetime.now(UTC) - happened_at).total_seconds()
        taken.setdefault(request.headers.get("webhook-id", ""), late)
        return web.Response(status=204)

    async def slow(_: web.Request) -> web.Response:
        await asyncio.sleep(SLOW_S)
        return web.Response(status=204)

    async def refusing(_: web.Request) -> web.Response:
        return web.Response(status=503)

    async def serve() -> None:
        application = web.Application()
        application.router.add_post("/begin", begin)
        application.router.add_get("/delays", delays)
        for kind, behaves in ((GOOD, good), (SLOW, slow), (REFUSING, refusing)):
            application.router.add_post(f"/{kind}/{{point}}", behaves)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(serve())

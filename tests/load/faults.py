"""Kill the parts of the running suite one by one, under load, and count what was lost: nothing."""

import asyncio
import os
import signal
import time
from collections.abc import Iterable
from typing import Any

from tests.load import mixed
from tests.load.people import Loader
from tests.load.report import Tally
from tests.load.suite import processes

# All but Spanner, which alone decides and keeps its rows in memory on the emulator.
SPARED = frozenset({"spanner", "nginx", "front door", "frontdoor"})
RECOVERY_WITHIN_S = 60.0


def victims(named: Iterable[str]) -> list[str]:
    """Return the processes to kill: those named, or every one that may die."""
    chosen = set(named)
    names = [one["name"] for one in processes() if one["name"] not in SPARED]
    return [name for name in names if not chosen or name in chosen]


async def run(
    base: str, people: list[Loader], powiaty: list[str], names: list[str], pause_s: float
) -> tuple[Tally, float, dict[str, float | None]]:
    """Load gently while each victim is killed in turn; return how long each took to be back."""
    load = asyncio.create_task(
        mixed.run(
            base,
            people,
            powiaty,
            searches=10,
            bookings=5,
            seconds=pause_s * (len(names) + 1),
        )
    )
    back: dict[str, float | None] = {}
    for name in names:
        await asyncio.sleep(pause_s / 2)
        back[name] = await asyncio.to_thread(kill_and_wait, name)
        said = "not back" if back[name] is None else f"back after {back[name]:.1f} s"
        print(f"  killed {name}: {said}", flush=True)
        await asyncio.sleep(pause_s / 2)
    tally, lasted = await load
    return tally, lasted, back


def kill_and_wait(name: str) -> float | None:
    """Kill a process without warning; return the seconds until another has taken its place."""
    victim = _process(name)
    if victim is None:
        return None
    began = time.monotonic()
    os.killpg(os.getpgid(victim["pid"]), signal.SIGKILL)
    while time.monotonic() - began < RECOVERY_WITHIN_S:
        time.sleep(0.2)
        now = _process(name)
        if now and now["pid"] != victim["pid"] and _is_well(now):
            return time.monotonic() - began
    return None


def _process(name: str) -> dict[str, Any] | None:
    return next((one for one in processes() if one["name"] == name), None)


def _is_well(process: dict[str, Any]) -> bool:
    return str(process.get("health", "ok")).lower() in {"ok", "degraded", "healthy", "up", ""}

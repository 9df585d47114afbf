#!/usr/bin/env python3
"""Install what the suite and its tests need; when all is there it costs a moment.

Each step is done once and again only when what went into it changed: the Python environment
(.venv), the BigQuery emulator, the OpenID provider's packages, and nginx for the front door.
Nothing is installed outside of this checkout, but for Chromium, which only tests ask for.
"""

import argparse
import fcntl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from emulators.suite import google_tools, places
from emulators.suite.installs import bigquery, chromium, environment, front_door, node
from emulators.suite.installs.stamps import InstallFailed


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to install."""

    title: str
    ready: Callable[[], bool]
    install: Callable[[], None]


STEPS = {
    "environment": Step("Python packages", lambda: environment.stamp().holds, environment.install),
    "bigquery": Step("BigQuery emulator", lambda: bigquery.stamp().holds, bigquery.install),
    "openid": Step("OpenID provider", node.OPENID.ready, node.OPENID.install),
    "front_door": Step("nginx", front_door.ready, front_door.install),
    "chromium": Step("Chromium", chromium.ready, chromium.install),
    "validator": Step("HTML validator", node.VALIDATOR.ready, node.VALIDATOR.install),
}
# What runs the suite; who only runs it needs nothing to look at pages with.
RUNS = tuple(name for name in STEPS if name not in {"chromium", "validator"})


def set_up(names: Sequence[str] = RUNS, say: Callable[[str], None] = print) -> None:
    """Install what is missing of these steps. Raises InstallFailed with every failure."""
    if all(STEPS[name].ready() for name in names):
        return
    with one_at_a_time():
        todo = [STEPS[name] for name in names if not STEPS[name].ready()]
        # The environment first: it brings uv, with which the others are quicker.
        if STEPS["environment"] in todo:
            todo.remove(STEPS["environment"])
            do(STEPS["environment"], say)
        with ThreadPoolExecutor(max(1, len(todo))) as pool:
            failures = [str(e) for e in pool.map(lambda step: attempt(step, say), todo) if e]
    if failures:
        raise InstallFailed("\n".join(failures))


def attempt(step: Step, say: Callable[[str], None]) -> InstallFailed | None:
    """Do a step beside others, whose end is awaited before a failure is told."""
    try:
        do(step, say)
    except InstallFailed as failure:
        return failure
    return None


def do(step: Step, say: Callable[[str], None]) -> None:
    """Do one step and say how long it took."""
    start = time.monotonic()
    say(f"  installing {step.title} ...")
    step.install()
    say(f"  installed {step.title} in {time.monotonic() - start:.0f} s")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep a second setup waiting: `emulators/up` and `tests/run` may be started together."""
    places.INSTALLED.mkdir(exist_ok=True)
    with (places.INSTALLED / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(RUNS), metavar="STEP")
    parser.add_argument("--quiet", action="store_true", help="say nothing when all goes well")
    chosen = parser.parse_args()
    try:
        set_up(chosen.only, (lambda _: None) if chosen.quiet else print)
    except InstallFailed as failure:
        print(f"setup: {failure}", file=sys.stderr)
        return 1
    for words in google_tools.missing():
        print(f"setup: {words}", file=sys.stderr)
    return 1 if google_tools.missing() else 0


if __name__ == "__main__":
    sys.exit(main())

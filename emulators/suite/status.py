"""Show how the running suite is: each process, its health, and what waits to be dealt with."""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil

from emulators.suite import description, environment, leftovers, outbox
from emulators.suite.dead_letters import DeadLetters
from emulators.suite.places import FUNCTIONS, INSTALLED, State
from emulators.suite.probes import listens
from emulators.suite.provision import Topics

MOST_LETTERS = 1000
MEASURED_S = 0.5
MEGABYTE = 1_000_000


def measure(running: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the facts of each process with all its children, over half a second."""
    entries = running["processes"]
    families = [_family(entry["pid"]) for entry in entries]
    before = [_cpu_s(family) for family in families]
    began = time.monotonic()
    with ThreadPoolExecutor(len(entries) or 1) as pool:
        health = list(pool.map(health_of, entries))
    time.sleep(max(0.0, MEASURED_S - (time.monotonic() - began)))
    passed = time.monotonic() - began
    return [
        {
            **{name: entry[name] for name in ("name", "pid", "port", "restarts")},
            "rssBytes": sum(_rss(process) for process in family),
            "cpuPercent": round(100 * (_cpu_s(family) - cpu) / passed, 1),
            "health": state,
        }
        for entry, family, cpu, state in zip(entries, families, before, health, strict=True)
    ]


def health_of(entry: Mapping[str, Any]) -> str:
    """Return ok, degraded or down."""
    if not entry["health"]:
        return "ok" if listens(entry["port"])() else "down"
    try:
        with urllib.request.urlopen(entry["health"], timeout=3) as answer:  # noqa: S310 - our own
            return str(json.load(answer).get("status", "ok"))
    except urllib.error.HTTPError as error:
        error.close()
        return "down"
    except OSError:
        return "down"
    except (ValueError, AttributeError):
        return "ok"  # it answered 200, only not in our words


def waiting(variables: Mapping[str, str], functions: Path) -> dict[str, int | None]:
    """Return how many messages lie in each dead letter, None where nobody can tell."""
    topics = Topics(f"http://{variables['PUBSUB_EMULATOR_HOST']}")
    depths: dict[str, int | None] = {}
    for topic in description.read(functions).topics:
        try:
            depths[topic] = DeadLetters(topics, topic).count(MOST_LETTERS).messages
        except OSError:
            depths[topic] = None
    return depths


def main() -> int:
    """Run from the command line; 0 when all is well, 1 when something is down, 2 when not up."""
    parser = argparse.ArgumentParser(prog="emulators/status", description=__doc__)
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--functions", type=Path, default=FUNCTIONS, help=argparse.SUPPRESS)
    parser.add_argument("--state", type=Path, default=INSTALLED, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    state = State(asked.state.resolve())
    running = leftovers.read(state.running)
    if not running or not leftovers.is_running(running["supervisor"]):
        print("emulators/status: the suite is not up; see emulators/up", file=sys.stderr)
        return 2
    variables = environment.load(state)
    facts = {
        "publicUrl": running["publicUrl"],
        "processes": measure(running),
        "outbox": outbox.depth(variables),
        "deadLetters": waiting(variables, asked.functions),
    }
    print(json.dumps(facts, indent=1) if asked.json else table(facts))
    return int(any(process["health"] == "down" for process in facts["processes"]))


def table(facts: Mapping[str, Any]) -> str:
    """Return the facts for people."""
    form = "{name:<14}{pid:>8}{port:>7}{rss:>9}{cpu:>8}{restarts:>10}  {health}"
    heads = {"name": "process", "pid": "pid", "port": "port", "rss": "MB", "cpu": "CPU %"}
    lines = [form.format(**heads, restarts="restarts", health="health")]
    for process in facts["processes"]:
        rss = f"{process['rssBytes'] / MEGABYTE:.0f}"
        lines.append(form.format(**process, rss=rss, cpu=process["cpuPercent"]))
    total = sum(process["rssBytes"] for process in facts["processes"]) / MEGABYTE
    lines.append(
        f"{len(facts['processes'])} processes, {total:,.0f} MB (shared pages counted each)"
    )
    lines.append(f"outbox: {_number(facts['outbox'], outbox.MOST)} not yet in the archive")
    letters = facts["deadLetters"].items()
    depths = ", ".join(f"{topic} {_number(n, MOST_LETTERS)}" for topic, n in letters)
    lines.append(f"dead letters: {depths or 'no topics'}")
    return "\n".join(lines)


def _number(counted: int | None, most: int) -> str:
    if counted is None:
        return "unknown"
    return f"{counted} or more" if counted == most else str(counted)


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _cpu_s(family: list[psutil.Process]) -> float:
    seconds = 0.0
    for process in family:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        seconds += times.user + times.system
    return seconds


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


if __name__ == "__main__":
    sys.exit(main())

"""The running suite as the load tests see it: addresses, processes, and its rows afterwards."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]


def enter() -> dict[str, str]:
    """Take on the suite's environment, so that its own clients find its own servers."""
    file = ROOT / ".state" / "environment"
    if not file.exists():
        sys.exit("the suite is not up: start it with emulators/up, wait until it is ready")
    lines = (line.partition("=") for line in file.read_text().splitlines() if "=" in line)
    environment = {name.removeprefix("export ").strip(): value.strip() for name, _, value in lines}
    os.environ.update(environment)
    return environment


def processes() -> list[dict[str, Any]]:
    """Return what emulators/status says of each process: name, pid, port."""
    said = subprocess.run(
        [sys.executable, str(ROOT / "emulators" / "status"), "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    status = json.loads(said.stdout)
    found: list[dict[str, Any]] = status["processes"] if isinstance(status, dict) else status
    return [one for one in found if one.get("pid")]


@contextmanager
def cpu_by_process() -> Iterator[dict[str, float]]:
    """Yield a table that is filled, at the end, with the cores each process used."""
    groups = {one["name"]: psutil.Process(one["pid"]) for one in processes()}
    used: dict[str, float] = {}
    before = {name: cpu_seconds(process) for name, process in groups.items()}
    began = time.monotonic()
    yield used
    lasted = time.monotonic() - began
    for name, process in groups.items():
        used[name] = (cpu_seconds(process) - before[name]) / lasted
    used["load generator"] = time.process_time() / lasted


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and its children."""
    total = 0.0
    try:
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            total += times.user + times.system
    except psutil.NoSuchProcess:
        pass
    return total

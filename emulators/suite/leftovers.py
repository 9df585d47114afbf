"""Who runs: written down for `emulators/status`, and cleared away after a crash."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from emulators.suite.programs import MARK

# The system's and our clock may round the start of a process differently.
SAME_START_S = 2.0
GRACE_S = 5.0


def write(file: Path, running: Mapping[str, Any]) -> None:
    """Write who runs, whole or not at all."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(running, indent=1))
    new.replace(file)


def read(file: Path) -> dict[str, Any]:
    """Return who runs, as last written; nothing where nobody ever wrote."""
    try:
        found: dict[str, Any] = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found


def is_alive(pid: int, started: float) -> bool:
    """Tell whether the process still runs; a stranger with the same number does not count."""
    try:
        process = psutil.Process(pid)
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and abs(process.create_time() - started) < SAME_START_S
        )
    except psutil.NoSuchProcess:
        return False


def clear_away(running: Mapping[str, Any], state: Path) -> list[str]:
    """End what a killed supervisor left running; return the names.

    Only processes that carry the mark of this state folder and whose group is one we started.
    """
    groups = {entry["pid"]: entry["name"] for entry in running.get("processes", ())}
    found = ((process, _group_of_ours(process, state)) for process in psutil.process_iter())
    ours = {process: groups[group] for process, group in found if group in groups}
    _end(list(ours))
    return sorted(set(ours.values()))


def _group_of_ours(process: psutil.Process, state: Path) -> int | None:
    with contextlib.suppress(psutil.Error, OSError):
        if process.environ().get(MARK) == str(state):
            return os.getpgid(process.pid)
    return None


def _end(processes: list[psutil.Process]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        deadline = time.monotonic() + GRACE_S
        _, processes = psutil.wait_procs(processes, max(0.0, deadline - time.monotonic()))

"""Who runs: written down for `emulators/status`, and cleared away after a crash."""

import contextlib
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

GRACE_S = 5.0
# The start is told in the wall clock's time, which may be put right meanwhile.
SAME_START_S = 2.0


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


def started_at(pid: int) -> float:
    """Return when a process started; with its number it names it for good. 0 if it is gone."""
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return 0.0


def is_running(entry: Mapping[str, Any]) -> bool:
    """Tell whether what was written down still runs; a stranger with its number does not count."""
    started: float = entry["started"]
    return abs(started_at(entry["pid"]) - started) < SAME_START_S


def clear_away(running: Mapping[str, Any]) -> list[str]:
    """End what a killed supervisor left running, never a stranger; return the names."""
    # After a boot all numbers are strangers'.
    entries = [e for e in running.get("processes", ()) if e["started"] > psutil.boot_time()]
    groups = {entry["pid"]: entry for entry in entries}
    left: dict[psutil.Process, str] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            entry = groups.get(os.getpgid(process.pid))
            if entry and _is_ours(process, entry):
                left[process] = entry["name"]
    _end(list(left))
    return sorted(set(left.values()))


def _is_ours(process: psutil.Process, entry: Mapping[str, Any]) -> bool:
    """Tell whether a process of the group is what we started, or was started by it.

    Environments are no proof: Valkey and nginx write their titles over theirs.
    """
    if started_at(entry["pid"]):
        return is_running(entry)
    started: float = entry["started"]
    return process.create_time() >= started and process.exe() == str(entry["program"])


def _end(processes: list[psutil.Process]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        _, processes = psutil.wait_procs(processes, GRACE_S)

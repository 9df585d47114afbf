"""Files of many rows into the running suite: how fast, and in how much memory."""

import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import requests
from rich.progress import Progress as Bar

from erejestracja.domain.file import File
from erejestracja.domain.imports import ImportStatus, Progress
from erejestracja.storage.spanner.database import open_database
from erejestracja.storage.spanner.imports import SpannerImports
from tests.load import files
from tests.load.suite import processes

MEGA = 1 << 20


def run(kind: str, rows: Iterable[bytes], shapes: Sequence[str], longest_s: float) -> bool:
    """Drop a file of rows, then the same in other shapes, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        last = Path(folder, "new.csv")
        with last.open("wb") as file:
            file.writelines(rows)
        fine = _taken_in(kind, "new", last, longest_s)
        for number, shape in enumerate(shapes):
            before, last = last, Path(folder, f"{number}.csv")
            with before.open("rb") as lines, last.open("wb") as file:
                file.write(next(lines))
                file.writelines(map(files.SHAPES[shape], lines))
            fine = fine and _taken_in(kind, shape, last, longest_s)
    return fine


def _taken_in(kind: str, shape: str, path: Path, longest_s: float) -> bool:
    """Drop a file, watch it being taken in, and say how it went."""
    with path.open("rb") as file:
        rows, size = sum(1 for _ in file) - 1, file.tell()
        dropped = _drop(kind, file)
    began = time.monotonic()
    print(f"dropped {rows:,} {kind}, {shape}, {size / MEGA:.0f} MB", flush=True)
    watched = psutil.Process(next(one["pid"] for one in processes() if one["name"] == "imports"))
    first = most = _memory(watched)
    store = SpannerImports(open_database())
    with Bar() as bar:
        task = bar.add_task("taken in", total=rows)
        while (found := store.progress(dropped.import_id)) is None or not _is_over(found):
            if time.monotonic() - began > longest_s:
                print(f"not finished within {longest_s:.0f} s")
                return False
            bar.update(task, completed=found.line if isinstance(found, Progress) else 0)
            most = max(most, _memory(watched))
            time.sleep(0.5)
    lasted = time.monotonic() - began
    print(f"{rows / lasted:,.0f} rows/s, {lasted:.0f} s; memory {first:.0f} to {most:.0f} MB")
    if not isinstance(found, Progress):
        print(f"refused: {found.bad}")
        return False
    print(f"accepted {found.accepted:,}, repeated {found.repeated:,}, refused {found.refused:,}")
    return found.accepted + found.repeated == rows


def _drop(kind: str, file: IO[bytes]) -> File:
    name = f"{kind}/load-{time.time_ns()}.csv"
    base = f"{os.environ['STORAGE_EMULATOR_HOST']}/upload/storage/v1/b/imports/o"
    file.seek(0)
    address = f"{base}?uploadType=media&name={quote(name, safe='')}"
    stored = requests.post(address, data=file, headers={"Content-Type": "text/csv"}, timeout=300)
    stored.raise_for_status()
    return File(name, int(stored.json()["generation"]))


def _is_over(found: object) -> bool:
    return not isinstance(found, Progress) or found.status is ImportStatus.FINISHED


def _memory(process: psutil.Process) -> float:
    """Return what a process and its workers hold, in MB; shared pages are counted once each."""
    every = [process, *process.children(recursive=True)]
    return sum(float(one.memory_info().rss) for one in every) / MEGA

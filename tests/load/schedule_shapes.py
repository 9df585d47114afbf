"""A row per free slot, or a packed row per session: both measured on an emulator of their own.

Run `tests/load/run shapes` on a quiet machine; it takes about three minutes. What it showed is in
docs/decisions/2026-11-packed-sessions.md.
"""

import itertools
import os
import statistics
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as local_time
from functools import partial
from random import Random
from threading import Lock

import psutil

from emulators.nation.memory import emulator_process
from erejestracja.domain.ids import derived_id
from erejestracja.settings import SpannerSettings
from erejestracja.storage.spanner import migrate
from erejestracja.storage.spanner.database import Batch, Database, Keys, client_database, prefix
from tests.support.emulators import Emulators

FIRST_DAY = date(2027, 1, 4)
DAYS, SESSIONS_A_DAY, SLOTS_A_SESSION, STEP = 7, 2, 14, 15
SLOTS_A_POINT = DAYS * SESSIONS_A_DAY * SLOTS_A_SESSION
POINTS_A_POWIAT = 24
WHOLE_NATION = 1_800_000
ROW_STAGES = (20_000, 100_000, 200_000)
ROWS_A_COMMIT, WRITERS = 100, 2
THREADS, BOOK_FOR_S, READ_FOR_S = (1, 4, 16), 3.0, 2.0
TAKEN = 0.3

POINT = (
    *("PointId", "Name", "Address", "PostalCode", "Town", "Gmina", "Powiat", "Voivodeship"),
    *("Lat", "Lon", "Kind", "Access", "Phone", "Vaccines"),
)
WHAT = ("Vaccine", "Dose", "Visibility")
VISIT = (
    *("VisitId", "PatientId", "ReferralId", "Programme", "PointId", "Day", "Nr", "Slot", "Place"),
    *("StartsAt", "Minutes", "Vaccine", "Dose", "Status", "Version", "RequestDigest"),
    *("CreatedAt", "UpdatedAt"),
)
CHANGE = ("VisitId", "Version", "Change", "Actor", "Channel", "ChangedAt")
EVENT = ("Shard", "EventId", "Topic", "Type", "Data", "CreatedAt", "Attempts")
# A free slot ends once: a booking updates and deletes it, so of two bookings one finds it gone.
FREE_SLOTS = (
    """CREATE TABLE FreeSlots (
      PointId STRING(16) NOT NULL, Day DATE NOT NULL, Nr INT64 NOT NULL, Slot INT64 NOT NULL,
      Powiat STRING(4) NOT NULL, StartsAt TIMESTAMP NOT NULL, Minutes INT64 NOT NULL,
      Vaccine STRING(32) NOT NULL, Dose INT64 NOT NULL, Visibility STRING(10) NOT NULL,
      UpdatedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
    ) PRIMARY KEY (PointId, Day, Nr, Slot)""",
    """CREATE INDEX FreeSlotsByArea ON FreeSlots (Powiat, Day, StartsAt)
      STORING (Minutes, Vaccine, Dose, Visibility)""",
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of the schedule measured."""

    point: int
    day: int
    session: int
    index: int

    def key(self) -> tuple[object, ...]:
        """Return point, day, session number and index."""
        return point_id(self.point), day_of(self.day), self.session, self.index


def point_id(number: int) -> str:
    """Return the id of a point."""
    return derived_id("shape", str(number), length=12)


def powiat_of(number: int) -> str:
    """Return the powiat of a point."""
    return f"{number // POINTS_A_POWIAT:04}"


def day_of(number: int) -> date:
    """Return a day of the schedule."""
    return FIRST_DAY + timedelta(days=number)


def start_of(day: int, session: int, index: int) -> datetime:
    """Return a slot's start."""
    opens = datetime.combine(day_of(day), local_time(7), UTC)
    return opens + timedelta(minutes=STEP * (SLOTS_A_SESSION * session + index))


def sessions_of(points: range) -> Iterator[tuple[int, int, int]]:
    """Yield point, day and session number."""
    return itertools.product(points, range(DAYS), range(SESSIONS_A_DAY))


class Shape(ABC):
    """A way to keep a schedule: its rows, and how they are booked and read."""

    table: str
    columns: tuple[str, ...]

    def __init__(self, database: Database) -> None:
        self.database = database

    @abstractmethod
    def rows(self, points: range) -> Iterator[tuple[object, ...]]:
        """Yield the rows of points' schedules."""

    @abstractmethod
    def take(self, batch: Batch, slot: Slot) -> None:
        """Take a free slot in a commit, which fails if it was taken."""

    @abstractmethod
    def read_point_day(self, point: int, day: int) -> int:
        """Read what is free at a point on a day; return how many slots."""

    @abstractmethod
    def read_powiat_day(self, powiat: int, day: int) -> int:
        """Read what is free in a powiat on a day; return how many slots."""


class RowPerSlot(Shape):
    """Each free slot is a row."""

    table = "FreeSlots"
    columns = ("PointId", "Day", "Nr", "Slot", "Powiat", "StartsAt", "Minutes", *WHAT)

    def rows(self, points: range) -> Iterator[tuple[object, ...]]:
        for point, day, session in sessions_of(points):
            for index in range(SLOTS_A_SESSION):
                key = Slot(point, day, session, index).key()
                at = start_of(day, session, index)
                yield (*key, powiat_of(point), at, STEP, "cov19.pfizer", 0, "external")

    def take(self, batch: Batch, slot: Slot) -> None:
        columns = ("PointId", "Day", "Nr", "Slot")
        batch.update(self.table, **dict(zip(columns, slot.key(), strict=True)), Minutes=STEP)
        batch.delete(self.table, Keys(exact=[slot.key()]))

    def read_point_day(self, point: int, day: int) -> int:
        keys = prefix(point_id(point), day_of(day))
        return len(self.database.read(self.table, self.columns, keys))

    def read_powiat_day(self, powiat: int, day: int) -> int:
        keys = prefix(f"{powiat:04}", day_of(day))
        return len(self.database.read(self.table, self.columns, keys, index="FreeSlotsByArea"))


class Packed(Shape):
    """Each session is a row, each taken place another: the project's schema."""

    table = "Sessions"
    columns = ("PointId", "Day", "Nr", "Powiat", "StartsAt", "Step", "Slots", "Places", *WHAT)

    def rows(self, points: range) -> Iterator[tuple[object, ...]]:
        for point, day, session in sessions_of(points):
            key = Slot(point, day, session, 0).key()[:3]
            run = (start_of(day, session, 0), STEP, SLOTS_A_SESSION, 1)
            yield (*key, powiat_of(point), *run, "cov19.pfizer", 0, "external")

    def take(self, batch: Batch, slot: Slot) -> None:
        from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

        row = (*slot.key(), 0, "visit", visit_of(slot), COMMIT_TIMESTAMP)
        columns = ("PointId", "Day", "Nr", "Slot", "Place", "Kind", "ClaimId", "UpdatedAt")
        batch.insert_rows("Places", columns, [row])

    def read_point_day(self, point: int, day: int) -> int:
        return self._free([(point_id(point), day_of(day))])

    def read_powiat_day(self, powiat: int, day: int) -> int:
        keys = prefix(f"{powiat:04}")
        points = self.database.read("Points", ("PointId",), keys, index="PointsByPowiat")
        return self._free([(point, day_of(day)) for (point,) in points])

    def _free(self, days: Sequence[tuple[str, date]]) -> int:
        keys = Keys(prefixes=days)
        sessions = self.database.read("Sessions", self.columns, keys)
        taken = self.database.read("Places", ("PointId", "Day", "Nr", "Slot", "Place"), keys)
        return sum(int(session[6]) * int(session[7]) for session in sessions) - len(taken)


def visit_of(slot: Slot) -> str:
    """Return the id of the visit that takes a slot."""
    return derived_id("visit", *map(str, slot.key()))


def book(shape: Shape, slot: Slot) -> None:
    """Commit what a booking is: the slot taken, the visit, its change, and the event."""
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    visit = visit_of(slot)
    starts_at = start_of(slot.day, slot.session, slot.index)
    facts = (visit, visit, visit, "covid-19", *slot.key(), 0, starts_at, STEP, "cov19.pfizer", 1)

    def fill(batch: Batch) -> None:
        shape.take(batch, slot)
        batch.insert_rows(
            "Visits", VISIT, [(*facts, "booked", 1, "-", COMMIT_TIMESTAMP, COMMIT_TIMESTAMP)]
        )
        batch.insert_rows(
            "VisitChanges", CHANGE, [(visit, 1, "visit.booked", "-", "web", COMMIT_TIMESTAMP)]
        )
        event = (hash(visit) % 16, visit, "visits", "visit.booked", "{}" * 150, COMMIT_TIMESTAMP, 0)
        batch.insert_rows("Outbox", EVENT, [event])

    shape.database.commit(fill)


@contextmanager
def emulator() -> Iterator[tuple[Database, psutil.Process]]:
    """Run a fresh emulator with both schemas for the block."""
    running = Emulators()
    try:
        os.environ["SPANNER_EMULATOR_HOST"] = running.spanner
        bare = migrate.ensure_database(SpannerSettings())
        migrate.apply(bare)
        bare.update_ddl(list(FREE_SLOTS)).result(60)
        process = emulator_process() or sys.exit("the emulator's process is not seen")
        yield Database(client_database(SpannerSettings())), process
    finally:
        running.close()


def load(shape: Shape, points: range) -> None:
    """Write points and their schedules."""
    people = ("", "", "00-000", "", "0000000")
    facts: Iterator[tuple[object, ...]] = (
        (point_id(n), *people, powiat_of(n), "00", 0.0, 0.0, "clinic", [], "", []) for n in points
    )
    write(shape.database, "Points", POINT, facts)
    write(shape.database, shape.table, shape.columns, shape.rows(points))


def write(
    database: Database, table: str, columns: Sequence[str], rows: Iterator[tuple[object, ...]]
) -> None:
    """Write rows as the nation's loader does."""
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    stamped = ((*row, COMMIT_TIMESTAMP) for row in rows)
    one_at_a_time = Lock()

    def commit_groups() -> None:
        while True:
            with one_at_a_time:
                group = list(itertools.islice(stamped, ROWS_A_COMMIT))
            if not group:
                return
            database.commit(partial(put, group))

    def put(group: list[tuple[object, ...]], batch: Batch) -> None:
        batch.put_rows(table, (*columns, "UpdatedAt"), group)

    with ThreadPoolExecutor(WRITERS) as pool:
        for writer in [pool.submit(commit_groups) for _ in range(WRITERS)]:
            writer.result()


def measure_loading(shape: Shape, process: psutil.Process, stages: Sequence[int]) -> int:
    """Load up to each number of slots, and say what each took; return how many points there are."""
    loaded, empty, began = 0, process.memory_info().rss, time.monotonic()
    for slots in stages:
        points = -(-slots // SLOTS_A_POINT)
        load(shape, range(loaded, points))
        loaded = points
        weighs = (process.memory_info().rss - empty) / 2**20
        took = time.monotonic() - began
        say(f"  {slots:>9,} slots: {took:6.1f} s, {weighs:7.0f} MB more")
    if stages[-1] < WHOLE_NATION:
        times = WHOLE_NATION / stages[-1]
        say(f"  {WHOLE_NATION:>9,} slots: {took * times:6.0f} s, {weighs * times:7.0f} MB, "
            "extrapolated in proportion from the last")  # fmt: skip
    return loaded


def measure_reads(shape: Shape, points: int) -> None:
    """Take some places, then time reads of one point's day and of one powiat's day."""
    random = Random(1)
    powiat = random.randrange(points // POINTS_A_POWIAT)
    of_powiat = range(powiat * POINTS_A_POWIAT, (powiat + 1) * POINTS_A_POWIAT)
    for point, session, index in itertools.product(
        of_powiat, range(SESSIONS_A_DAY), range(SLOTS_A_SESSION)
    ):
        if random.random() < TAKEN:
            book(shape, Slot(point, 0, session, index))
    for name, read in (
        ("point-day", partial(shape.read_point_day, of_powiat[0], 0)),
        ("powiat-day", partial(shape.read_powiat_day, powiat, 0)),
    ):
        took, free = timed(read)
        say(f"  {name:<10} {took * 1000:6.1f} ms ({free} free slots)")


def timed(read: Callable[[], int]) -> tuple[float, int]:
    """Return the median seconds of a read, and what it found."""
    took, until = [], time.monotonic() + READ_FOR_S
    while time.monotonic() < until:
        began = time.perf_counter()
        found = read()
        took.append(time.perf_counter() - began)
    return statistics.median(took), found


def measure_booking(shape: Shape, process: psutil.Process, points: int) -> None:
    """Time bookings of slots all different, by one thread and by more."""
    # Days after the first: that one is partly taken.
    every = [
        Slot(point, day, session, index)
        for point in Random(2).sample(range(points), min(points, 1000))
        for day in range(1, DAYS)
        for session in range(SESSIONS_A_DAY)
        for index in range(SLOTS_A_SESSION)
    ]
    Random(3).shuffle(every)
    slots = iter(every)
    for threads in THREADS:
        before = cpu_seconds(process)
        took = sorted(booked(shape, slots, threads))
        client, emulated = (
            1000 * (b - a) / len(took) for a, b in zip(before, cpu_seconds(process), strict=True)
        )
        p50, p95 = (1000 * took[int(len(took) * share)] for share in (0.5, 0.95))
        say(
            f"  {threads:>2} threads: {len(took) / BOOK_FOR_S:6.0f} bookings/s, p50 {p50:5.1f} ms, "
            f"p95 {p95:5.1f} ms; CPU each: client {client:.2f} ms, emulator {emulated:.2f} ms"
        )


def cpu_seconds(process: psutil.Process) -> tuple[float, float]:
    """Return the CPU seconds used so far by us and by the emulator."""
    times = process.cpu_times()
    return time.process_time(), times.user + times.system


def booked(shape: Shape, slots: Iterator[Slot], threads: int) -> list[float]:
    """Book for some seconds; return the seconds each booking took."""
    until, turn = time.monotonic() + BOOK_FOR_S, Lock()

    def work() -> list[float]:
        took = []
        while time.monotonic() < until:
            with turn:
                slot = next(slots)
            began = time.perf_counter()
            book(shape, slot)
            took.append(time.perf_counter() - began)
        return took

    with ThreadPoolExecutor(threads) as pool:
        all_of_them = [pool.submit(work) for _ in range(threads)]
        return [took for one in all_of_them for took in one.result()]


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def compare() -> bool:
    """Measure both shapes, each on a fresh emulator."""
    for kind, stages in ((RowPerSlot, ROW_STAGES), (Packed, (*ROW_STAGES, WHOLE_NATION))):
        say(f"{kind.__name__} (load average {os.getloadavg()[0]:.1f})")
        with emulator() as (database, process):
            shape = kind(database)
            points = measure_loading(shape, process, stages)
            measure_reads(shape, points)
            measure_booking(shape, process, points)
    return True

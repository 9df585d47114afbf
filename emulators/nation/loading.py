"""The nation into Spanner: small jobs, each a few commits.

Rows are put, not inserted: a load that was cut off is simply run again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, fields
from datetime import date, timedelta
from functools import partial
from typing import TypeVar

from emulators.nation import openings, people, points, rows
from emulators.nation.atlas import powiaty, shared_out
from emulators.nation.rows import Opened
from erejestracja.domain.point import Point
from erejestracja.domain.representation import Representation
from erejestracja.storage.spanner.database import open_database

# The emulator, which commits one at a time, took 3,600 rows/s at 50 to 100 rows a commit, 3,100 at
# 150 and 2,500 at 250 (two writers). One writer waits while it commits, two keep it busy; a third
# only loses commits to the others, and separate processes brought nothing more.
ROWS_A_COMMIT = 100
WRITERS = 2
POINTS_A_JOB = 50
PEOPLE_A_JOB = 500

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Nation:
    """What to load: sessions of `days` days from `first` on."""

    seed: int
    points: int
    people: int
    first: date
    days: int

    @property
    def last(self) -> date:
        """Return the last day that has sessions."""
        return self.first + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much was written. Slots and places are no rows: sessions have them packed."""

    points: int = 0
    series: int = 0
    sessions: int = 0
    slots: int = 0
    places: int = 0
    people: int = 0
    referrals: int = 0

    def __add__(self, other: "Loaded") -> "Loaded":
        """Return both together."""
        return Loaded(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def rows(self) -> int:
        """Return how many rows were written."""
        return self.points + self.series + self.sessions + self.people + self.referrals


Job = Callable[[Nation], Loaded]


def jobs(nation: Nation) -> list[Job]:
    """Return what has to be done."""
    numbered = [
        (code, number)
        for code, share in shared_out(nation.points).items()
        for number in range(share)
    ]
    schedules = [
        partial(load_points, numbered=numbered[start : start + POINTS_A_JOB])
        for start in range(0, len(numbered), POINTS_A_JOB)
    ]
    registers = [
        partial(load_people, numbers=range(start, min(start + PEOPLE_A_JOB, nation.people)))
        for start in range(0, nation.people, PEOPLE_A_JOB)
    ]
    return [*schedules, *registers]


def load(nation: Nation) -> Iterator[tuple[int, int, Loaded]]:
    """Do all jobs; yield how many are done, of how many, and what the latest one wrote."""
    todo = jobs(nation)
    with ThreadPoolExecutor(WRITERS) as pool:
        futures = [pool.submit(job, nation) for job in todo]
        try:
            for number, done in enumerate(as_completed(futures), 1):
                yield number, len(todo), done.result()
        finally:
            # A failed or interrupted load ends at once, not after the jobs still waiting.
            pool.shutdown(cancel_futures=True)


def load_points(nation: Nation, *, numbered: Sequence[tuple[str, int]]) -> Loaded:
    """Write points, named by powiat and number there, with their openings and sessions."""
    where = {powiat.code: powiat for powiat in powiaty()}
    opened = [
        _opened(nation, points.a_point(nation.seed, where[code], number))
        for code, number in numbered
    ]
    for group in _groups(opened, Opened.rows):
        open_database().commit(partial(rows.put_points, opened=group))
    sessions = [session for one in opened for session in one.sessions]
    return Loaded(
        points=len(opened),
        series=sum(len(one.series) for one in opened),
        sessions=len(sessions),
        slots=sum(session.slots for session in sessions),
        places=sum(session.slots * session.places for session in sessions),
    )


def load_people(nation: Nation, *, numbers: range) -> Loaded:
    """Write some people with their referrals."""
    today = nation.first - timedelta(days=1)
    registered = list(people.people(nation.seed, numbers, today))
    return save_people(registered)


def save_people(registered: list[people.Registered]) -> Loaded:
    """Write people with their referrals."""
    for group in _groups(registered, people.Registered.rows):
        open_database().commit(partial(rows.put_people, people=group))
    referrals = sum(len(one.referrals) for one in registered)
    return Loaded(people=len(registered), referrals=referrals)


def save_representations(representations: Sequence[Representation]) -> None:
    """Write who acts for whom."""
    open_database().commit(partial(rows.put_representations, representations=representations))


def _opened(nation: Nation, point: Point) -> Opened:
    series = openings.series_of(nation.seed, point, date(nation.first.year, 1, 1), nation.last)
    return Opened(point, series, list(openings.sessions_of(series, nation.first, nation.days)))


def _groups(items: Iterable[Item], rows_of: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Yield items in groups of a good size for a commit."""
    group: list[Item] = []
    size = 0
    for item in items:
        group.append(item)
        size += rows_of(item)
        if size >= ROWS_A_COMMIT:
            yield group
            group, size = [], 0
    if group:
        yield group

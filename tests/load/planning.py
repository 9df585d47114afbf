"""What all points' rules come to: their sessions of some weeks, and what planning them takes."""

import resource
import time
from collections.abc import Iterator
from datetime import date, timedelta

from emulators.nation import points
from emulators.nation.atlas import powiaty, shared_out
from emulators.nation.openings import series_of
from erejestracja.domain.series import sessions_of
from erejestracja.domain.session import Session

SEED, FIRST = 2021, date(2026, 11, 26)


def plan(number: int, days: int, *, keeps: bool) -> bool:
    """Plan one point after the other, as upkeep does, and print time and memory.

    `keeps` holds all sessions in memory.
    """
    began = time.process_time()
    kept: list[Session] = []
    sessions = places = 0
    for session in _planned(number, days):
        sessions += 1
        places += session.slots * session.places
        if keeps:
            kept.append(session)
    took = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{number} points, {days} days: {sessions} sessions, {places} places")
    print(f"{took:.1f} s of CPU, at most {peak} MB")
    return True


def _planned(number: int, days: int) -> Iterator[Session]:
    where = {powiat.code: powiat for powiat in powiaty()}
    last = FIRST + timedelta(days=days - 1)
    for code, share in shared_out(number).items():
        for nth in range(share):
            point = points.a_point(SEED, where[code], nth)
            for series in series_of(SEED, point, FIRST, last):
                for day in range(days):
                    yield from sessions_of(series, FIRST + timedelta(days=day))

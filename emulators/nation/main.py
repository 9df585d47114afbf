"""Command line of the loader: see --help of `emulators/nation/load.py`."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path

import orjson

from emulators.nation import personas
from emulators.nation.atlas import shared_out
from emulators.nation.loading import Loaded, Nation, load, save_people, save_representations
from emulators.nation.memory import emulator_megabytes
from emulators.nation.people import COVID
from erejestracja.domain import calendar
from erejestracja.storage.spanner.database import Keys, open_database
from erejestracja.storage.spanner.programmes import ProgrammeDocuments

SEED, POINTS, DAYS, MOST_DAYS = 2021, 600, 14, 90
# The default nation has the fewest; a whole one has so many for each point.
FEWEST_PEOPLE, PEOPLE_A_POINT = 5000, 8
PLAIN_EVERY_S = 5.0

Show = Callable[[int, int, Loaded], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Load the nation and say what was loaded; return the process's exit status."""
    asked = _parser().parse_args(arguments)
    _use_the_emulator()
    today = calendar.local_day(datetime.now(UTC))
    nation = Nation(
        seed=asked.seed,
        points=asked.points,
        people=asked.people or max(FEWEST_PEOPLE, PEOPLE_A_POINT * asked.points),
        first=today + timedelta(days=1),
        days=asked.days,
    )
    if asked.personas:
        homes = shared_out(nation.points)[personas.HOME]
        personas.write(asked.personas, nation.seed, today, homes)
    if asked.if_empty and open_database().read(
        "Points", ("PointId",), Keys(everything=True), limit=1
    ):
        print("nation: there already, left as it is")
        return 0
    _publish_programme()
    began = time.monotonic()
    loaded = save_people(personas.registered(nation.seed, today))
    save_representations(personas.representations(nation.seed, today))
    with _progress() as show:
        for done, of, wrote in load(nation):
            loaded += wrote
            show(done, of, loaded)
    _report(loaded, nation, time.monotonic() - began)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="emulators/nation/load.py",
        description="Fill the Spanner emulator with the test nation: points in all 380 powiaty, "
        "their openings and sessions from tomorrow on, people with referrals, the programme's "
        "rules and the personas. The same seed gives the same nation; loading it again changes "
        "nothing. Needs the environment that emulators/up writes.",
    )
    parser.add_argument(
        "--points", type=_count, default=POINTS, help="how many (default %(default)s; all: 9000)"
    )
    parser.add_argument(
        "--days", type=_days, default=DAYS, help="days of sessions (default %(default)s)"
    )
    parser.add_argument(
        "--people", type=_count, help="how many (default: 8 for a point, at least 5000)"
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, help="another seed, another nation (default %(default)s)"
    )
    parser.add_argument(
        "--personas", type=Path, metavar="FILE", help="where to write whom one may log in as"
    )
    parser.add_argument(
        "--if-empty", action="store_true", help="load only into a database without points"
    )
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _days(text: str) -> int:
    number = _count(text)
    if number > MOST_DAYS:
        raise argparse.ArgumentTypeError(f"at most {MOST_DAYS}")
    return number


def _use_the_emulator() -> None:
    """Refuse to write made-up people anywhere else."""
    if not os.environ.get("SPANNER_EMULATOR_HOST"):
        sys.exit(
            "nation: SPANNER_EMULATOR_HOST is not set; made-up people belong to the emulator only"
        )


def _publish_programme() -> None:
    """Publish the shipped rules, unless rules are there: those may have been changed since."""
    documents = ProgrammeDocuments(open_database())
    if COVID not in documents.newest():
        text = (resources.files("erejestracja.programmes") / f"{COVID}.json").read_bytes()
        documents.publish(COVID, 1, orjson.loads(text))


@contextmanager
def _progress() -> Iterator[Show]:
    """Yield what shows progress: a bar on a terminal, else a line now and then."""
    if not sys.stdout.isatty():
        yield _PlainLines()
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("nation"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[slots]:,} slots"),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as bar:
        task = bar.add_task("nation", total=None, slots=0)
        yield lambda done, of, so_far: bar.update(
            task, completed=done, total=of, slots=so_far.slots
        )


class _PlainLines:
    """A line every few seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + PLAIN_EVERY_S

    def __call__(self, done: int, of: int, so_far: Loaded) -> None:
        """Print how far it is, if it is time to."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PLAIN_EVERY_S
            print(f"nation: {100 * done // of} %, {so_far.slots:,} slots", flush=True)


def _report(loaded: Loaded, nation: Nation, seconds: float) -> None:
    print(
        f"nation: {loaded.points:,} points, {loaded.series:,} series, "
        f"{loaded.slots:,} free slots ({loaded.places:,} places) in {loaded.sessions:,} sessions "
        f"from {nation.first} to {nation.last}, {loaded.people:,} people"
    )
    megabytes = emulator_megabytes()
    weighs = f", the Spanner emulator now holds {megabytes:,} MB" if megabytes else ""
    print(f"nation: {loaded.rows():,} rows in {seconds:.1f} s{weighs}")

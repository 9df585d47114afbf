"""The load tests' command line."""

import argparse
import asyncio
import contextlib
import os
import sys
from dataclasses import fields
from typing import Any

from tests.load import (
    aftermath,
    booking,
    faults,
    files,
    imports,
    logins,
    mixed,
    pages,
    pictures,
    planning,
    schedule_shapes,
    search,
    stampede,
    webhooks,
)
from tests.load.people import register
from tests.load.report import show_cpu
from tests.load.suite import cpu_by_process, enter

# The seed's peak hour: 350,000 searches and 122,000 bookings.
SEARCHES, BOOKINGS = 97.0, 34.0


def main() -> None:
    """Run what is asked for, against the suite that emulators/up has started."""
    asked = _parser().parse_args()
    if asked.suite:
        enter()
    fine = asked.run(asked)
    sys.exit(0 if fine else 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests/load/run", description=__doc__)
    parser.set_defaults(suite=True)
    kinds = parser.add_subparsers(required=True, metavar="WHAT")
    one = kinds.add_parser("search", help="search beside the bare framework (wrk)")
    one.add_argument("--seconds", type=int, default=10)
    one.add_argument("--workers", type=int, default=2)
    one.add_argument("--threads", type=int, default=4)
    one.add_argument("--connections", type=int, default=8)
    one.set_defaults(run=_search)
    one = kinds.add_parser("logins", help="logins beside the bare framework, by core (wrk)")
    one.add_argument("--logins", type=int, default=3000, help="different ones")
    one.add_argument("--seconds", type=int, default=10)
    one.add_argument("--threads", type=int, default=4)
    one.add_argument("--connections", type=int, default=8)
    one.set_defaults(
        run=lambda asked: logins.compare(
            asked.logins, asked.seconds, asked.threads, asked.connections
        )
    )
    one = kinds.add_parser("booking", help="booking over HTTP beside the bare emulator")
    one.add_argument("--people", type=int, default=2000)
    one.add_argument("--callers", type=int, default=16)
    one.add_argument("--seconds", type=float, default=8.0, help="of the bare emulator")
    # The suite gives booking one worker, unless it was told otherwise.
    one.add_argument("--processes", type=int, default=1, help="of the bare emulator")
    one.set_defaults(run=_booking)
    one = kinds.add_parser("mixed", help="the seed's peak hour, open loop")
    one.add_argument("--searches", type=float, default=SEARCHES, help="a second")
    one.add_argument("--bookings", type=float, default=BOOKINGS, help="a second")
    one.add_argument("--minutes", type=float, default=10.0)
    one.set_defaults(run=_mixed)
    one = kinds.add_parser("stampede", help="200 callers for 20 places")
    one.add_argument("--callers", type=int, default=200)
    one.set_defaults(run=_stampede)
    one = kinds.add_parser("faults", help="kill every part but Spanner, one by one, under load")
    one.add_argument("victims", nargs="*", help="only these, by name")
    one.add_argument("--pause", type=float, default=10.0, help="seconds between two kills")
    one.set_defaults(run=_faults)
    _add_those_without_a_suite(kinds)
    _add_imports(kinds)
    _add_webhooks(kinds)
    _add_looks(kinds)
    return parser


def _add_imports(kinds: Any) -> None:
    """Add what takes in files."""
    one = kinds.add_parser("imports", help="a file of many rows: rows a second, memory")
    one.add_argument("--kind", choices=list(files.KINDS), default="referrals")
    one.add_argument("--rows", type=int, default=1_000_000)
    one.add_argument("--weeks", type=int, default=1, help="that rules of schedules hold for")
    one.add_argument(
        "--then",
        nargs="*",
        choices=list(files.SHAPES),
        default=[],
        help="hand the rows over anew, as they were or each of a schedule changed",
    )
    one.add_argument("--minutes", type=float, default=30.0, help="of a file, give up after that")
    one.set_defaults(run=_imports)


def _add_webhooks(kinds: Any) -> None:
    """Add what tells points' own software."""
    one = kinds.add_parser("webhooks", help="points' software told, beside some that is down")
    one.add_argument("--events", type=int, default=2000, help="told at once")
    one.add_argument("--points", type=int, default=50, help="whose software takes all")
    one.add_argument("--slow", type=int, default=2, help="further points that answer too late")
    one.add_argument("--refusing", type=int, default=2, help="further points that refuse")
    one.add_argument("--rate", type=float, default=20.0, help="events a second of the steady runs")
    one.add_argument("--seconds", type=float, default=30.0, help="that each of these takes")
    names = [one.name for one in fields(webhooks.Asked)]
    one.set_defaults(
        run=lambda asked: webhooks.run(
            webhooks.Asked(**{name: getattr(asked, name) for name in names})
        )
    )


def _add_looks(kinds: Any) -> None:
    """Add what only looks at the running suite."""
    one = kinds.add_parser("pages", help="patients' pages in Lighthouse, as on a telephone")
    one.add_argument("--persona", default="patient", help="who is signed in")
    one.set_defaults(run=lambda asked: pages.rate(os.environ["PUBLIC_URL"], asked.persona))
    one = kinds.add_parser("pictures", help="take docs/pictures anew from the running suite")
    one.set_defaults(run=lambda _: pictures.take(os.environ["PUBLIC_URL"]))
    one = kinds.add_parser("check", help="only look whether all invariants hold")
    one.set_defaults(run=lambda _: aftermath.show())


def _add_those_without_a_suite(kinds: Any) -> None:
    """Add what measures by itself."""
    one = kinds.add_parser("plan", help="all points' sessions: time, memory; needs no suite")
    one.add_argument("--points", type=int, default=9000)
    one.add_argument("--days", type=int, default=60)
    one.add_argument("--keep", action="store_true", help="hold all sessions in memory")
    one.set_defaults(
        suite=False, run=lambda asked: planning.plan(asked.points, asked.days, keeps=asked.keep)
    )
    one = kinds.add_parser("shapes", help="a row per slot or packed rows; needs no suite")
    one.set_defaults(suite=False, run=lambda _: schedule_shapes.compare())


def _imports(asked: argparse.Namespace) -> bool:
    rows = files.rows_of(asked.kind, asked.rows, asked.weeks)
    return imports.run(asked.kind, rows, asked.then, 60 * asked.minutes)


def _powiaty() -> list[str]:
    from erejestracja.storage.spanner.database import Keys, open_database

    rows = open_database().read("Points", ("Powiat",), Keys(everything=True))
    return sorted({row[0] for row in rows if row[0] != "0000"})


def _goes_first() -> None:
    """Let nobody on the same cores hold up the clock that measures them; needs the right to."""
    with contextlib.suppress(PermissionError):
        os.nice(-10)


def _search(asked: argparse.Namespace) -> bool:
    search.compare(_powiaty(), asked.seconds, asked.workers, asked.threads, asked.connections)
    return True


def _booking(asked: argparse.Namespace) -> bool:
    base, powiaty = os.environ["PUBLIC_URL"], _powiaty()
    people = register(asked.people, os.environ["OIDC_ISSUER"], phones=False)
    with cpu_by_process() as cores:
        tally, lasted = asyncio.run(booking.through_http(base, people, powiaty, asked.callers))
    tally.show(lasted)
    show_cpu(cores)
    commits = sum(n for (_, o), n in tally.outcomes.items() if o == "201") / lasted
    threads = max(1, asked.callers // asked.processes)
    bare = booking.on_the_bare_emulator(asked.seconds, asked.processes, threads)
    print(f"commits/s over HTTP {commits:.0f}, bare emulator {bare:.0f}: {commits / bare:.2f}")
    return tally.errors() == 0


def _mixed(asked: argparse.Namespace) -> bool:
    seconds = 60 * asked.minutes
    people = register(int(asked.bookings * seconds * 1.1) + 10, os.environ["OIDC_ISSUER"])
    print(
        f"offering {asked.searches} searches/s and {asked.bookings} bookings/s for {seconds:.0f} s"
    )
    _goes_first()
    with cpu_by_process() as cores:
        tally, lasted = asyncio.run(
            mixed.run(
                os.environ["PUBLIC_URL"],
                people,
                _powiaty(),
                searches=asked.searches,
                bookings=asked.bookings,
                seconds=seconds,
            )
        )
    tally.show(lasted)
    show_cpu(cores)
    print(f"answers that were neither good nor a lawful refusal: {tally.errors()}")
    return aftermath.show() and tally.errors() == 0


def _stampede(asked: argparse.Namespace) -> bool:
    people = register(asked.callers, os.environ["OIDC_ISSUER"])
    session = stampede.new_session()
    if not stampede.published(os.environ["PUBLIC_URL"], session):
        print("search does not know the new session after a minute: is availability well?")
        return False
    tally, told, lasted = asyncio.run(stampede.run(os.environ["PUBLIC_URL"], people, session))
    tally.show(lasted)
    free = stampede.free_after(session)
    print(f"told: {dict(told)}; free places after: {free} of {stampede.PLACES}")
    return told["booked"] == stampede.PLACES and free == 0 and tally.errors() == 0


def _faults(asked: argparse.Namespace) -> bool:
    names = faults.victims(asked.victims)
    people = register(int(7 * asked.pause * (len(names) + 1)) + 20, os.environ["OIDC_ISSUER"])
    tally, lasted, back = asyncio.run(
        faults.run(os.environ["PUBLIC_URL"], people, _powiaty(), names, asked.pause)
    )
    tally.show(lasted)
    lost = [name for name, seconds in back.items() if seconds is None]
    print(f"killed {len(names)}, not back: {lost or 'none'}")
    return aftermath.show() and not lost


if __name__ == "__main__":
    main()

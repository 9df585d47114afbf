"""Run the whole suite on this machine: Google's emulators, the other servers, every function.

Everything it starts ends with it: Ctrl-C, or a signal to this process. State, logs and the
variables for other commands are in .state/.
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from emulators.suite.google_tools import ToolMissing
from emulators.suite.keeper import NotReady
from emulators.suite.narration import Lines, Narrator
from emulators.suite.nation import Nation
from emulators.suite.parts import UnknownPart
from emulators.suite.places import FUNCTIONS, INSTALLED
from emulators.suite.provision import ProvisionFailed
from emulators.suite.suite import AlreadyRunning, Choices, Suite
from emulators.suite.welcome import welcome

FAILURES = (AlreadyRunning, NotReady, ProvisionFailed, ToolMissing, UnknownPart)
INTERRUPTING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="emulators/up", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    add = parser.add_argument
    add("--points", type=int, default=600, help="vaccination points to load (600; nation: 9000)")
    add("--days", type=int, default=14, help="days of schedule from tomorrow on (14)")
    add("--people", type=int, help="people to load (the loader's choice)")
    add("--seed", type=int, default=1, help="another seed, another nation (1)")
    add("--no-nation", action="store_true", help="leave the database empty")
    add(
        "--keep",
        action="store_true",
        help="keep what Firestore, BigQuery, Cloud Storage and\n"
        "log-ins hold from start to start; Spanner and Pub/Sub cannot",
    )
    add(
        "--only",
        default="",
        metavar="A,B",
        help="only these servers and functions, and what\n"
        "they need; `servers` for all servers without functions",
    )
    add(
        "--external",
        default="",
        metavar="A,B",
        help="these servers run already, at their usual ports: see compose.yaml",
    )
    add("--workers", type=int, default=1, help="processes of each function (1)")
    add("--free-ports", action="store_true", help="use any free ports instead of the usual ones")
    add("--functions", type=Path, default=FUNCTIONS, help=argparse.SUPPRESS)
    add("--state", type=Path, default=INSTALLED, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def names(text: str) -> tuple[str, ...]:
    """Return the names in a list with commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def choices(asked: argparse.Namespace) -> Choices:
    """Return what the command line asks for."""
    nation = Nation(
        points=asked.points, days=asked.days, seed=asked.seed, people=asked.people, shown=True
    )
    return Choices(
        only=names(asked.only),
        external=names(asked.external),
        functions=asked.functions.resolve(),
        free_ports=asked.free_ports,
        keep=asked.keep,
        nation=None if asked.no_nation else nation,
        workers=asked.workers,
    )


def run(suite: Suite, narrator: Narrator) -> int:
    """Start the suite and keep it up until interrupted; return the exit code."""
    start = time.monotonic()
    try:
        suite.start()
        narrator.say(welcome(suite, time.monotonic() - start))
        suite.run_until(threading.Event())
    except FAILURES as failure:
        narrator.say(f"emulators/up: {failure}")
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        for number in INTERRUPTING:
            signal.signal(number, signal.SIG_IGN)
        stopping = time.monotonic()
        suite.stop()
        if suite.has_begun:
            narrator.say(f"Stopped in {time.monotonic() - stopping:.1f} s.")
    return 0


def main() -> int:
    """Run from the command line."""
    asked = parse(sys.argv[1:])
    for number in INTERRUPTING:
        signal.signal(number, signal.default_int_handler)
    narrator = Lines()
    try:
        suite = Suite(choices(asked), state=asked.state, narrator=narrator)
    except UnknownPart as unknown:
        narrator.say(f"emulators/up: {unknown}")
        return 2
    narrator.say("Starting the suite")
    return run(suite, narrator)


if __name__ == "__main__":
    sys.exit(main())

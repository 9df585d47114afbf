"""What a process of the suite is: a command, its environment, and how one knows it is ready."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulators.suite.probes import Probe

# Of the caller's environment only what a program needs to run: the suite behaves the same whatever
# addresses and credentials the shell has.
PASSED_ON = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "JAVA_HOME", "TMPDIR", "USER"),
    # Load comes from one address and few people: `RATE_LIMITS=off emulators/up`.
    "RATE_LIMITS",
    # Who tries the suite at night wants to be asked, too.
    "WAITING_FROM_HOUR",
    "WAITING_UNTIL_HOUR",
)


@dataclass(frozen=True, slots=True)
class Program:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    ready: Probe
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    # The file of ours that it runs; one that a checkout does not have is left out, visibly.
    source: Path | None = None
    # Where it tells how it is, if it does more than accept connections.
    health: str = ""
    ready_within_s: float = 60
    # How long it may take to finish what it does before it is killed.
    grace_s: float = 5
    stop_signal: signal.Signals = signal.SIGTERM
    # Called before each start: a server may need its folder made or a leftover removed.
    prepare: Callable[[], None] = lambda: None


def passed_on() -> dict[str, str]:
    """Return what a process gets of the caller's environment."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}

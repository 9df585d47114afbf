"""All processes of a running suite."""

import os
import shutil
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from emulators.suite import leftovers
from emulators.suite.keeper import Keeper
from emulators.suite.places import State
from emulators.suite.programs import Program

# A function under load writes a line for each request; its log starts anew at this size.
LONGEST_LOG = 64 * 1024 * 1024


class Processes:
    """Starts, watches and stops them, and writes down who runs."""

    def __init__(self, state: State, public_url: str, came_back: Callable[[str], None]) -> None:
        self._state = state
        self._public_url = public_url
        self._came_back = came_back
        self._keepers: dict[str, Keeper] = {}
        self._writing = threading.Lock()
        self._spawner = ThreadPoolExecutor(1, thread_name_prefix="spawner")

    def __getitem__(self, name: str) -> Keeper:
        return self._keepers[name]

    def __contains__(self, name: str) -> bool:
        return name in self._keepers

    def start(self, programs: Iterable[Program]) -> None:
        """Start programs side by side; returns before they are ready."""
        for program in programs:
            self._keepers[program.name] = keeper = Keeper(
                program,
                log=self._state.log(program.name),
                spawner=self._spawner,
                changed=self.write_down,
                came_back=self._came_back,
            )
            keeper.start()

    def stop(self, names: Iterable[str]) -> None:
        """Stop those of these that run, side by side."""
        stopping = [self._keepers.pop(name) for name in names if name in self._keepers]
        if stopping:
            with ThreadPoolExecutor(len(stopping)) as pool:
                list(pool.map(Keeper.stop, stopping))

    def close(self) -> None:
        """Stop all that is left, and start none any more."""
        self.stop(list(self._keepers))
        self._spawner.shutdown()

    def write_down(self) -> None:
        """Write who runs, for `emulators/status` and for the start after a crash."""
        with self._writing:
            me = os.getpid()
            entries = [_entry(keeper) for keeper in list(self._keepers.values())]
            supervisor = {"pid": me, "started": leftovers.started_at(me)}
            running = {"supervisor": supervisor, "publicUrl": self._public_url}
            leftovers.write(self._state.running, {**running, "processes": entries})

    def shorten_logs(self) -> None:
        """Empty logs that have become too long; processes append, so they go on at the start."""
        for keeper in list(self._keepers.values()):
            if keeper.log.exists() and keeper.log.stat().st_size > LONGEST_LOG:
                os.truncate(keeper.log, 0)


def _entry(keeper: Keeper) -> dict[str, Any]:
    pid = keeper.pid or 0
    return {
        "name": keeper.program.name,
        "pid": pid,
        "started": leftovers.started_at(pid),
        "program": os.path.realpath(shutil.which(keeper.program.command[0]) or ""),
        "port": keeper.program.port,
        "health": keeper.program.health,
        "log": str(keeper.log),
        "restarts": keeper.restarts,
    }

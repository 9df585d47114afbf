"""Keeps one process alive: starts it, starts it again when it ends, stops it with all its own."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from emulators.suite.probes import wait_for
from emulators.suite.programs import Program, passed_on
from emulators.suite.spawning import dies_with_us

SHORTEST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 5.0
# A process that ran this long did start well: the next pause is short again.
WELL_AFTER_S = 10.0


class NotReady(Exception):  # noqa: N818 - it reads as what happened
    """A process did not come up; the message says where its log is."""


class Keeper:
    """One process of the suite, for as long as the suite runs.

    `came_back` is called when it is ready again after it ended by itself.
    """

    def __init__(
        self,
        program: Program,
        *,
        log: Path,
        spawner: ThreadPoolExecutor,
        changed: Callable[[], None] = lambda: None,
        came_back: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.program = program
        self.log = log
        self.restarts = 0
        self._began = 0.0
        self._spawner = spawner
        self._changed = changed
        self._came_back = came_back
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        # Held while a process is started, so that stopping never misses one.
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name=f"keeper-{program.name}")

    @property
    def pid(self) -> int | None:
        """The process number, None when it is not running just now."""
        process = self._process
        return process.pid if process and process.poll() is None else None

    def start(self) -> None:
        """Start the process and begin to watch it; returns at once."""
        self._spawn()
        self._thread.start()

    def await_ready(self) -> None:
        """Wait until the process does its work. Raises NotReady."""
        program = self.program
        given_up = self._given_up_starting
        if not wait_for(program.ready, timeout_s=program.ready_within_s, unless=given_up):
            raise NotReady(f"{program.name} did not come up; see {self.log}\n{self._log_end()}")

    def stop(self) -> None:
        """Stop the process: politely, then not; returns when it and its children are gone."""
        with self._starting:
            self._stopping.set()
        # One who interrupted our start may have done so just as the process came into being.
        self._spawner.submit(int).result()
        process = self._process
        if process:
            _signal_group(process.pid, self.program.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(self.program.grace_s)
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
        if self._thread.is_alive():
            self._thread.join()

    def restart(self) -> None:
        """End the process; it is started again as if it had ended by itself."""
        process = self._process
        if process:
            _signal_group(process.pid, self.program.stop_signal)

    def _given_up_starting(self) -> bool:
        # Twice is a reason, not bad luck.
        return self._stopping.is_set() or self.restarts > 1

    def _log_end(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        return ""

    def _spawn(self) -> None:
        # All processes are started by one thread that lives as long as the suite: the system
        # ends a child when the thread that started it ends.
        self._spawner.submit(self._open).result()
        self._changed()

    def _open(self) -> None:
        self.program.prepare()
        self._began = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                dies_with_us(self.program.command),
                env={**passed_on(), **self.program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _keep(self) -> None:
        pause = SHORTEST_PAUSE_S
        while self._process:
            self._process.wait()
            # What it left running would hold its port: an nginx or gunicorn worker, say.
            _signal_group(self._process.pid, signal.SIGKILL)
            if time.monotonic() - self._began > WELL_AFTER_S:
                pause = SHORTEST_PAUSE_S
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LONGEST_PAUSE_S)
            self.restarts += 1
            if not self._start_again():
                return

    def _start_again(self) -> bool:
        with self._starting:
            if self._stopping.is_set():
                return False
            self._spawn()
        # While a restarted server is awaited it may end again, hence a thread of its own.
        threading.Thread(target=self._tell_when_back, args=(self.restarts,), daemon=True).start()
        return True

    def _tell_when_back(self, restart: int) -> None:
        def overtaken() -> bool:
            return self._stopping.is_set() or self.restarts != restart

        if wait_for(self.program.ready, timeout_s=self.program.ready_within_s, unless=overtaken):
            self._came_back(self.program.name)


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)

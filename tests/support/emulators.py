"""Google's emulators and a Valkey server, each started on first use, once per test run.

The suite's own programs (emulators/suite/servers.py), each on a free loopback port, dying with the
run whatever ends it. The address goes into the environment before a client exists.
"""

import atexit
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from emulators.suite import servers
from emulators.suite.environment import google_clients
from emulators.suite.google_tools import ToolMissing
from emulators.suite.probes import wait_for
from emulators.suite.programs import Program
from emulators.suite.spawning import dies_with_us

STARTS_WITHIN_S = 30
ENDS_WITHIN_S = 5


@contextmanager
def server(
    command: Sequence[str], ready: Callable[[], bool], variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server from its first answer to the end of the block, its children included.

    Start it from the main thread: the system ends it when the thread that started it ends, which
    is what leaves no orphan when the run is killed. Raises RuntimeError, with what it printed, if
    it ends or does not answer within half a minute.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            dies_with_us(command),
            env=os.environ | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if not wait_for(
                ready, timeout_s=STARTS_WITHIN_S, unless=lambda: process.poll() is not None
            ):
                output.seek(0)
                said = output.read()[-3000:].decode(errors="replace")
                raise RuntimeError(f"{command[0]} does not answer; it said: {said}")
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started, kindly first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(ENDS_WITHIN_S)


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Emulators:
    """The servers of one test run. Close it to stop them."""

    def __init__(self) -> None:
        self._running = ExitStack()
        atexit.register(self.close)
        os.environ.update(google_clients({}))

    def close(self) -> None:
        """Stop what was started; more than once is harmless."""
        self._running.close()

    @cached_property
    def spanner(self) -> str:
        """Return host and port of the Spanner emulator."""
        return self._started("SPANNER_EMULATOR_HOST", servers.spanner(free_port()))

    @cached_property
    def pubsub(self) -> str:
        """Return host and port of the Pub/Sub emulator."""
        return self._started("PUBSUB_EMULATOR_HOST", servers.pubsub(free_port()))

    @cached_property
    def firestore(self) -> str:
        """Return host and port of the Firestore emulator."""
        return self._started("FIRESTORE_EMULATOR_HOST", servers.firestore(free_port()))

    @cached_property
    def redis_url(self) -> str:
        """Return the address of a Valkey server that keeps nothing."""
        folder = Path(self._running.enter_context(tempfile.TemporaryDirectory()))
        program = servers.redis(free_port(), folder)
        return self._started("REDIS_URL", program, "redis://{}/0")

    def _started(self, variable: str, program: Program, form: str = "{}") -> str:
        self._running.enter_context(server(program.command, program.ready, program.environment))
        os.environ[variable] = form.format(f"127.0.0.1:{program.port}")
        return os.environ[variable]


def or_skip(start: Callable[[], Any]) -> Any:
    """Return what starts; without its server skip the test, or fail it where CI is set."""
    try:
        return start()
    except ToolMissing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))

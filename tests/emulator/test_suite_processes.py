"""The supervisor keeps processes alive, and leaves none behind however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from emulators.suite import leftovers, ports
from emulators.suite.keeper import NotReady
from emulators.suite.places import ROOT, State
from emulators.suite.ports import HOST
from emulators.suite.probes import listens, wait_for
from emulators.suite.servers import empty_redis
from emulators.suite.suite import AlreadyRunning, Choices, Suite
from tests.support.emulators import free_port

pytestmark = pytest.mark.emulator

TWO = Choices(only=("spanner", "redis"), free_ports=True, provision=False)
WITHIN_S = 10


def soon(what: Callable[[], bool]) -> bool:
    return wait_for(what, timeout_s=WITHIN_S)


def alive(groups: set[int]) -> list[psutil.Process]:
    """Return every process of these groups that has not ended."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            group = os.getpgid(process.pid)
            if group in groups and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def groups_of(state: Path) -> set[int]:
    """Return the process groups that a supervisor has written down."""
    return {entry["pid"] for entry in leftovers.read(State(state).running)["processes"]}


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return `emulators/up` with a Valkey server, ready, as a process of its own."""
    command = [sys.executable, "-m", "emulators.suite.up", "--only", "redis", "--free-ports"]
    command += ["--state", str(tmp_path)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    with process:
        assert process.stdout
        assert any("Ctrl-C" in line for line in process.stdout)
        yield process
        process.kill()


def test_servers_are_up_within_seconds_and_gone_afterwards(tmp_path: Path) -> None:
    began = time.monotonic()
    with Suite(TWO, state=tmp_path) as suite:
        took = time.monotonic() - began
        assert listens(suite.ports["spanner"])()
        assert listens(suite.ports["redis"])()
        started = groups_of(tmp_path)
        assert len(alive(started)) == 2

    assert took < 5
    assert alive(started) == []
    assert not State(tmp_path).running.exists()


def test_a_killed_server_is_started_again_on_its_port(tmp_path: Path) -> None:
    with Suite(TWO, state=tmp_path) as suite:
        redis = suite.processes["redis"]
        killed = redis.pid
        assert killed

        os.kill(killed, signal.SIGKILL)

        assert soon(lambda: redis.pid not in {None, killed} and listens(suite.ports["redis"])())
        assert redis.restarts == 1
        assert suite.processes["spanner"].restarts == 0


def test_who_runs_is_written_down_with_every_restart(tmp_path: Path) -> None:
    with Suite(TWO, state=tmp_path) as suite:
        redis = suite.processes["redis"]
        assert redis.pid
        os.kill(redis.pid, signal.SIGKILL)

        def written() -> bool:
            entries = leftovers.read(suite.state.running)["processes"]
            entry = next(entry for entry in entries if entry["name"] == "redis")
            return (entry["pid"], entry["restarts"]) == (redis.pid, 1)

        assert soon(written)


def test_a_second_supervisor_is_told_that_one_is_running(tmp_path: Path) -> None:
    with Suite(TWO, state=tmp_path), pytest.raises(AlreadyRunning, match=str(os.getpid())):
        Suite(TWO, state=tmp_path).start()


def test_a_server_that_cannot_start_is_told_with_its_log(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder must be")

    with pytest.raises((NotReady, OSError)):
        Suite(TWO, state=tmp_path).__enter__()


def test_taken_ports_are_replaced_and_said() -> None:
    taken = ports.USUAL["sms_gateway"]
    said: list[str] = []
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind((HOST, taken))
            other.listen(1)
        except OSError:
            pass  # somebody else has it, which serves as well

        chosen = ports.choose(["search"], say=said.append)

    assert chosen["sms_gateway"] != taken
    assert any(f"port {taken} is taken" in line for line in said)
    assert len(set(chosen.values())) == len(chosen)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_supervisor_ends_all_it_started(
    supervisor: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    started = groups_of(tmp_path)
    assert len(alive(started)) == 1

    supervisor.send_signal(number)
    said, _ = supervisor.communicate(timeout=WITHIN_S)

    assert supervisor.returncode == 0
    assert "Stopped" in said
    assert alive(started) == []


def test_a_killed_supervisor_leaves_no_orphan(
    supervisor: subprocess.Popen[str], tmp_path: Path
) -> None:
    started = groups_of(tmp_path)

    supervisor.kill()

    assert soon(lambda: alive(started) == [])


def test_the_next_start_ends_what_a_crash_left_and_no_stranger() -> None:
    ours = subprocess.Popen(["sleep", "60"], start_new_session=True)
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    began = leftovers.started_at(ours.pid)
    earlier = began - 3600
    entries = [
        {"name": "ours", "pid": ours.pid, "started": began},
        {"name": "stranger", "pid": stranger.pid, "started": max(earlier, psutil.boot_time() + 1)},
    ]
    try:
        ended = leftovers.clear_away({"processes": entries})

        assert ended == ["ours"]
        assert alive({ours.pid}) == []
        assert stranger.poll() is None
    finally:
        for process in (ours, stranger):
            process.kill()
            process.wait()


def test_data_of_valkey_survives_a_restart_with_keep(tmp_path: Path) -> None:
    from redis import Redis

    choices = Choices(only=("redis",), free_ports=True, provision=False, keep=True)
    with Suite(choices, state=tmp_path) as suite:
        client = Redis.from_url(suite.variables["REDIS_URL"])
        client.set("kept", "yes")
        client.close()
        key = suite.variables["HOLD_KEY"]

    with Suite(choices, state=tmp_path) as suite:
        client = Redis.from_url(suite.variables["REDIS_URL"])
        kept = client.get("kept")
        client.close()

    assert kept == b"yes"
    assert suite.variables["HOLD_KEY"] == key


def test_a_valkey_server_can_be_made_to_forget(tmp_path: Path) -> None:
    from redis import Redis

    choices = Choices(only=("redis",), free_ports=True, provision=False)
    with Suite(choices, state=tmp_path) as suite:
        client = Redis.from_url(suite.variables["REDIS_URL"])
        client.set("of", "another nation")

        empty_redis(suite.ports["redis"])

        assert client.dbsize() == 0
        client.close()


def test_without_keep_a_start_is_clean(tmp_path: Path) -> None:
    choices = Choices(only=("redis",), free_ports=True, provision=False)
    with Suite(choices, state=tmp_path) as suite:
        key = suite.variables["HOLD_KEY"]

    with Suite(choices, state=tmp_path) as suite:
        assert suite.variables["HOLD_KEY"] != key


def test_a_port_nobody_listens_on_is_not_ready() -> None:
    assert not listens(free_port())()

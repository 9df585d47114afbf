"""Whatever ends a test run, no server it started is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from emulators.suite.probes import listens, wait_for
from tests.support.emulators import Emulators, free_port, or_skip, server

pytestmark = pytest.mark.emulator

ROOT = Path(__file__).resolve().parents[2]
# A shell that runs us in the background has its children ignore Ctrl-C, and ours would, too.
RUN = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.support.emulators import Emulators
print(Emulators().spanner, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_no_server(emulators: Emulators, ending: signal.Signals) -> None:
    or_skip(lambda: emulators.spanner)
    variables = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}"}
    with subprocess.Popen(
        [sys.executable, "-c", RUN],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as run:
        assert run.stdout
        port = int(run.stdout.readline().rpartition(":")[2])
        assert listens(port)()
        run.send_signal(ending)
        run.wait(20)
    assert wait_for(lambda: not listens(port)(), timeout_s=10)


def test_a_server_takes_its_children_with_it() -> None:
    port = free_port()
    child = f"import socket,time;s=socket.create_server(('127.0.0.1',{port}));time.sleep(60)"
    parent = f"import subprocess,sys;subprocess.run([sys.executable,'-c',{child!r}])"
    with server([sys.executable, "-c", parent], listens(port)) as process:
        family = psutil.Process(process.pid).children(recursive=True)
        assert family
    assert psutil.wait_procs(family, timeout=10)[1] == []


def test_a_server_that_does_not_come_up_says_why() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no room for me')"]
    started = time.monotonic()
    with pytest.raises(RuntimeError, match="no room for me"), server(command, lambda: False):
        pass
    assert time.monotonic() - started < 10

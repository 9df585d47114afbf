"""What a new instance pays before its first request: reading main.py and what it imports."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.guards.tree import ROOT
from tests.support.functions import SUITE

CPU_S = 1.0
HEAVY = ("google.api_core", "google.auth", "grpc", "redis", "requests", "joserfc", "holidays")
MEASURE = """
import json, os, resource, runpy, sys
before = resource.getrusage(resource.RUSAGE_SELF)
runpy.run_path(sys.argv[1])
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({"cpu": cpu, "modules": sorted(sys.modules)}))
"""


def heavy(module: str) -> bool:
    # google.cloud.functions is the framework's own.
    client = module.startswith("google.cloud.") and ".functions" not in module
    return client or module in HEAVY


def loaded(name: str) -> dict[str, Any]:
    """Load a function's main.py in a process of its own; return CPU seconds and modules."""
    main = ROOT / "functions" / name / "main.py"
    # No settings: nothing may be read from the environment before a request needs it.
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "shared")}
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(main)], env=bare, capture_output=True, check=False
    )
    assert run.returncode == 0, run.stderr.decode()
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@pytest.mark.parametrize("name", sorted(SUITE["functions"]))
def test_a_new_instance_starts_quickly_and_opens_no_client(name: str) -> None:
    # The first in a fresh checkout compiles what it reads, as the cloud does while it builds.
    first, second = loaded(name), loaded(name)
    assert [module for module in second["modules"] if heavy(module)] == []
    assert min(first["cpu"], second["cpu"]) < CPU_S

"""The commands a newcomer types: each says what it does, and refuses what it does not know."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.guards.tree import ROOT, files, text

COMMANDS = [str(f) for f in files() if not f.suffix and text(f).startswith("#!/usr/bin/env py")]
SCRIPTS = [
    *("functions/bundle.py", "functions/requirements.py", "functions/vendor.py"),
    "emulators/setup.py",
]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = words if words[0] in COMMANDS else [sys.executable, *words]
    return subprocess.run(
        [ROOT / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("command", [*COMMANDS, *SCRIPTS])
def test_a_command_says_what_it_does(command: str) -> None:
    helped = run(command, "--help")
    assert helped.returncode == 0, helped.stderr
    assert "usage: " in helped.stdout
    assert "Traceback" not in helped.stderr


def test_a_step_that_does_not_exist_is_refused() -> None:
    refused = run("tests/run", "everything")
    assert refused.returncode == 2
    assert "no such step: everything" in refused.stderr


def test_the_check_before_a_change_lands_is_the_one_on_any_machine() -> None:
    assert "exec tests/run" in (ROOT / ".ci/run").read_text("utf-8")
    helped = subprocess.run(
        ["bash", ".ci/run", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert helped.stdout == run("tests/run", "--help").stdout

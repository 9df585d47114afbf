"""The narrated main job, as a newcomer runs it."""

import subprocess
import sys

from emulators.suite.places import EMULATORS

WITHIN_S = 120


def test_the_demo_finds_books_moves_cancels_and_does_the_same_by_text() -> None:
    run = subprocess.run(
        [sys.executable, str(EMULATORS / "demo")],
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    assert "„Proponowany termin: " in run.stdout

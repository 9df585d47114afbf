"""Loads the test nation into a fresh database."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from emulators.suite.places import EMULATORS, ROOT, VENV_PYTHON, State
from emulators.suite.programs import passed_on
from emulators.suite.provision import ProvisionFailed

LOADER = EMULATORS / "nation" / "load.py"


@dataclass(frozen=True, slots=True)
class Nation:
    """How large it is; the same seed gives the same nation, but for identity numbers."""

    points: int = 600
    days: int = 14
    seed: int = 1
    people: int | None = None
    # Where its loader shows how far it is; to its log otherwise.
    shown: bool = False

    def load(self, state: State, variables: Mapping[str, str]) -> str:
        """Load it; return in words what was loaded. Raises ProvisionFailed."""
        if not LOADER.is_file():
            return "skipped: emulators/nation/load.py does not exist"
        command = [str(VENV_PYTHON), str(LOADER), "--points", str(self.points)]
        command += ["--days", str(self.days), "--seed", str(self.seed)]
        command += ["--personas", str(state.personas)]
        command += ["--people", str(self.people)] if self.people else []
        environment = {**passed_on(), **variables, "PYTHONPATH": str(ROOT / "shared")}
        log = state.log("nation")
        with log.open("ab") as written:
            done = subprocess.run(
                command,
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=None if self.shown else written,
                stderr=subprocess.STDOUT if not self.shown else None,
                check=False,
            )
        if done.returncode:
            seen = "" if self.shown else f"; see {log}"
            raise ProvisionFailed(f"the test nation could not be loaded{seen}")
        return f"{self.points} points, {self.days} days"

"""Where things lie: the project, and the folder that holds the state of one running suite."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMULATORS = ROOT / "emulators"
FUNCTIONS = ROOT / "functions"
VENV_PYTHON = ROOT / ".venv" / "bin" / "python"
# Installed once per checkout and shared by every suite, also those that tests start elsewhere.
INSTALLED = ROOT / ".state"
BIGQUERY = INSTALLED / "bigquery"
NGINX = INSTALLED / "nginx"


@dataclass(frozen=True, slots=True)
class State:
    """The files of one running suite; all of them below `folder`."""

    folder: Path = INSTALLED

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.folder / "logs"

    @property
    def data(self) -> Path:
        """What emulators write; wiped at a start without --keep."""
        return self.folder / "data"

    @property
    def environment(self) -> Path:
        """Every variable a process of the suite needs, KEY=VALUE."""
        return self.folder / "environment"

    @property
    def running(self) -> Path:
        """Who runs: the supervisor and its children, with the instant each started."""
        return self.folder / "running.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.folder / "lock"

    @property
    def secrets(self) -> Path:
        """Keys made for this machine."""
        return self.folder / "secrets.json"

    @property
    def credentials(self) -> Path:
        """A service account that Google's clients accept and no Google service knows."""
        return self.folder / "credentials.json"

    @property
    def personas(self) -> Path:
        """The people one may log in as, written by the nation's loader."""
        return self.folder / "personas.json"

    @property
    def tokens(self) -> Path:
        """Access tokens that `emulators/token` was given; worth nothing after a clean start."""
        return self.folder / "tokens"

    @property
    def front_door(self) -> Path:
        """Configuration and temporary files of the front door."""
        return self.folder / "front_door"

    def log(self, name: str) -> Path:
        """Return the log of one process."""
        return self.logs / f"{name}.log"

"""The project's own virtual environment, from the lock file."""

import sys
import tomllib
from pathlib import Path

from emulators.suite.installs.stamps import InstallFailed, Stamp, digest, run
from emulators.suite.places import ROOT, VENV_PYTHON

LOCK = ROOT / "tests" / "requirements.txt"
PYPROJECT = ROOT / "pyproject.toml"
UV = "uv>=0.9"


def stamp() -> Stamp:
    """Return the stamp of the environment."""
    inputs = LOCK if LOCK.is_file() else PYPROJECT
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Stamp(VENV_PYTHON.parents[1] / ".stamp", digest("1", version, inputs))


def install() -> None:
    """Create `.venv` where it is missing and install what the lock names."""
    if not VENV_PYTHON.exists():
        venv = VENV_PYTHON.parents[1]
        run([sys.executable, "-m", "venv", "--clear", venv], why="making .venv")
    wanted = ["-r", str(LOCK)] if LOCK.is_file() else declared()
    if not installed_quickly(wanted):
        # pip is slower but knows every way a machine may be told where its packages come from.
        run([VENV_PYTHON, "-m", "ensurepip"], why="pip for .venv")
        pip = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet"]
        run([*pip, *wanted], why="installing the Python packages")
    stamp().set()


def installed_quickly(wanted: list[str]) -> bool:
    """Install with uv; False where that does not work on this machine."""
    uv = fast_installer()
    if uv is None:
        return False
    command = [str(uv), "pip", "install", "--quiet", "--python", str(VENV_PYTHON)]
    try:
        run([*command, *wanted], why="installing the Python packages")
    except InstallFailed:
        return False
    return True


def fast_installer() -> Path | None:
    """Return uv of the environment, installing it if that is possible; None if it is not."""
    uv = VENV_PYTHON.with_name("uv")
    if uv.exists():
        return uv
    try:
        run([VENV_PYTHON, "-m", "pip", "install", "--quiet", UV], why="installing uv")
    except InstallFailed:
        return None
    return uv if uv.exists() else None


def declared() -> list[str]:
    """Return what pyproject.toml asks for: base, every function's extra, and the tools."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    extras = project["project"].get("optional-dependencies", {})
    wanted = {*project["project"]["dependencies"], *project["dependency-groups"]["dev"]}
    return sorted(wanted.union(*extras.values()))

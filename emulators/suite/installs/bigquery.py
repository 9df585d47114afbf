"""local-bigquery in an environment of its own, with DuckDB's extensions where it looks for them."""

import platform
import re
import shutil
import subprocess
from pathlib import Path

from emulators.suite.installs.environment import fast_installer
from emulators.suite.installs.stamps import Stamp, digest, fresh_folder, run
from emulators.suite.places import BIGQUERY, EMULATORS, VENV_PYTHON

LOCK = EMULATORS / "requirements-bigquery.txt"
SERVER = EMULATORS / "requirements-bigquery-server.txt"
PYTHON = BIGQUERY / "venv" / "bin" / "python"
# DuckDB loads extensions from below the home folder of its process.
HOME = BIGQUERY / "home"
NATIVE = "3.13"
DUCKDB = "v1.5.5"
PLATFORM = {"aarch64": "linux_arm64"}.get(platform.machine(), "linux_amd64")


def stamp() -> Stamp:
    """Return the stamp of the BigQuery emulator."""
    return Stamp(BIGQUERY / ".stamp", digest("1", LOCK, SERVER))


def install() -> None:
    """Install the emulator under Python 3.13, or under 3.11 with two files mended."""
    python = find_python()
    fresh_folder(BIGQUERY)
    run([python or VENV_PYTHON, "-m", "venv", BIGQUERY / "venv"], why="BigQuery's environment")
    locked = ["--no-deps", "--require-hashes", "--quiet", "-r"]
    uv = fast_installer()
    installer = [uv, "pip", "install", "--python", PYTHON] if uv else [*pip(), "install"]
    run([*installer, *locked, LOCK], why="BigQuery's packages")
    run([*pip(), "install", "--ignore-requires-python", *locked, SERVER], why="local-bigquery")
    packages = next((BIGQUERY / "venv" / "lib").glob("python3.*/site-packages"))
    if python is None:
        mend_for_python_311(packages / "local_bigquery")
    place_extensions(packages)
    stamp().set()


def pip() -> list[Path | str]:
    """Return the command of pip in the emulator's environment."""
    return [PYTHON, "-m", "pip"]


def find_python() -> str | None:
    """Return a Python that local-bigquery runs on as it is; None if this machine has none."""
    found = shutil.which(f"python{NATIVE}")
    pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{NATIVE}.*/bin/python"))
    candidates = [found, *map(str, reversed(pyenv)), find_with_uv()]
    return next((candidate for candidate in candidates if candidate and runs(candidate)), None)


def find_with_uv() -> str | None:
    """Return the Python that uv knows of, without letting it download one."""
    uv = fast_installer()
    if uv is None:
        return None
    command = [str(uv), "python", "find", "--no-python-downloads", NATIVE]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None


def runs(python: str) -> bool:
    """Tell whether it is what it is called: a shim may stand for a version that is not there."""
    asked = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    return not asked.returncode and NATIVE in asked.stdout


def mend_for_python_311(package: Path) -> None:
    """Rewrite the two files whose grammar is newer than Python 3.11."""
    metadata = package / "catalog" / "metadata.py"
    generic = re.compile(r"^def (\w+)\[R: Resource\]", re.MULTILINE)
    text = generic.sub(r"def \1", metadata.read_text())
    metadata.write_text(f"from __future__ import annotations\n\n{text}")
    results = package / "engine" / "results.py"
    nested = """message.replace("'", "''")"""
    statement = '    return (\n        f"CASE WHEN list_bool_or'
    text = results.read_text().replace(f"{{{nested}}}", "{quoted}")
    results.write_text(text.replace(statement, f"    quoted = {nested}\n{statement}"))
    run([PYTHON, "-m", "compileall", "-q", package], why="mending local-bigquery for Python 3.11")


def place_extensions(packages: Path) -> None:
    """Show DuckDB its extensions, which lie in their wheels, where it looks for them."""
    folder = HOME / ".duckdb" / "extensions" / DUCKDB / PLATFORM
    folder.mkdir(parents=True)
    for file in packages.glob(f"duckdb_extension_*/extensions/{DUCKDB}/*.duckdb_extension"):
        (folder / file.name).symlink_to(file)

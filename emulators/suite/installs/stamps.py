"""Do a step once, and again only when what went into it has changed."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path


class InstallFailed(Exception):  # noqa: N818 - it reads as what happened
    """A step of the installation failed; the message says what and what to do."""


def digest(*parts: str | Path) -> str:
    """Return the hash of texts and of the contents of files."""
    summed = hashlib.sha256()
    for part in parts:
        summed.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        summed.update(b"\0")
    return summed.hexdigest()


class Stamp:
    """Remembers, beside the product, from which inputs it was made."""

    def __init__(self, file: Path, inputs: str) -> None:
        self._file = file
        self._inputs = inputs

    @property
    def holds(self) -> bool:
        """Whether the product is there, made from these inputs."""
        return self._file.is_file() and self._file.read_text() == self._inputs

    def set(self) -> None:
        """Say that the product is complete; the very last thing a step does."""
        self._file.write_text(self._inputs)


def run(command: Iterable[str | Path], *, cwd: Path | None = None, why: str) -> str:
    """Run an installer quietly. Raises InstallFailed with the end of what it printed."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words, cwd=cwd, capture_output=True, text=True, timeout=900, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallFailed(f"{why}: {words[0]} could not be run ({error})") from error
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise InstallFailed(f"{why}: `{' '.join(words[:6])} ...` failed\n{tail}")
    return done.stdout


def fresh_folder(folder: Path) -> Path:
    """Empty a folder that a half-finished step may have left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder

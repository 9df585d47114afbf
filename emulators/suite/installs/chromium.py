"""Chromium, in which tests look at pages: the machine's own, or Debian's package."""

import os
import shutil
from pathlib import Path

from emulators.suite.installs.stamps import InstallFailed, run

NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium", "fonts-liberation")
WHY = "Chromium; or run `apt-get install chromium`"


def chromium() -> Path | None:
    """Return the Chromium to run, None if there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def ready() -> bool:
    """Tell whether nothing is to be done, or nothing can be by who may not install packages."""
    return chromium() is not None or os.geteuid() != 0 or shutil.which("apt-get") is None


def install() -> None:
    """Install Debian's package: it shares more with the system than could be unpacked beside it."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
    try:
        run(command, why=WHY)
    except InstallFailed:
        # A new machine has no package lists.
        run(["apt-get", "update"], why=WHY)
        run(command, why=WHY)

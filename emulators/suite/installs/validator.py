"""The W3C's validator of HTML, with which tests hold pages against the standard; runs on Java."""

import shutil

from emulators.suite.installs.stamps import InstallFailed, Stamp, digest, run
from emulators.suite.places import ROOT

FOLDER = ROOT / "tests" / "validator"
LOCK = FOLDER / "package-lock.json"
JAR = FOLDER / "node_modules/vnu-jar/build/dist/vnu.jar"


def stamp() -> Stamp:
    """Return the stamp of the installed validator."""
    return Stamp(FOLDER / "node_modules" / ".stamp", digest("1", LOCK))


def install() -> None:
    """Run `npm ci`. Raises InstallFailed where Node.js is missing."""
    if shutil.which("npm") is None:
        raise InstallFailed("Node.js is missing (20 or newer): `apt-get install nodejs npm`")
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    run(["npm", "ci", *quiet], cwd=FOLDER, why="the validator of HTML")
    stamp().set()

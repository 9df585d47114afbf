"""The OpenID provider's packages, from its lock file."""

import shutil

from emulators.suite.installs.stamps import InstallFailed, Stamp, digest, run
from emulators.suite.places import EMULATORS, OPENID_MODULES

FOLDER = EMULATORS / "idp"
LOCK = FOLDER / "package-lock.json"


def stamp() -> Stamp:
    """Return the stamp of the installed packages."""
    return Stamp(OPENID_MODULES / ".stamp", digest("1", LOCK))


def install() -> None:
    """Run `npm ci`. Raises InstallFailed where Node.js is missing."""
    if shutil.which("npm") is None:
        raise InstallFailed("Node.js is missing (20 or newer): `apt-get install nodejs npm`")
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    run(["npm", "ci", *quiet], cwd=FOLDER, why="the OpenID provider's packages")
    stamp().set()

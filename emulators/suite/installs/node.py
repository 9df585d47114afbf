"""What runs on Node.js or comes from npm, each from its own lock file."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from emulators.suite.installs.stamps import InstallFailed, Stamp, digest, run
from emulators.suite.places import EMULATORS, ROOT

QUIET = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


@dataclass(frozen=True, slots=True)
class Packages:
    """A folder with a lock file, and what its packages are for."""

    folder: Path
    why: str

    @property
    def modules(self) -> Path:
        """Return where npm puts them."""
        return self.folder / "node_modules"

    def stamp(self) -> Stamp:
        """Return the stamp of the installed packages."""
        return Stamp(self.modules / ".stamp", digest("1", self.folder / "package-lock.json"))

    def ready(self) -> bool:
        """Tell whether the packages are those of the lock."""
        return self.stamp().holds

    def install(self) -> None:
        """Run `npm ci`. Raises InstallFailed where Node.js is missing."""
        if shutil.which("npm") is None:
            raise InstallFailed("Node.js is missing (20 or newer): `apt-get install nodejs npm`")
        run(["npm", "ci", *QUIET], cwd=self.folder, why=self.why)
        self.stamp().set()


OPENID = Packages(EMULATORS / "idp", "the OpenID provider's packages")
# The W3C's validator of HTML, with which tests hold pages against the standard; runs on Java.
VALIDATOR = Packages(ROOT / "tests" / "validator", "the validator of HTML")
JAR = VALIDATOR.modules / "vnu-jar/build/dist/vnu.jar"
# What rates pages as a phone meets them; only `tests/load/run pages` asks for it.
LIGHTHOUSE = Packages(ROOT / "tests" / "lighthouse", "Lighthouse")

"""nginx for the front door: the machine's own, or Debian's package, only unpacked."""

import os
import shutil
from pathlib import Path

from emulators.suite.installs.stamps import InstallFailed, Stamp, digest, fresh_folder, run
from emulators.suite.places import NGINX

UNPACKED = NGINX / "usr" / "sbin" / "nginx"


def stamp() -> Stamp:
    """Return the stamp of the unpacked package."""
    return Stamp(NGINX / ".stamp", digest("1"))


def nginx() -> Path | None:
    """Return the nginx to run, None if there is none yet."""
    # Debian puts it into sbin, which is not on everybody's PATH.
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    found = shutil.which("nginx", path=path)
    if found:
        return Path(found)
    return UNPACKED if UNPACKED.exists() else None


def ready() -> bool:
    """Tell whether nothing is to be done."""
    found = nginx()
    return found is not None and (found != UNPACKED or stamp().holds)


def install() -> None:
    """Unpack Debian's nginx into the state folder: no root, no service started, nothing changed."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise InstallFailed("nginx is missing and this is no Debian; install nginx by your means")
    folder = fresh_folder(NGINX)
    download = ["apt-get", "download", "-o", "APT::Sandbox::User=root", "nginx"]
    try:
        run(download, cwd=folder, why="nginx")
    except InstallFailed:
        # A new machine has no package lists; where this user may not make them, say so.
        run(["apt-get", "update"], why="nginx: package lists; or run `apt-get install nginx`")
        run(download, cwd=folder, why="nginx; or run `apt-get install nginx`")
    for package in folder.glob("*.deb"):
        run(["dpkg-deb", "-x", package, folder], why="nginx")
        package.unlink()
    run([UNPACKED, "-v"], why="nginx; or run `apt-get install nginx`")
    stamp().set()

"""Take the browser files of others into the repository, checked and cut to what is used.

    python functions/vendor.py [--take govuk-frontend@6.6.0] [--take sass@1.108.2]

Only who upgrades them runs this, and needs npm: it fetches the packages that LOCK.json pins,
refuses what is not the very bytes, and cuts from them the components that are named below. Its
output is committed, so that nobody who runs or deploys the suite needs Node. What the British
government keeps for itself (its font and its crest) is left out, and that is checked.
"""

import argparse
import base64
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "shared/erejestracja/web/ui/static/vendor"
LOCK = "LOCK.json"
STYLED = [
    *("back-link", "breadcrumbs", "button", "checkboxes", "date-input", "details"),
    *("error-message", "error-summary", "fieldset", "hint", "input", "inset-text", "label"),
    *("notification-banner", "pagination", "panel", "radios", "select", "service-navigation"),
    *("skip-link", "summary-list", "table", "tag", "task-list", "textarea", "warning-text"),
]
SCRIPTED = ["Button", "Checkboxes", "ErrorSummary", "NotificationBanner", "Radios", "SkipLink"]
# Told its font, the package's source asks for no other: neither a name nor a file of GDS's.
STYLESHEET = """\
@use "settings" with ($govuk-font-family: var(--font));
@use "core";
@use "objects";
{components}
@use "utilities";
"""
# A bare scheme is a selector (links with an address are printed with it); a host after it is not.
REFUSED = re.compile(
    r"GDS Transport|@font-face|@import|crest|url\(|sourceMappingURL|https?://[\w.]+"
)
ANSWER_S = 60


def npm(*words: str, folder: Path = ROOT) -> str:
    """Return what npm prints."""
    done = subprocess.run(  # noqa: S603 - the words are this file's and the lock's
        ["npm", *words],  # noqa: S607 - whichever npm the maintainer has
        cwd=folder,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    return done.stdout


def fetched(url: str) -> bytes:
    """Return what an address holds. Raises ValueError for one that is not encrypted."""
    if not url.startswith("https://"):
        raise ValueError("the npm registry is asked over https only")
    with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:  # noqa: S310 - https, see above
        content: bytes = answer.read()
    return content


def integrity(content: bytes) -> str:
    """Return the hash of a package as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def package(registry: str, name: str, pin: dict[str, str]) -> bytes:
    """Return the pinned package. Raises ValueError when it is not what the pin says."""
    described: dict[str, Any] = json.loads(fetched(f"{registry}/{name}/{pin['version']}"))
    content = fetched(described["dist"]["tarball"])
    # A version that is taken for the first time is pinned to what the registry says of it.
    pin.setdefault("integrity", described["dist"]["integrity"])
    if integrity(content) != pin["integrity"]:
        raise ValueError(f"{name} {pin['version']} is not what the lock says")
    return content


def unpack(content: bytes, folder: Path) -> Path:
    """Unpack a package and return its folder."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def tool(lock: dict[str, Any], name: str, *words: str, folder: Path) -> str:
    """Return what a pinned tool prints, run by npm in a folder."""
    asked = f"--package={name}@{lock['tools'][name]}"
    return npm("exec", "--yes", asked, "--", name, *words, folder=folder)


def styles(lock: dict[str, Any], govuk: Path) -> str:
    """Return the style sheet of the components that are used."""
    components = "\n".join(f'@use "components/{name}";' for name in STYLED)
    (govuk / "cut.scss").write_text(STYLESHEET.format(components=components), "utf-8")
    tool(lock, "sass", "--no-charset", "--no-source-map", "cut.scss", "cut.css", folder=govuk)
    # Sass only drops spaces; esbuild merges rules, too.
    options = ["--minify", "--charset=utf8", "--legal-comments=none"]
    return tool(lock, "esbuild", "cut.css", *options, folder=govuk)


def scripts(lock: dict[str, Any], govuk: Path) -> str:
    """Return one module with the components that are used, under the package's own names."""
    names = ", ".join(["createAll", *SCRIPTED])
    (govuk / "cut.mjs").write_text(f'export {{ {names} }} from "./all.mjs";\n', "utf-8")
    options = ["--bundle", "--minify", "--format=esm", "--target=es2020", "--legal-comments=none"]
    return tool(lock, "esbuild", "cut.mjs", *options, folder=govuk)


def cut(lock: dict[str, Any], folder: Path) -> dict[str, str]:
    """Fetch what the lock pins; return the text of each file that is kept."""
    registry = npm("config", "get", "registry").strip().rstrip("/")
    at = {
        name: unpack(package(registry, name, pin), folder / name)
        for name, pin in lock["packages"].items()
    }
    govuk = at["govuk-frontend"] / "dist/govuk"
    version = lock["packages"]["govuk-frontend"]["version"]
    notice = f"/*! govuk-frontend {version}, Crown copyright, MIT: see LICENSES.md */\n"
    return {
        "govuk.css": notice + styles(lock, govuk).strip() + "\n",
        "govuk.js": notice + scripts(lock, govuk).strip() + "\n",
        "htmx.js": (at["htmx.org"] / "dist/htmx.min.js").read_text("utf-8"),
    }


def check(texts: dict[str, str]) -> None:
    """Raise ValueError for a file that calls others or carries what is not ours to use."""
    found = [f"{name}: {word}" for name, text in texts.items() for word in REFUSED.findall(text)]
    if found:
        raise ValueError(f"not to be taken: {', '.join(found)}")


def take(lock: dict[str, Any], wanted: str) -> None:
    """Pin another version, `name@version`. Raises ValueError for what is not used here."""
    name, _, version = wanted.rpartition("@")
    if name in lock["tools"]:
        lock["tools"][name] = version
    elif name in lock["packages"]:
        lock["packages"][name] = {"version": version}
    else:
        raise ValueError(f"{wanted} is none of {[*lock['packages'], *lock['tools']]}")


def main() -> None:
    """Write the files and the lock."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--take", action="append", default=[], metavar="NAME@VERSION", help="pin this version"
    )
    asked = parser.parse_args()
    lock: dict[str, Any] = json.loads((VENDOR / LOCK).read_text("utf-8"))
    for wanted in asked.take:
        take(lock, wanted)
    with TemporaryDirectory() as folder:
        texts = cut(lock, Path(folder))
    check(texts)
    for name, text in texts.items():
        (VENDOR / name).write_bytes(text.encode())
        lock["files"][name] = hashlib.sha256(text.encode()).hexdigest()
        sys.stdout.write(f"{name}: {len(text.encode())} bytes\n")
    (VENDOR / LOCK).write_text(json.dumps(lock, indent=2, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()

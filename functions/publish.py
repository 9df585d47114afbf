"""Publish a programme's rules: who may book what, from when. They hold within a minute.

    python -m functions.publish RULES.json             check the rules, publish the next version
    python -m functions.publish RULES.json --dry-run   only check, and say what would change
    python -m functions.publish --shipped covid-19     the rules that come with this release

Versions are kept; to go back, publish the rules of an earlier commit. Works on the database of the
settings: an environment's with GOOGLE_CLOUD_PROJECT, the running suite's with its variables.
"""

import argparse
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from erejestracja.storage.spanner.programmes import ProgrammeDocuments

SHARED = Path(__file__).resolve().parents[1] / "shared"


class Refused(Exception):  # noqa: N818 - it reads as what happened
    """These rules are not published; the message says why."""


def publish(documents: "ProgrammeDocuments", text: bytes, *, dry_run: bool) -> str:
    """Publish rules unless they are the newest already; return what was done, in words.

    Raises Refused.
    """
    from erejestracja.domain.programme_document import MalformedDocument, from_document
    from erejestracja.ports import Clash

    try:
        document: dict[str, Any] = orjson.loads(text)
        programme = from_document(document)
    except (orjson.JSONDecodeError, MalformedDocument) as bad:
        raise Refused(str(bad)) from None
    version, newest = documents.newest().get(programme.id, (0, {}))
    if document == newest:
        return f"{programme.id}: these are the rules of version {version} already"
    changed = sorted(k for k in document.keys() | newest.keys() if document.get(k) != newest.get(k))
    says = f"{programme.id}: version {version + 1}, changes {', '.join(changed)}"
    if dry_run:
        return f"{says}; nothing published"
    try:
        documents.publish(programme.id, version + 1, document)
    except Clash:
        raise Refused(f"somebody has published version {version + 1} just now") from None
    return says


def main() -> int:
    """Do what the command line asks; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m functions.publish",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("rules", nargs="?", type=Path, metavar="RULES.json")
    which.add_argument("--shipped", metavar="PROGRAMME", help="rules that come with this release")
    parser.add_argument("--dry-run", action="store_true", help="say what would change")
    asked = parser.parse_args()
    from erejestracja.storage.spanner.database import open_database
    from erejestracja.storage.spanner.programmes import ProgrammeDocuments

    shipped = resources.files("erejestracja.programmes") / f"{asked.shipped}.json"
    try:
        text = asked.rules.read_bytes() if asked.rules else shipped.read_bytes()
        said = publish(ProgrammeDocuments(open_database()), text, dry_run=asked.dry_run)
    except (OSError, Refused) as refusal:
        sys.stderr.write(f"not published: {refusal}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(SHARED))
    sys.exit(main())

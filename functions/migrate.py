"""Bring the database of an environment to the schema of this release.

    python -m functions.migrate --before --releases BUCKET   ahead of the functions
    python -m functions.migrate --after --releases BUCKET    behind terraform, which makes it

Ahead, no database yet is no error. Refuses to take away what the release that serves still uses.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from functions.expansion import Migration, migrations, stranding, undeclared
from functions.objects import open_bucket
from functions.release import Releases

SHARED = Path(__file__).resolve().parents[1] / "shared"


class Refused(Exception):  # noqa: N818 - it reads as what happened
    """The database is not to be brought to this schema now; the message says why."""


def check(found: Sequence[Migration], serving: int | None) -> None:
    """Raise Refused unless these migrations may run while a release of schema `serving` serves."""
    if unsaid := undeclared(found):
        raise Refused(f"takes away without `-- contract: unused since NNNN`: {'; '.join(unsaid)}")
    if serving is not None and (fatal := stranding(serving, found)):
        numbers = ", ".join(f"{number:04}" for number in fatal)
        raise Refused(
            f"the release that serves was cut at {serving:04} and still uses what {numbers} takes "
            "away; first deploy one that does not"
        )


def existing_database() -> Any:
    """Return the client library's database of the settings, None where there is none yet."""
    from google.api_core.exceptions import NotFound
    from google.cloud import spanner

    from erejestracja.settings import SpannerSettings

    settings = SpannerSettings()
    database = spanner.Client().instance(settings.instance).database(settings.database)
    try:
        database.reload()
    except NotFound:
        return None
    return database


def migrate(database: Any, *, must_exist: bool) -> str:
    """Apply what is missing; return what was done, in words. Raises Refused."""
    from erejestracja.storage.spanner import migrate as numbered

    if database is None:
        if must_exist:
            raise Refused("there is no database; terraform should have made it")
        return "no database yet: terraform makes it, and it is migrated right after"
    applied = numbered.apply(database)
    return f"migrations applied: {', '.join(applied) or 'none, all there'}"


def main() -> int:
    """Do what the command line asks; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m functions.migrate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    when = parser.add_mutually_exclusive_group(required=True)
    when.add_argument("--before", action="store_true", help="ahead of the functions")
    when.add_argument("--after", action="store_true", help="when the database must be there")
    parser.add_argument("--releases", required=True, metavar="BUCKET", help="where records lie")
    asked = parser.parse_args()
    serving = Releases(open_bucket(asked.releases)).serving()
    try:
        check(migrations(), serving.schema if serving else None)
        said = migrate(existing_database(), must_exist=asked.after)
    except Refused as refusal:
        sys.stderr.write(f"not migrated: {refusal}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(SHARED))
    sys.exit(main())

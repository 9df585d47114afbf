"""Bring the database to the newest schema: numbered files, forward only, each applied once."""

import re
import sys
from functools import cache
from importlib import resources
from typing import Any

from erejestracja.settings import SpannerSettings

LEDGER = """
CREATE TABLE IF NOT EXISTS SchemaMigrations (
  Number INT64 NOT NULL,
  Name STRING(100) NOT NULL,
  AppliedAt TIMESTAMP NOT NULL OPTIONS (allow_commit_timestamp = true)
) PRIMARY KEY (Number)
"""


@cache
def migrations() -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    """Return (number, name, statements) of every migration, in order."""
    folder = resources.files("erejestracja.storage.spanner") / "migrations"
    found = []
    for file in folder.iterdir():
        named = re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name)
        if named:
            found.append((int(named[1]), named[2], statements(file.read_text(encoding="utf-8"))))
    return tuple(sorted(found))


def statements(sql: str) -> tuple[str, ...]:
    """Split a file into statements, without comments."""
    plain = re.sub(r"--[^\n]*", "", sql)
    return tuple(part.strip() for part in plain.split(";") if part.strip())


def apply(database: Any) -> list[str]:
    """Apply what is missing to a client database; return the names applied.

    Running it twice, or again after it was cut off between two files, is safe.
    """
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP, KeySet

    if not any("SchemaMigrations" in statement for statement in database.ddl_statements):
        database.update_ddl([LEDGER]).result(120)
    with database.snapshot() as snapshot:
        done = {row[0] for row in snapshot.read("SchemaMigrations", ["Number"], KeySet(all_=True))}
    applied = []
    for number, name, ddl in migrations():
        if number in done:
            continue
        database.update_ddl(list(ddl)).result(600)
        with database.batch() as batch:
            row = [number, name, COMMIT_TIMESTAMP]
            batch.insert("SchemaMigrations", ["Number", "Name", "AppliedAt"], [row])
        applied.append(name)
    return applied


def ensure_database(settings: SpannerSettings) -> Any:
    """Return the client database, creating instance and database where they are missing."""
    from google.cloud import spanner

    client = spanner.Client()
    config = f"{client.project_name}/instanceConfigs/{settings.instance_config}"
    instance = client.instance(settings.instance, configuration_name=config, node_count=1)
    if not instance.exists():
        instance.create().result(60)
    database = instance.database(settings.database)
    if not database.exists():
        database.create().result(60)
    database.reload()
    return database


def main() -> None:
    """Migrate the database of the settings and say what was done."""
    applied = apply(ensure_database(SpannerSettings()))
    sys.stdout.write(f"migrations applied: {', '.join(applied) or 'none, all there'}\n")


if __name__ == "__main__":
    main()

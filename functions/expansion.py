"""Which migrations take something away, and which releases can live with that.

While a migration runs the release before it still serves, and a release that is rolled back to
finds the newest schema. So a migration only adds. One that takes away says since which migration
no release uses what goes, in a line of its own:

    -- contract: unused since 0007
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parents[1] / "shared/erejestracja/storage/spanner/migrations"
NUMBERED = re.compile(r"(\d{4})_\w+\.sql")
DECLARED = re.compile(r"^-- contract: unused since (\d{4})$", re.MULTILINE)
# Old code neither sees these nor is held to them. Whatever is not listed takes away.
ADDS = (
    re.compile(r"CREATE TABLE (IF NOT EXISTS )?\w+"),
    re.compile(r"CREATE (NULL_FILTERED )?INDEX \w+"),
    re.compile(r"CREATE (OR REPLACE )?VIEW \w+"),
    re.compile(r"CREATE (SEQUENCE|CHANGE STREAM|SEARCH INDEX) \w+"),
    re.compile(r"ALTER TABLE \w+ ADD COLUMN (?!.*\bNOT NULL\b)"),
    re.compile(r"ALTER TABLE \w+ ADD COLUMN .*\bNOT NULL\b.*\b(DEFAULT|AS) ?\("),
    re.compile(r"ALTER INDEX \w+ ADD STORED COLUMN \w+"),
)
# A rule on a table that the same migration makes binds nobody who is there already.
RULES = re.compile(r"CREATE UNIQUE (?:NULL_FILTERED )?INDEX \w+ ON (\w+)")
MADE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
# So does one about columns that it adds: old code leaves them null, which no rule is about.
CHECKS = re.compile(r"ALTER TABLE (\w+) ADD CONSTRAINT \w+ CHECK ?\((.*)\)")
ADDED = re.compile(r"ALTER TABLE (\w+) ADD COLUMN (\w+)(?!.*\bNOT NULL\b)")
LITERALS = re.compile(r"'[^']*'")
NAMES = re.compile(r"[A-Za-z_]\w*")
OPERATORS = {"AND", "OR", "IN", "BETWEEN"}


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file; `unused_since` is 0 where it declares nothing."""

    number: int
    statements: tuple[str, ...]
    unused_since: int = 0


def read(number: int, sql: str) -> Migration:
    """Return what a migration's text says."""
    declared = DECLARED.search(sql)
    plain = re.sub(r"--[^\n]*", "", sql)
    statements = (" ".join(part.split()) for part in plain.split(";"))
    return Migration(number, tuple(filter(None, statements)), int(declared[1]) if declared else 0)


def migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """Return what the numbered files of a folder say, in order."""
    named = ((NUMBERED.fullmatch(file.name), file) for file in sorted(folder.iterdir()))
    return [read(int(number[1]), file.read_text("utf-8")) for number, file in named if number]


def newest(found: Iterable[Migration]) -> int:
    """Return the number of the newest migration."""
    return max((migration.number for migration in found), default=0)


def takes_away(migration: Migration) -> list[str]:
    """Return the statements that old code may not survive."""
    own = {made[1] for statement in migration.statements if (made := MADE.match(statement))}
    columns = {added.groups() for one in migration.statements if (added := ADDED.match(one))}
    return [one for one in migration.statements if not _adds(one, own, columns)]


def _adds(statement: str, own: set[str], columns: set[tuple[str, ...]]) -> bool:
    rule = RULES.match(statement)
    if rule:
        return rule[1] in own
    check = CHECKS.match(statement)
    if check:
        named = set(NAMES.findall(LITERALS.sub("", check[2]))) - OPERATORS
        return all((check[1], name) in columns for name in named)
    return any(shape.match(statement) for shape in ADDS)


def undeclared(migrations: Iterable[Migration]) -> list[str]:
    """Return, in words, each migration that takes away and does not say since when it may."""
    return [
        f"{migration.number:04}: {takes_away(migration)[0]}"
        for migration in migrations
        if takes_away(migration) and not 0 < migration.unused_since < migration.number
    ]


def stranding(release_schema: int, migrations: Iterable[Migration]) -> list[int]:
    """Return the migrations with which a release cannot live.

    `release_schema` is the newest migration the release was cut with.
    """
    return [
        migration.number
        for migration in migrations
        if migration.number > release_schema
        and takes_away(migration)
        and migration.unused_since > release_schema
    ]

"""What a migration may do while the release before it serves."""

from pathlib import Path

import pytest

from functions import expansion, migrate
from functions.expansion import read
from functions.objects import Objects
from functions.release import Release, Releases
from tests.support.shelf import Bucket

ADDING = [
    "CREATE TABLE Doses (DoseId STRING(16) NOT NULL) PRIMARY KEY (DoseId)",
    "CREATE INDEX VisitsByDay ON Visits (Day)",
    "CREATE NULL_FILTERED INDEX OpenVisits ON Visits (OpenShard)",
    "ALTER TABLE Visits ADD COLUMN Note STRING(100)",
    "ALTER TABLE Visits ADD COLUMN Kind STRING(10) NOT NULL DEFAULT ('first')",
    "ALTER TABLE Visits ADD COLUMN Day DATE NOT NULL AS (DATE(StartsAt)) STORED",
    "CREATE TABLE A (X INT64) PRIMARY KEY (X); CREATE UNIQUE INDEX OneX ON A (X)",
    "ALTER TABLE A ADD COLUMN X DATE; ALTER TABLE A ADD CONSTRAINT C CHECK (X IN ('Y', 'z'))",
]
TAKING = [
    "DROP TABLE Doses",
    "DROP INDEX VisitsByDay",
    "ALTER TABLE Visits DROP COLUMN Note",
    "ALTER TABLE Visits ALTER COLUMN Note STRING(10)",
    "ALTER TABLE Visits ADD COLUMN Kind STRING(10) NOT NULL",
    "ALTER TABLE Visits ADD CONSTRAINT Sane CHECK (Dose > 0)",
    "CREATE UNIQUE INDEX OneX ON Visits (X)",
]


@pytest.mark.parametrize("sql", ADDING)
def test_what_old_code_does_not_see_only_adds(sql: str) -> None:
    assert expansion.takes_away(read(2, sql)) == []


@pytest.mark.parametrize("sql", TAKING)
def test_what_old_code_may_not_survive_takes_away(sql: str) -> None:
    assert expansion.takes_away(read(2, sql)) == [sql]


def test_taking_away_has_to_be_declared_with_an_earlier_migration() -> None:
    silent = read(5, "DROP TABLE A;")
    said = read(6, "-- contract: unused since 0004\nDROP TABLE B;")
    impossible = read(7, "-- contract: unused since 0007\nDROP TABLE C;")
    assert expansion.undeclared([silent, said, impossible]) == [
        "0005: DROP TABLE A",
        "0007: DROP TABLE C",
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE A ADD COLUMN X INT64; ALTER TABLE A ADD CONSTRAINT C CHECK (X > Y)",
        "ALTER TABLE A ADD COLUMN X INT64; ALTER TABLE A ADD CONSTRAINT C CHECK (X IS NOT NULL)",
        "ALTER TABLE A ADD COLUMN X INT64; ALTER TABLE B ADD CONSTRAINT C CHECK (X > 0)",
        "ALTER TABLE A ADD COLUMN X DATE NOT NULL AS(Y); ALTER TABLE A ADD CONSTRAINT C CHECK(X>1)",
    ],
)
def test_a_rule_about_more_than_new_columns_takes_away(sql: str) -> None:
    migration = read(2, sql)
    assert expansion.takes_away(migration) == [migration.statements[1]]


@pytest.mark.parametrize(("schema", "fatal"), [(3, [6]), (4, []), (5, []), (6, [])])
def test_a_release_lives_with_what_it_no_longer_uses(schema: int, fatal: list[int]) -> None:
    dropped = read(6, "-- contract: unused since 0004\nDROP TABLE B;")
    assert expansion.stranding(schema, [read(5, "CREATE INDEX I ON A (X)"), dropped]) == fatal


def test_migrations_are_read_in_order_and_nothing_else_is(tmp_path: Path) -> None:
    for name in ("0002_b.sql", "0001_a.sql", "README.md"):
        (tmp_path / name).write_text("CREATE INDEX I ON A (X); -- no more\n")
    found = expansion.migrations(tmp_path)
    assert [one.number for one in found] == [1, 2]
    assert found[0].statements == ("CREATE INDEX I ON A (X)",)
    assert expansion.newest(found) == 2
    assert expansion.newest([]) == 0


def test_the_database_is_left_alone_while_what_serves_needs_what_would_go() -> None:
    dropped = [read(6, "-- contract: unused since 0004\nDROP TABLE B;")]
    migrate.check(dropped, serving=4)
    migrate.check(dropped, serving=None)
    with pytest.raises(migrate.Refused, match="cut at 0003 and still uses what 0006 takes away"):
        migrate.check(dropped, serving=3)
    with pytest.raises(migrate.Refused, match="contract: unused since NNNN"):
        migrate.check([read(6, "DROP TABLE B")], serving=6)


def test_no_database_is_no_error_ahead_of_the_first_release_and_one_behind_it() -> None:
    assert "terraform makes it" in migrate.migrate(None, must_exist=False)
    with pytest.raises(migrate.Refused, match="there is no database"):
        migrate.migrate(None, must_exist=True)


@pytest.mark.parametrize(
    ("schema", "code", "told"), [(1, 0, "no database yet"), (0, 1, "not migrated: the release")]
)
def test_the_command_asks_what_serves_before_it_touches_the_database(
    schema: int,
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shelf = Objects(Bucket())
    Releases(shelf).add(Release("1", "a" * 40, schema, {}))
    dropped = [read(2, "-- contract: unused since 0001\nDROP TABLE B;")]
    monkeypatch.setattr(migrate, "open_bucket", lambda _: shelf)
    monkeypatch.setattr(migrate, "migrations", lambda: dropped)
    monkeypatch.setattr(migrate, "existing_database", lambda: None)
    monkeypatch.setattr("sys.argv", ["migrate", "--before", "--releases", "b"])
    assert migrate.main() == code
    said = capsys.readouterr()
    assert told in said.out + said.err


def test_our_own_migrations_only_add_or_say_since_when_they_may() -> None:
    ours = expansion.migrations()
    assert ours
    assert expansion.undeclared(ours) == []

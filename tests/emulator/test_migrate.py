"""Migrations on the real emulator: one after the other, again, and after one was cut off."""

from collections.abc import Iterator
from typing import Any

import pytest

from erejestracja.storage.spanner import migrate
from tests.support.databases import Databases

pytestmark = pytest.mark.emulator


@pytest.fixture
def empty(databases: Databases) -> Iterator[Any]:
    yield databases.empty()
    databases.drop()


def schema_of(database: Any) -> list[str]:
    database.reload()
    return sorted(database.ddl_statements)


def test_one_after_the_other_they_make_what_all_at_once_make(
    empty: Any, databases: Databases
) -> None:
    assert len(migrate.apply(empty)) == len(migrate.migrations())
    assert schema_of(empty) == schema_of(databases.client_database())


def test_what_is_applied_is_not_applied_again(empty: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    every = migrate.migrations()
    with monkeypatch.context() as before:
        before.setattr(migrate, "migrations", lambda: every[:2])
        assert migrate.apply(empty) == [name for _, name, _ in every[:2]]
    empty.reload()
    assert migrate.apply(empty) == [name for _, name, _ in every[2:]]
    empty.reload()
    assert migrate.apply(empty) == []

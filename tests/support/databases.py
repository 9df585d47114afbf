"""Fresh Spanner databases on the emulator: half a second each, so no test cleans up rows."""

from functools import cached_property
from itertools import count
from typing import Any

from erejestracja.storage.spanner import migrate
from erejestracja.storage.spanner.database import Database

# One emulator instance holds a hundred; those a test made are dropped when it ends.
INSTANCE = "tests"
SESSIONS = 4


class Databases:
    """Makes migrated databases and drops them; needs SPANNER_EMULATOR_HOST to be set."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._made: list[Any] = []

    @cached_property
    def instance(self) -> Any:
        from google.cloud import spanner

        client = spanner.Client()
        config = f"{client.project_name}/instanceConfigs/emulator-config"
        instance = client.instance(INSTANCE, configuration_name=config, node_count=1)
        instance.create().result(30)
        return instance

    def empty(self, *statements: str) -> Any:
        """Return a new database as the client library has it, with no table but these make."""
        bare = self.instance.database(f"test-{next(self._numbers)}", ddl_statements=statements)
        bare.create().result(30)
        self._made.append(bare)
        return bare

    def client_database(self) -> Any:
        """Return a new database with the newest schema.

        Made in one call, which takes half as long as migration by migration; test_migrate has that
        both come to the same.
        """
        from google.cloud.spanner_v1.pool import PingingPool

        made = (statement for _, _, ddl in migrate.migrations() for statement in ddl)
        bare = self.empty(migrate.LEDGER, *made)
        # The pool opens its sessions at once, so the database must be there.
        return self.instance.database(bare.database_id, pool=PingingPool(size=SESSIONS))

    def fresh(self) -> Database:
        """Return a new, migrated database as our adapters speak to it."""
        return Database(self.client_database())

    def drop(self) -> None:
        """Drop what was made since the last time."""
        while self._made:
            self._made.pop().drop()

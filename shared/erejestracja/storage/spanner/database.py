"""Spanner by key: reads by key or index, writes as one blind commit of mutations.

No SQL here: on a hot path a read names its keys, and a write is a list of mutations whose keys,
unique indexes and required rows decide. Right on real Spanner (one round trip, locks only on the
rows written), and on the emulator, where SQL scans the whole table.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from erejestracja.domain.errors import Overloaded
from erejestracja.ports import Clash, Gone
from erejestracja.settings import SpannerSettings
from erejestracja.storage.spanner.sessions import sessions_as_needed

DEADLINE_S = 10.0
# The emulator sends no retry hint with an abort, and the client would then sleep for seconds;
# real Spanner's hint takes precedence over this.
ABORT_RETRY_S = 0.02


@dataclass(frozen=True, slots=True)
class Keys:
    """Which rows: exact keys, all that start with one of the prefixes, or all below a key.

    `ranges` go from a key to another, both included with all that start with them, in the order of
    the table or index.
    """

    exact: Sequence[Sequence[Any]] = ()
    prefixes: Sequence[Sequence[Any]] = ()
    ranges: Sequence[tuple[Sequence[Any], Sequence[Any]]] = ()
    below: Sequence[Any] | None = None
    everything: bool = False

    def as_key_set(self) -> Any:
        """Return the client library's form."""
        from google.cloud.spanner_v1 import KeyRange, KeySet

        if self.everything:
            return KeySet(all_=True)
        spans = (*((p, p) for p in self.prefixes), *self.ranges)
        ranges = [KeyRange(start_closed=list(a), end_closed=list(z)) for a, z in spans]
        if self.below is not None:
            ranges.append(KeyRange(start_closed=[], end_open=list(self.below)))
        return KeySet(keys=[list(key) for key in self.exact], ranges=ranges)


def key(*parts: Any) -> Keys:
    """Name one row."""
    return Keys(exact=(parts,))


def prefix(*parts: Any) -> Keys:
    """Name every row whose key starts with these parts."""
    return Keys(prefixes=(parts,))


def commit_time() -> Any:
    """Return what stands for the instant of the commit it is written in."""
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    return COMMIT_TIMESTAMP


class Batch:
    """The mutations of one commit, applied in this order, all or none."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def insert(self, table: str, **row: Any) -> None:
        """Add a row; the commit clashes if its key exists."""
        self._batch.insert(table, list(row), [list(row.values())])

    def insert_rows(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Add rows; the commit clashes if one exists."""
        self._batch.insert(table, list(columns), [list(row) for row in rows])

    def put(self, table: str, **row: Any) -> None:
        """Add or overwrite a row; columns not named keep their values."""
        self._batch.insert_or_update(table, list(row), [list(row.values())])

    def put_rows(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add or overwrite rows."""
        self._batch.insert_or_update(table, list(columns), [list(row) for row in rows])

    def update(self, table: str, **row: Any) -> None:
        """Change a row; the commit finds it gone if it does not exist."""
        self._batch.update(table, list(row), [list(row.values())])

    def update_rows(
        self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Change rows; the commit finds it gone if one does not exist."""
        self._batch.update(table, list(columns), [list(row) for row in rows])

    def delete(self, table: str, keys: Keys) -> None:
        """Delete rows; those that do not exist are no matter."""
        self._batch.delete(table, keys.as_key_set())


class Database:
    """A Spanner database, spoken to by key."""

    def __init__(self, database: Any) -> None:
        self._database = database

    def read(
        self,
        table: str,
        columns: Sequence[str],
        keys: Keys,
        *,
        index: str = "",
        limit: int = 0,
        at: datetime | None = None,
    ) -> list[list[Any]]:
        """Return rows in key order: as of now (strong), or as of an earlier instant.

        Raises Overloaded when Spanner is away.
        """
        bound = {"read_timestamp": at} if at else {}
        return self._read(table, columns, keys, bound, index=index, limit=limit)[0]

    def read_stamped(
        self,
        table: str,
        columns: Sequence[str],
        keys: Keys,
        *,
        index: str = "",
        limit: int = 0,
    ) -> tuple[list[list[Any]], datetime]:
        """Return rows as of now, and the instant they were true at."""
        return self._read(table, columns, keys, {}, index=index, limit=limit)

    def _read(
        self,
        table: str,
        columns: Sequence[str],
        keys: Keys,
        bound: Mapping[str, Any],
        **narrow: Any,
    ) -> tuple[list[list[Any]], Any]:
        with _translated(), self._database.snapshot(**bound) as snapshot:
            found = snapshot.read(table, columns, keys.as_key_set(), timeout=DEADLINE_S, **narrow)
            rows = list(found)
            # The client has no public name for the instant a read was served at.
            read_at = bound.get("read_timestamp") or snapshot._transaction_read_timestamp  # noqa: SLF001
            return rows, read_at

    def commit(self, fill: Callable[[Batch], None]) -> datetime:
        """Commit what `fill` puts into the batch; return the commit instant.

        Safe to run again after an abort: nothing was read, and keys decide. Raises Clash, Gone,
        or Overloaded when Spanner is away.
        """
        with _translated():
            with self._database.batch(
                timeout_secs=DEADLINE_S, default_retry_delay=ABORT_RETRY_S
            ) as batch:
                fill(Batch(batch))
            committed: datetime = batch.committed
            return committed


class _translated:  # noqa: N801 - reads as a word where it is used
    """Turn the client's errors into ours at the boundary."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        if error is None or isinstance(error, Clash | Gone):
            return
        from google.api_core import exceptions

        if isinstance(error, exceptions.AlreadyExists):
            raise Clash(str(error.message)) from error
        if isinstance(error, exceptions.NotFound):
            raise Gone(str(error.message)) from error
        away = (
            exceptions.ServiceUnavailable,
            exceptions.DeadlineExceeded,
            exceptions.Aborted,
            exceptions.RetryError,
            exceptions.ResourceExhausted,
        )
        if isinstance(error, away):
            raise Overloaded(retry_after=1) from error


@cache
def open_database() -> Database:
    """Return the database of the settings; connects on first use, once per process."""
    return Database(client_database(SpannerSettings()))


def client_database(settings: SpannerSettings) -> Any:
    """Return the client library's database object."""
    from google.cloud import spanner

    instance = spanner.Client().instance(settings.instance)
    return instance.database(settings.database, pool=sessions_as_needed())

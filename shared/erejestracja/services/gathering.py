"""One piece of work for many callers: whoever comes first waits a moment for the others."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


class NotDone(Exception):  # noqa: N818 - an answer to the caller whose item it was
    """What was to be done for this item was not; the message says why."""


@dataclass(slots=True)
class _Batch(Generic[Item]):
    items: list[Item] = field(default_factory=list)
    failures: Mapping[int, str] = field(default_factory=dict)
    full: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


class Gathering(Generic[Item]):
    """Gathers what concurrent callers bring and does it together.

    `work` gets the items and returns the reason for each that failed, by its position; what it
    raises is the reason for all. No thread of its own: the first caller of a batch leads it, so
    nothing is lost when a process ends but what its callers were told had failed.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Mapping[int, str]],
        *,
        most: int,
        longest_s: float,
    ) -> None:
        self._work = work
        self._most = most
        self._longest_s = longest_s
        self._lock = threading.Lock()
        self._open: _Batch[Item] | None = None

    def add(self, item: Item) -> None:
        """Return when the item's batch is done. Raises NotDone if that failed for this item."""
        with self._lock:
            leads = self._open is None
            batch = self._open = self._open or _Batch()
            position = len(batch.items)
            batch.items.append(item)
            if len(batch.items) >= self._most:
                self._open = None
                batch.full.set()
        if leads:
            self._lead(batch)
        batch.done.wait()
        if position in batch.failures:
            raise NotDone(batch.failures[position])

    def _lead(self, batch: _Batch[Item]) -> None:
        failures: Mapping[int, str] | None = None
        try:
            batch.full.wait(self._longest_s)
            self._close(batch)
            failures = self._work(batch.items)
        except Exception as failed:  # noqa: BLE001 - each caller hears of it as its own failure
            failures = _all(batch, f"{type(failed).__name__}: {failed}")
        finally:
            self._close(batch)
            # None: this very thread is being ended, and nothing is known to be done.
            batch.failures = _all(batch, "cut off") if failures is None else failures
            batch.done.set()

    def _close(self, batch: _Batch[Item]) -> None:
        with self._lock:
            if self._open is batch:
                self._open = None


def _all(batch: _Batch[Item], why: str) -> Mapping[int, str]:
    return dict.fromkeys(range(len(batch.items)), why)

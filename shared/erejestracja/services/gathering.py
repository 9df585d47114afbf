"""One piece of work for many callers: whoever comes first waits a moment for the others."""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class NotDone(Exception):  # noqa: N818 - an answer to the caller whose item it was
    """What was to be done for this item was not; the message says why."""


class Gathering(Generic[Item]):
    """Gathers what concurrent callers bring and does it together.

    The first caller of a batch leads: it waits for the others, does the work, and hears of its
    failure. The others return at once, so whoever brings an item must keep it elsewhere until it
    is done, and bring it again if it is not: Pub/Sub gives a slow consumer ever less, and eight
    callers that all waited were all it gave. `work` gets the items and returns the reason for each
    that failed, by its position; no thread of its own does it.
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
        self._items: list[Item] = []
        self._full = threading.Event()

    def add(self, item: Item) -> None:
        """Bring an item. Raises NotDone, to the one who leads, where it was not done."""
        with self._lock:
            self._items.append(item)
            leads = len(self._items) == 1
            if len(self._items) >= self._most:
                self._full.set()
        if leads:
            self._full.wait(self._longest_s)
            with self._lock:
                items, self._items = self._items, []
                self._full.clear()
            self._do(items)

    def _do(self, items: Sequence[Item]) -> None:
        try:
            failures = self._work(items)
        except Exception as failed:
            raise NotDone(f"{type(failed).__name__}: {failed}") from failed
        if 0 in failures:
            raise NotDone(failures[0])

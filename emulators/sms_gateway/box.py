"""What the gateway took on, and its receipts, told until the receiver says OK."""

import heapq
import itertools
import random
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

DELIVERED = 404
MOST_KEPT = 500_000
FIRST_RETRY_S, LONGEST_RETRY_S, MOST_TRIES = 1.0, 30.0, 20


@dataclass
class Faults:
    """How badly the gateway behaves; set at run time through POST /emulator/faults."""

    latency_ms: float = 0
    error_rate: float = 0
    drop_rate: float = 0
    down: bool = False
    receipt_delay_ms: float = 50
    receipt_twice_rate: float = 0
    undelivered_rate: float = 0

    def changed(self, wanted: dict[str, Any]) -> "Faults":
        """Return these faults with some changed. Raises TypeError for unknown ones."""
        return Faults(**(asdict(self) | wanted))


@dataclass(frozen=True)
class Taken:
    """A message the gateway accepted."""

    id: str
    to: str
    message: str
    idx: str | None
    parts: int
    at: float


@dataclass(order=True)
class _Due:
    at: float
    order: int
    taken: Taken = field(compare=False)
    status: int = field(compare=False, default=DELIVERED)
    tries: int = field(compare=False, default=0)


class Box:
    """Accepted messages, unique by the sender's own id where it asks for that."""

    def __init__(self, receipts_url: str) -> None:
        self._receipts_url = receipts_url
        self._lock = threading.Lock()
        self._by_idx: set[str] = set()
        self._taken: OrderedDict[str, Taken] = OrderedDict()
        self._due: list[_Due] = []
        self._order = itertools.count()
        self._wake = threading.Condition(self._lock)
        self.faults = Faults()
        threading.Thread(target=self._tell_receipts, daemon=True).start()

    def take(
        self, to: str, message: str, idx: str | None, parts: int, *, unique: bool
    ) -> Taken | None:
        """Accept a message and plan its receipt; None if its id was used before."""
        with self._lock:
            if unique and idx in self._by_idx:
                return None
            taken = Taken(uuid.uuid4().hex[:24].upper(), to, message, idx, parts, time.time())
            if idx:
                self._by_idx.add(idx)
            self._taken[taken.id] = taken
            if len(self._taken) > MOST_KEPT:
                self._taken.popitem(last=False)
            failed = random.random() < self.faults.undelivered_rate
            copies = 2 if random.random() < self.faults.receipt_twice_rate else 1
            for copy in range(copies):
                at = time.monotonic() + self.faults.receipt_delay_ms / 1000 + copy * 0.2
                due = _Due(at, next(self._order), taken, 405 if failed else DELIVERED)
                heapq.heappush(self._due, due)
            self._wake.notify()
            return taken

    def messages(self, to: str | None, idx: str | None, since: float) -> list[dict[str, Any]]:
        """Return what was accepted."""
        with self._lock:
            found = list(self._taken.values())
        return [
            asdict(one)
            for one in found
            if to in (None, one.to) and idx in (None, one.idx) and one.at >= since
        ]

    def empty(self) -> int:
        """Forget all messages; ids stay used."""
        with self._lock:
            number = len(self._taken)
            self._taken.clear()
            return number

    def _tell_receipts(self) -> None:
        with requests.Session() as session:
            while True:
                due = self._next()
                try:
                    answer = session.get(self._receipts_url, params=_receipt(due), timeout=5)
                    heard = answer.ok and answer.text.strip() == "OK"
                except requests.RequestException:
                    heard = False
                if not heard and due.tries < MOST_TRIES:
                    pause = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2**due.tries)
                    due.at, due.tries = time.monotonic() + pause, due.tries + 1
                    with self._lock:
                        heapq.heappush(self._due, due)

    def _next(self) -> _Due:
        with self._wake:
            while not self._due or self._due[0].at > time.monotonic():
                self._wake.wait(max(0.001, self._due[0].at - time.monotonic()) if self._due else 60)
            return heapq.heappop(self._due)


def _receipt(due: _Due) -> dict[str, Any]:
    return {
        "MsgId": due.taken.id,
        "status": due.status,
        "status_name": "DELIVERED" if due.status == DELIVERED else "UNDELIVERED",
        "idx": due.taken.idx or "",
        "donedate": int(time.time()),
        "to": due.taken.to,
    }

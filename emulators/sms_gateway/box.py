"""What the gateway took on: each of the sender's own ids once, where the sender asks for that."""

import random
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any

from emulators.sms_gateway.faults import Faults
from emulators.sms_gateway.receipts import DELIVERED, UNDELIVERED, Receipt, Receipts

MOST_KEPT = 500_000
TWICE_AFTER_S = 0.2


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the sender gave it; `to` has the country's prefix and no plus."""

    to: str
    message: str
    sender: str
    idx: str | None
    parts: int


@dataclass(frozen=True, slots=True)
class Taken(Message):
    """A message the gateway accepted, `at` seconds since the epoch."""

    id: str
    at: float


class Box:
    """Accepted messages, and the faults they met."""

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts
        self._lock = threading.Lock()
        self._used: set[str] = set()
        self._taken: OrderedDict[str, Taken] = OrderedDict()
        self._of_idx: dict[str, list[Taken]] = {}
        self._second = (0, 0)
        self.faults = Faults()
        self._dice = random.Random()

    def behave(self, faults: Faults) -> None:
        """Misbehave like this from here on."""
        with self._lock:
            self.faults, self._dice = faults, faults.dice()
            self._receipts.paused = faults.down
            self._second = (0, 0)

    def hits(self, rate: float) -> bool:
        """Throw the dice: tell whether a fault of this rate hits now."""
        return rate > 0 and self._dice.random() < rate

    def is_too_fast(self) -> bool:
        """Count a message of this second; tell whether it is one too many."""
        with self._lock:
            now = int(time.time())
            number = self._second[1] + 1 if self._second[0] == now else 1
            self._second = (now, number)
            return 0 < self.faults.most_per_second < number

    def take(self, message: Message, receipts_url: str, *, unique: bool) -> Taken | None:
        """Accept a message and plan its receipts; None if its id was used before."""
        with self._lock:
            if unique and message.idx in self._used:
                return None
            taken = Taken(**asdict(message), id=uuid.uuid4().hex[:24].upper(), at=time.time())
            self._keep(taken)
            faults = self.faults
        self._plan_receipts(taken, receipts_url, faults)
        return taken

    def messages(self, to: str | None, idx: str | None, since: float) -> list[Taken]:
        """Return what was accepted, the oldest first."""
        with self._lock:
            found = self._taken.values() if idx is None else self._of_idx.get(idx, [])
            return [one for one in found if to in (None, one.to) and one.at >= since]

    def empty(self) -> int:
        """Forget all messages; ids stay used, as the gateway's do. Returns how many there were."""
        with self._lock:
            number = len(self._taken)
            self._taken.clear()
            self._of_idx.clear()
            return number

    def _keep(self, taken: Taken) -> None:
        self._taken[taken.id] = taken
        if taken.idx:
            self._used.add(taken.idx)
            self._of_idx.setdefault(taken.idx, []).append(taken)
        if len(self._taken) > MOST_KEPT:
            _, oldest = self._taken.popitem(last=False)
            self._of_idx.pop(oldest.idx or "", None)

    def _plan_receipts(self, taken: Taken, url: str, faults: Faults) -> None:
        status = UNDELIVERED if self.hits(faults.undelivered_rate) else DELIVERED
        if not url or self.hits(faults.receipt_lost_rate):
            return
        after_s = faults.receipt_delay_ms / 1000
        if self.hits(faults.receipt_late_rate):
            after_s += faults.receipt_late_ms / 1000
        copies = 2 if self.hits(faults.receipt_twice_rate) else 1
        for copy in range(copies):
            receipt = Receipt(url, taken.id, taken.idx, taken.to, status)
            self._receipts.plan(receipt, after_s + copy * TWICE_AFTER_S)


def shown(messages: list[Taken]) -> list[dict[str, Any]]:
    """Return messages as JSON has them."""
    return [asdict(one) for one in messages]

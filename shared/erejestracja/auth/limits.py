"""How often callers may ask, and the counter that needs no store.

Counting is GCRA: a caller may be `burst` requests ahead of an even flow of one each `every_s`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import RateLimited

MOST_CALLERS = 20_000
STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Limit:
    """`local` limits are counted in each instance by itself, the others by all together."""

    burst: int
    every_s: float
    why: str
    local: bool = False


LIMITS: dict[str, Limit] = {
    "search": Limit(
        400,
        1 / 200,
        "one address must not have half of an instance; a CGNAT is one address",
        local=True,
    ),
    "holds": Limit(10, 60, "a person tries some places; more is keeping them from others"),
    "holds.staff": Limit(60, 2, "an agent or a desk holds for one person after another"),
    "bookings": Limit(30, 20, "book, move, cancel, extend and release of one person's visits"),
    "bookings.staff": Limit(120, 1, "a point's own software books a day's list in one go"),
    "record": Limit(60, 1, "an application that asks each second is a loop"),
    "record.staff": Limit(300, 0.2, "a desk opens some records for each person in front of it"),
    "identify": Limit(30, 2, "people are asked for one at a time; faster is guessing of numbers"),
    "schedule": Limit(60, 1, "a point changes its week; faster is a loop", local=True),
    "pages": Limit(
        120,
        1 / 20,
        "a page costs more than an answer; many people may sit behind one address",
        local=True,
    ),
    "sign_ins": Limit(
        200,
        1 / 50,
        "a whole town may sign in from one address when a cohort opens",
        local=True,
    ),
    "gateway": Limit(100, 1 / 100, "the text messages a second that the gateway's contract allows"),
    "receipts": Limit(
        2000,
        1 / 1000,
        "the gateway reports from few addresses, all at once after an outage",
        local=True,
    ),
}


def limit_name(limit: str, actor: Actor | None) -> str:
    """Return the row that counts for a caller: staff act for many people."""
    if actor is not None and actor.roles - {Role.PATIENT} and f"{limit}.{STAFF}" in LIMITS:
        return f"{limit}.{STAFF}"
    return limit


def scaled(limit: Limit, factor: float) -> Limit:
    """Return the limit made wider (factor over 1) or narrower."""
    return replace(limit, burst=max(1, round(limit.burst * factor)), every_s=limit.every_s / factor)


class LocalLimiter:
    """Counts in this process, without IO. Remembers a bounded number of callers."""

    def __init__(
        self, factor: float = 1.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = {name: scaled(limit, factor) for name, limit in LIMITS.items()}
        self._monotonic = monotonic
        self._lock = Lock()
        self._next: dict[tuple[str, str], float] = {}

    def admit(self, name: str, who: str) -> None:
        """Count one request. Raises RateLimited."""
        limit = self._limits[name]
        now = self._monotonic()
        with self._lock:
            due = max(self._next.get((name, who), now), now)
            wait = due - now - (limit.burst - 1) * limit.every_s
            if wait <= 0:
                self._next[name, who] = due + limit.every_s
                if len(self._next) > MOST_CALLERS:
                    self._forget(now)
        if wait > 0:
            raise RateLimited(retry_after=int(wait) + 1)

    def _forget(self, now: float) -> None:
        """Forget who is not ahead; were all ahead, the longest known half."""
        ahead = {key: due for key, due in self._next.items() if due > now}
        if len(ahead) > MOST_CALLERS // 2:
            ahead = dict(list(ahead.items())[MOST_CALLERS // 2 :])
        self._next = ahead


class NoLimiter:
    """Lets all pass: RATE_LIMITS=off."""

    def admit(self, name: str, who: str) -> None:
        """Count nothing."""

"""No more messages a second than the gateway's contract allows, all instances together."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from erejestracja.domain.sending import NotYet

if TYPE_CHECKING:
    from redis import Redis

KEY = "sms:rate"
# Who would wait longer gives the message back: Pub/Sub keeps it better than a thread does, and its
# acknowledgement deadline is sixty seconds.
LONGEST_WAIT_S = 10.0
# How far ahead of an even pace a burst may run.
BURST_S = 0.1
REST_S = 1.0
MICRO = 1_000_000

# The stored number is when the next turn is due, on Redis's own clock, in microseconds. Returns how
# long to wait for the turn that was taken, or -1 where it is too far ahead and none was taken.
TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local every, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now - burst)
local wait = math.max(due - now, 0)
if wait > longest then return -1 end
due = due + every
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', math.ceil((due - now + burst) / 1000) + 1)
return wait
"""

log = logging.getLogger(__name__)


class LocalRate:
    """This process's own pace: what is left when Redis is lost."""

    def __init__(self, per_s: float, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._every = 1.0 / per_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._due = float("-inf")

    def take(self) -> float:
        """Take a turn; return the seconds until it is due, negative where it is too far ahead."""
        with self._lock:
            now = self._monotonic()
            due = max(self._due, now - BURST_S)
            wait = max(due - now, 0.0)
            if wait > LONGEST_WAIT_S:
                return -1.0
            self._due = due + self._every
            return wait


class SharedRate:
    """A pace shared by all instances through Redis."""

    def __init__(
        self,
        redis: "Redis",
        per_s: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._take = redis.register_script(TAKE)
        self._every = round(MICRO / per_s)
        self._local = LocalRate(per_s, monotonic=monotonic)
        self._monotonic = monotonic
        self._sleep = sleep
        self._away_until = float("-inf")

    def wait(self) -> None:
        """Return when a message may go out. Raises NotYet where that is too long from now."""
        seconds = self._turn()
        if seconds < 0:
            raise NotYet("the gateway's rate is used up")
        self._sleep(seconds)

    def _turn(self) -> float:
        from redis.exceptions import RedisError

        if self._monotonic() < self._away_until:
            return self._local.take()
        numbers = [self._every, round(BURST_S * MICRO), round(LONGEST_WAIT_S * MICRO)]
        try:
            return float(self._take(keys=[KEY], args=numbers)) / MICRO
        except RedisError as away:
            self._away_until = self._monotonic() + REST_S
            log.warning("each instance keeps the rate alone: %s", type(away).__name__)
            return self._local.take()

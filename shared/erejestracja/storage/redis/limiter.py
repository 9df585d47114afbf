"""Rate limits counted by all instances together, in one round trip."""

import logging
import time
from collections.abc import Callable
from functools import cached_property, partial
from hashlib import blake2b
from typing import TYPE_CHECKING

from erejestracja.auth.limits import LIMITS, LocalLimiter, NoLimiter, scaled
from erejestracja.auth.settings import LimitSettings
from erejestracja.domain.errors import RateLimited
from erejestracja.ports import Limiter
from erejestracja.settings import RedisSettings
from erejestracja.storage.redis.client import open_client

if TYPE_CHECKING:
    from redis import Redis
    from redis.commands.core import Script

# Counting must not cost more than what it protects. After a failure Redis is left alone for a
# moment, so that its absence does not cost each request the whole timeout; meanwhile all pass.
TIMEOUT_S = 0.05
REST_S = 1.0
SAY_AGAIN_S = 60.0
DIGEST_BYTES = 12

# GCRA on Redis's own clock, in microseconds: the stored number is when the caller is even again.
COUNT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local every, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = due - now - (burst - 1) * every
if wait > 0 then return wait end
due = due + every
redis.call('SET', KEYS[1], string.format('%.0f', due), 'PX', math.ceil((due - now) / 1000) + 1)
return 0
"""

log = logging.getLogger(__name__)


class RedisLimiter:
    """Counts callers in Redis, local limits in the process; all pass when Redis is away."""

    def __init__(
        self,
        connect: Callable[[], "Redis"],
        factor: float = 1.0,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connect = connect
        self._limits = {name: scaled(limit, factor) for name, limit in LIMITS.items()}
        self._local = LocalLimiter(factor, monotonic=monotonic)
        self._monotonic = monotonic
        self._away_until = float("-inf")
        self._silent_until = float("-inf")

    @cached_property
    def _count(self) -> "Script":
        # Late, so that a function with local limits only needs no Redis library.
        return self._connect().register_script(COUNT)

    def admit(self, name: str, who: str) -> None:
        """Count one request. Raises RateLimited."""
        limit = self._limits[name]
        if limit.local:
            self._local.admit(name, who)
            return
        if self._monotonic() < self._away_until:
            return
        # Addresses and subjects are not readable in the store.
        key = f"limit:{name}:{blake2b(who.encode(), digest_size=DIGEST_BYTES).hexdigest()}"
        wait = self._ask(key, round(limit.every_s * 1_000_000), limit.burst)
        if wait > 0:
            raise RateLimited(retry_after=wait // 1_000_000 + 1)

    def _ask(self, key: str, every: int, burst: int) -> int:
        from redis.exceptions import RedisError

        try:
            return int(self._count(keys=[key], args=[every, burst]))
        except RedisError as away:
            now = self._monotonic()
            self._away_until = now + REST_S
            if now >= self._silent_until:
                self._silent_until = now + SAY_AGAIN_S
                log.warning("rate limits are off: Redis is away (%s)", type(away).__name__)
            return 0


def open_limiter(redis: RedisSettings, limits: LimitSettings) -> Limiter:
    """Return the limiter of a function; Redis is connected for its first shared limit."""
    if limits.factor is None:
        return NoLimiter()
    quick = redis.model_copy(update={"timeout_s": TIMEOUT_S})
    return RedisLimiter(partial(open_client, quick), limits.factor)

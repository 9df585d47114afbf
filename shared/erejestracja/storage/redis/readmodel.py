"""The search read model: Redis between processes, an index in each, Spanner when either is lost.

A process keeps the powiaty it was asked about in memory and polls the stream of changes on the
request path (an instance has no CPU between requests). A powiat that Redis does not have is read
from Spanner and put there; when Redis cannot be reached, it is kept in memory for a few seconds.
A state with an older version never replaces a newer one, wherever they meet, so that changes may
come twice, late or out of order.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from erejestracja.domain import calendar, index
from erejestracja.domain.criteria import Candidate, Criteria
from erejestracja.domain.ids import PointId, SessionKey
from erejestracja.domain.index import Points, Powiat
from erejestracja.domain.point import Point
from erejestracja.domain.session import SessionState
from erejestracja.ports import Clock
from erejestracja.storage.redis import points as shelf
from erejestracja.storage.redis.states import CHANGES, LEARN, decode, encode
from erejestracja.storage.spanner.catalogue import Catalogue
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.stock import SpannerStock, version_of

if TYPE_CHECKING:
    from redis import Redis

POLL_EVERY_S = 0.5
MOST_CHANGES = 5_000
# Past this the stream may have been cut; a process that slept so long starts anew.
ASLEEP_S = 120.0
POINTS_FRESH_S = 60.0
# While Redis is away: how long an area read from Spanner serves, and when Redis is tried again.
WITHOUT_REDIS_S = 5.0
TOGETHER = 200
EPOCH, AS_OF = "avail:epoch", "avail:as-of"

log = logging.getLogger(__name__)


class RedisReadModel:
    """Port ReadModel."""

    def __init__(
        self,
        redis: "Redis",
        catalogue: Catalogue,
        stock: SpannerStock,
        clock: Clock,
        *,
        draw: Callable[[], float],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis: Any = redis
        self._learn = redis.register_script(LEARN)
        self._catalogue = catalogue
        self._stock = stock
        self._clock = clock
        self._draw = draw
        self._monotonic = monotonic
        self._lock = threading.RLock()
        self._powiaty: dict[str, Powiat] = {}
        self._read_at: dict[str, float] = {}
        self._points: Points | None = None
        self._points_at = float("-inf")
        self._polled_at = float("-inf")
        self._away_until = float("-inf")
        self._epoch = b""
        self._position = b"0-0"
        self._watermark: datetime | None = None
        self._read_from: dict[str, datetime] = {}
        self._today = calendar.local_day(clock.now())

    def soonest(self, criteria: Criteria, *, after: datetime, limit: int) -> list[Candidate]:
        """Return free slots starting after an instant, by start, then distance, ties by lot."""
        codes, reach = self.points().reach(criteria)
        powiaty = self.areas(codes)
        found: list[Candidate] = []
        for day in index.days_of(powiaty, criteria, calendar.local_day(after)):
            fitting = index.listed(powiaty, reach, criteria, day)
            for candidate in index.in_order(fitting, criteria, after, self._draw):
                found.append(candidate)
                if len(found) == limit:
                    return found
        return found

    def state(self, key: SessionKey) -> SessionState | None:
        """Return a session as the read model knows it, reading Spanner where it does not."""
        point = self.point(key.point)
        if point is None:
            return None
        listed = self.areas([point.powiat])[0].days.get(key.day, {}).get(key)
        if listed:
            return listed.state
        sessions = self._stock.sessions([key])
        if not sessions:
            return None
        state = self._stock.state(sessions[0])
        self.learn([state])
        return state

    def learn(self, states: Iterable[SessionState]) -> None:
        """Take in states read from Spanner and tell the other processes."""
        by_powiat: dict[str, list[SessionState]] = {}
        for state in states:
            by_powiat.setdefault(state.session.powiat, []).append(state)
        for powiat, some in by_powiat.items():
            with self._lock:
                known = self._powiaty.get(powiat)
                for state in some:
                    if known:
                        known.put(state)
            self._tell(powiat, some)

    def point(self, point: PointId) -> Point | None:
        """Return a point."""
        return self.points().by_id.get(point)

    def as_of(self) -> datetime:
        """Return the commit instant of the newest change included in all areas.

        While none has been told (Redis is new, or away) it is when the oldest area was read.
        """
        oldest = min(self._read_from.values(), default=None)
        return self._watermark or oldest or self._clock.now()

    def reached(self, instant: datetime) -> None:
        """Note that all told up to an instant is included: called for each event taken in."""
        self._redis.eval(
            "if tonumber(redis.call('GET', KEYS[1]) or 0) < tonumber(ARGV[1]) then "
            "redis.call('SET', KEYS[1], ARGV[1]) end",
            1,
            AS_OF,
            version_of(instant),
        )

    def mend(self, powiat: str) -> int:
        """Read a powiat from Spanner and put right what Redis has wrong; return how many."""
        truth = {str(s.session.key): s for s in self._ahead(self._catalogue.states(powiat))}
        known = {k.decode(): v.decode() for k, v in self._redis.hgetall(f"avail:{powiat}").items()}
        if not known:
            return 0
        gone = [key for key in known if key not in truth]
        if gone:
            self._redis.hdel(f"avail:{powiat}", *gone)
        return self._tell(powiat, [s for key, s in truth.items() if _differs(s, known.get(key))])

    def points(self) -> Points:
        """Return all points; refreshed every minute."""
        now = self._monotonic()
        if self._points is None or now - self._points_at >= POINTS_FRESH_S:
            with self._lock:
                if self._points is None or now - self._points_at >= POINTS_FRESH_S:
                    self._points = Points(shelf.points(self._redis, self._catalogue.points))
                    self._points_at = self._monotonic()
        return self._points

    def areas(self, codes: Sequence[str]) -> list[Powiat]:
        """Return the sessions of these powiaty, as fresh as the last poll."""
        self._poll()
        return [self._area(code) for code in codes]

    def _area(self, code: str) -> Powiat:
        known = self._powiaty.get(code)
        if known is not None and self._is_fresh(code):
            return known
        with self._lock:
            known = self._powiaty.get(code)
            if known is None or not self._is_fresh(code):
                known = self._powiaty[code] = self._load(code)
            return known

    def _is_fresh(self, code: str) -> bool:
        read_at = self._read_at.get(code)
        return read_at is None or self._monotonic() - read_at < WITHOUT_REDIS_S

    def _poll(self) -> None:
        """Take in what changed, at most twice a second, by one caller while the others go on."""
        if self._monotonic() - self._polled_at < POLL_EVERY_S:
            return
        if not self._lock.acquire(blocking=False):
            return
        try:
            now = self._monotonic()
            slept, self._polled_at = now - self._polled_at > ASLEEP_S, now
            if now >= self._away_until:
                self._take_in(slept=slept)
        finally:
            self._lock.release()

    def _take_in(self, *, slept: bool) -> None:
        from redis.exceptions import RedisError

        try:
            with self._redis.pipeline(transaction=False) as ask:
                ask.get(EPOCH)
                ask.get(AS_OF)
                ask.xread({CHANGES: self._position}, count=MOST_CHANGES)
                epoch, as_of, changes = ask.execute()
            if slept or epoch is None or epoch != self._epoch:
                self._start_anew()
                return
        except RedisError as away:
            self._without_redis(away)
            return
        for _, entries in _streams(changes):
            for position, fields in entries:
                self._position = position
                powiat = self._powiaty.get(fields[b"p"].decode())
                if powiat:
                    key, text = fields[b"s"].decode(), fields[b"v"].decode()
                    powiat.put(decode(fields[b"p"].decode(), key, text))
        self._watermark = _instant(as_of)
        today = calendar.local_day(self._clock.now())
        if today != self._today:
            self._today = today
            for powiat in self._powiaty.values():
                powiat.drop_before(today)

    def _start_anew(self) -> None:
        """Forget all areas and go on from the newest change: Redis is empty, or we slept."""
        fresh = f"{self._draw():.17f}"
        self._redis.set(EPOCH, fresh, nx=True)
        newest = self._redis.xrevrange(CHANGES, count=1)
        self._position = newest[0][0] if newest else b"0-0"
        self._powiaty, self._read_at, self._read_from = {}, {}, {}
        self._epoch = self._redis.get(EPOCH) or b""
        self._watermark = _instant(self._redis.get(AS_OF))

    def _without_redis(self, away: Exception) -> None:
        """Serve from Spanner for a while; areas in memory grow old from now on."""
        log.warning("the read model is served from Spanner: %s", type(away).__name__)
        now = self._monotonic()
        self._away_until = now + WITHOUT_REDIS_S
        self._epoch, self._watermark = b"", None
        for code in self._powiaty:
            self._read_at.setdefault(code, now - WITHOUT_REDIS_S)

    def _load(self, code: str) -> Powiat:
        from redis.exceptions import RedisError

        self._read_at.pop(code, None)
        if self._monotonic() >= self._away_until:
            try:
                with self._redis.pipeline(transaction=False) as ask:
                    ask.hgetall(f"avail:{code}")
                    ask.get(f"avail:{code}:filled")
                    states, filled = ask.execute()
            except RedisError as away:
                self._without_redis(away)
            else:
                if filled is not None and filled == self._epoch:
                    found = (decode(code, k.decode(), v.decode()) for k, v in states.items())
                    return Powiat(s for s in found if s.session.key.day >= self._today)
        self._read_from[code] = self._clock.now()
        read = self._ahead(self._catalogue.states(code))
        self._fill(code, read)
        return Powiat(read)

    def _ahead(self, states: Iterable[SessionState]) -> list[SessionState]:
        return [state for state in states if state.session.key.day >= self._today]

    def _fill(self, code: str, states: Sequence[SessionState]) -> None:
        from redis.exceptions import RedisError

        if not self._epoch:
            self._read_at[code] = self._monotonic()
            return
        self._tell(code, states, loudly=False)
        try:
            self._redis.set(f"avail:{code}:filled", self._epoch)
        except RedisError as away:
            self._without_redis(away)

    def _tell(self, powiat: str, states: Sequence[SessionState], *, loudly: bool = True) -> int:
        """Put states into Redis where they are newer; return how many were."""
        from redis.exceptions import RedisError

        told = 0
        if self._monotonic() < self._away_until:
            return told
        try:
            for start in range(0, len(states), TOGETHER):
                pairs = [
                    part
                    for state in states[start : start + TOGETHER]
                    for part in (str(state.session.key), encode(state))
                ]
                arguments = [powiat, "1" if loudly else "0", *pairs]
                told += int(self._learn(keys=[f"avail:{powiat}", CHANGES], args=arguments))
        except RedisError as away:
            self._without_redis(away)
        return told


def _instant(micros: bytes | None) -> datetime | None:
    return None if micros is None else datetime.fromtimestamp(int(micros) / 1e6, UTC)


def _differs(state: SessionState, text: str | None) -> bool:
    """Tell whether a text is another state than this, whatever their versions."""
    return text is None or text.partition("|")[2] != encode(state).partition("|")[2]


def open_read_model(redis: "Redis", database: Database, clock: Clock) -> RedisReadModel:
    """Return the read model over Redis and Spanner."""
    stock, catalogue = SpannerStock(database), Catalogue(database)
    return RedisReadModel(redis, catalogue, stock, clock, draw=random.random)


def _streams(changes: Any) -> Iterable[tuple[Any, Any]]:
    """Return what XREAD found, in either form the client hands it over."""
    return changes.items() if isinstance(changes, dict) else changes or ()

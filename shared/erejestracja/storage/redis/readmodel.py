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
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Candidate, Criteria
from erejestracja.domain.ids import PlaceKey, PointId, SessionKey
from erejestracja.domain.index import Points
from erejestracja.domain.point import Point
from erejestracja.domain.session import SessionState
from erejestracja.domain.soonest import in_order
from erejestracja.domain.vacancies import Powiat
from erejestracja.ports import Clock
from erejestracja.storage.redis import points as shelf
from erejestracja.storage.redis.areas import SharedAreas
from erejestracja.storage.redis.states import encode, instant_of
from erejestracja.storage.spanner.catalogue import Catalogue
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.stock import SpannerStock, version_of

if TYPE_CHECKING:
    from redis import Redis

POLL_EVERY_S = 0.5
# Past this the stream may have been cut; a process that slept so long starts anew.
ASLEEP_S = 120.0
POINTS_FRESH_S = 60.0
# While Redis is away: when it is tried again, and how long an area serves before Spanner is read.
RETRY_S = 1.0
WITHOUT_REDIS_S = 5.0

Found = TypeVar("Found")
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
        self._shared = SharedAreas(redis)
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
        self._polled_at = self._heard_at = float("-inf")
        self._away_until = float("-inf")
        self._epoch = b""
        self._position = b"0-0"
        self._watermark: datetime | None = None
        self._true_at: dict[str, datetime] = {}
        self._today = calendar.local_day(clock.now())

    def soonest(self, criteria: Criteria, *, after: datetime, limit: int) -> list[Candidate]:
        """Return free slots starting after an instant, by start, then distance, ties by lot."""
        reach = self.points().reach(criteria)
        found = in_order(self.areas(reach.nearest), reach, criteria, after, self._draw)
        return list(islice(found, limit))

    def state(self, key: SessionKey) -> SessionState | None:
        """Return a session as the read model knows it, reading Spanner where it does not."""
        point = self.point(key.point)
        if point is None:
            return None
        known = self.areas([point.powiat])[point.powiat].get(key)
        if known:
            return known
        sessions = self._stock.sessions([key])
        if not sessions:
            return None
        state = self._stock.state(sessions[0])
        self.learn([state])
        return state

    def learn(self, states: Iterable[SessionState]) -> None:
        """Take in states read from Spanner and tell the other processes, if Redis is there."""
        from redis.exceptions import RedisError

        for powiat, some in self._taken_in(states).items():
            if not self._is_away():
                try:
                    self._shared.tell(powiat, some)
                except RedisError as away:
                    self._without_redis(away)

    def took(self, place: PlaceKey) -> None:
        """Remember in this process that a place has just been taken.

        Until the event of it has gone round, the next callers here are not sent to the same place.
        """
        point = self.point(place.slot.session.point)
        with self._lock:
            known = self._powiaty.get(point.powiat) if point else None
            if known:
                known.take(place)

    def follow(self, states: Iterable[SessionState], committed: datetime) -> None:
        """Take in the states of an instant, and note that all told up to it is included.

        Raises what the client raises when Redis is away: whoever follows events tries again.
        """
        for powiat, some in self._taken_in(states).items():
            self._shared.tell(powiat, some)
        self._shared.reached(version_of(committed))

    def relist(self) -> None:
        """Forget the list of points; other processes ask for it anew within a minute.

        Raises what the client raises when Redis is away.
        """
        shelf.drop(self._redis)
        self._points_at = float("-inf")

    def _taken_in(self, states: Iterable[SessionState]) -> dict[str, list[SessionState]]:
        by_powiat: dict[str, list[SessionState]] = {}
        for state in states:
            by_powiat.setdefault(state.session.powiat, []).append(state)
        with self._lock:
            for powiat, some in by_powiat.items():
                known = self._powiaty.get(powiat) or Powiat()
                for state in some:
                    known.put(state)
        return by_powiat

    def point(self, point: PointId) -> Point | None:
        """Return a point."""
        return self.points().by_id.get(point)

    def as_of(self) -> datetime:
        """Return the commit instant of the newest change included in all areas.

        While none has been told (Redis is new, or away) it is when the oldest area in use was read.
        """
        if self._watermark:
            return self._watermark
        in_use = [at for code, at in list(self._true_at.items()) if self._is_fresh(code)]
        return min(in_use, default=self._clock.now())

    def mend(self, powiat: str) -> int:
        """Read a powiat from Spanner and put right what Redis has wrong; return how many."""
        # Before Spanner, so that what is published meanwhile does not look as if it were gone.
        known = self._shared.texts(powiat)
        if not known:
            return 0
        truth = {str(s.session.key): s for s in self._ahead(self._catalogue.states(powiat))}
        gone = [key for key in known if key not in truth]
        if gone:
            self._shared.forget(powiat, gone)
        wrong = [state for key, state in truth.items() if _differs(state, known.get(key))]
        return self._shared.tell(powiat, wrong)

    def points(self) -> Points:
        """Return all points; refreshed every minute."""
        now = self._monotonic()
        if self._points is None or now - self._points_at >= POINTS_FRESH_S:
            with self._lock:
                if self._points is None or now - self._points_at >= POINTS_FRESH_S:
                    self._points = Points(shelf.points(self._redis, self._catalogue.points))
                    self._points_at = self._monotonic()
        return self._points

    def areas(self, codes: Iterable[str]) -> dict[str, Powiat]:
        """Return the sessions of these powiaty, as fresh as the last poll."""
        self._poll()
        return {code: self._area(code) for code in codes}

    def _area(self, code: str) -> Powiat:
        known = self._powiaty.get(code)
        if known is not None and self._is_fresh(code):
            return known
        with self._lock:
            known = self._powiaty.get(code)
            if known is None or not self._is_fresh(code):
                known = self._powiaty[code] = Powiat(self._ahead(self._load(code)))
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
            self._polled_at = self._monotonic()
            if not self._is_away():
                self._take_in()
            self._turn_the_day()
        finally:
            self._lock.release()

    def _is_away(self) -> bool:
        return self._monotonic() < self._away_until

    def _take_in(self) -> None:
        from redis.exceptions import RedisError

        try:
            news = self._shared.news(self._position, self._powiaty)
            slept = self._polled_at - self._heard_at > ASLEEP_S
            if slept or news.epoch is None or news.epoch != self._epoch:
                self._start_anew()
                return
            self._put(news.states)
            while not news.whole:
                news = self._shared.news(news.position, self._powiaty)
                self._put(news.states)
        except RedisError as away:
            self._without_redis(away)
            return
        self._position, self._watermark = news.position, news.as_of
        self._heard_at = self._polled_at
        # What was read from Spanner meanwhile has now what was told meanwhile, too.
        self._read_at.clear()

    def _put(self, states: Iterable[SessionState]) -> None:
        for state in states:
            self._powiaty[state.session.powiat].put(state)

    def _turn_the_day(self) -> None:
        today = calendar.local_day(self._clock.now())
        if today != self._today:
            self._today = today
            for powiat in self._powiaty.values():
                powiat.drop_before(today)

    def _start_anew(self) -> None:
        """Forget all areas and go on from the newest change: Redis is empty, or we slept."""
        news = self._shared.begin(f"{self._draw():.17f}".encode())
        self._powiaty, self._read_at, self._true_at = {}, {}, {}
        self._epoch, self._position = news.epoch or b"", news.position
        self._heard_at, self._watermark = self._polled_at, news.as_of

    def _without_redis(self, away: Exception) -> None:
        """Go on with what is in memory for a few seconds, then with Spanner, area by area.

        The position in the stream is kept: a moment's absence costs nothing but that moment.
        """
        log.warning("the read model is without Redis: %s", type(away).__name__)
        now = self._monotonic()
        self._away_until = now + RETRY_S
        for code in list(self._powiaty):
            self._read_at.setdefault(code, now)
            if self._watermark:
                self._true_at[code] = self._watermark
        self._watermark = None

    def _load(self, code: str) -> list[SessionState]:
        """Return a powiat's states from Redis, or from Spanner, which Redis is then given."""
        now = self._clock.now()
        states = self._of_redis(lambda: self._shared.load(code, self._epoch))
        if states is not None:
            self._read_at.pop(code, None)
            versions = (state.version for state in states)
            self._true_at[code] = instant_of(min(versions, default=version_of(now)))
            return states
        self._true_at[code] = now
        read = self._catalogue.states(code)
        self._of_redis(lambda: self._shared.fill(code, read, self._epoch))
        if self._epoch and not self._is_away():
            self._read_at.pop(code, None)
        else:
            self._read_at[code] = self._monotonic()
        return read

    def _of_redis(self, ask: Callable[[], Found]) -> Found | None:
        """Return what Redis answers, or None while it is away."""
        from redis.exceptions import RedisError

        if not self._epoch or self._is_away():
            return None
        try:
            return ask()
        except RedisError as away:
            self._without_redis(away)
            return None

    def _ahead(self, states: Iterable[SessionState]) -> Sequence[SessionState]:
        return [state for state in states if state.session.key.day >= self._today]


def _differs(state: SessionState, text: str | None) -> bool:
    """Tell whether a text is another state than this, whatever their versions."""
    return text is None or text.partition("|")[2] != encode(state).partition("|")[2]


def open_read_model(redis: "Redis", database: Database, clock: Clock) -> RedisReadModel:
    """Return the read model over Redis and Spanner."""
    stock, catalogue = SpannerStock(database), Catalogue(database)
    return RedisReadModel(redis, catalogue, stock, clock, draw=random.random)

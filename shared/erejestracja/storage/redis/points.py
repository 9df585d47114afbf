"""All points as one compressed text in Redis, so that a cold process need not read Spanner."""

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from erejestracja.domain.point import Point
from erejestracja.storage.spanner.points import point_of, point_values

if TYPE_CHECKING:
    from redis import Redis

KEY = "avail:points"
# Points change a few times a day; whoever changes them has the text dropped. Where somebody who had
# read them just before puts it back, it is old for as long as this.
KEPT_S = 120


def points(redis: "Redis", read: Callable[[], list[Point]]) -> list[Point]:
    """Return all points: from Redis, or as `read` finds them, which Redis is then given."""
    from redis.exceptions import RedisError

    try:
        text: Any = redis.get(KEY)
    except RedisError:
        return read()
    if text is not None:
        return [point_of(row) for row in orjson.loads(zlib.decompress(text))]
    found = read()
    packed = zlib.compress(orjson.dumps([point_values(point) for point in found]), 1)
    try:
        redis.set(KEY, packed, ex=KEPT_S)
    except RedisError:
        return found
    return found


def drop(redis: "Redis") -> None:
    """Forget the text. Raises what the client raises."""
    redis.delete(KEY)

"""The Redis client: it gives up soon, because a cache slower than Spanner is no cache."""

from typing import TYPE_CHECKING

from erejestracja.settings import RedisSettings

if TYPE_CHECKING:
    from redis import Redis


def open_client(settings: RedisSettings) -> "Redis":
    """Return a client that connects on its first call; the library alone would try for seconds."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis.from_url(
        settings.url.get_secret_value(),
        socket_timeout=settings.timeout_s,
        socket_connect_timeout=settings.timeout_s,
        retry=Retry(NoBackoff(), 1),
    )

"""Rate limits counted in a real Valkey server."""

import logging
import socket
import threading
import time

import pytest
from pydantic import SecretStr
from redis import Redis

from erejestracja.auth.limits import LIMITS, NoLimiter
from erejestracja.auth.settings import LimitSettings
from erejestracja.domain.errors import RateLimited
from erejestracja.settings import RedisSettings
from erejestracja.storage.redis.client import open_client
from erejestracja.storage.redis.limiter import (
    REST_S,
    SAY_AGAIN_S,
    RedisLimiter,
    open_limiter,
)
from tests.support.emulators import free_port
from tests.support.limits import admitted

pytestmark = pytest.mark.emulator


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_an_even_flow(redis: Redis) -> None:
    limiter = RedisLimiter(lambda: redis, factor=100)  # one more hold every 0.6 s, after 1,000
    assert admitted(limiter, "holds", "p", 1010) in (1000, 1001)
    time.sleep(0.65)
    assert admitted(limiter, "holds", "p", 10) in (1, 2)


def test_instances_count_together(redis: Redis) -> None:
    burst = LIMITS["holds"].burst
    passed: list[int] = []

    def one_instance() -> None:
        passed.append(admitted(RedisLimiter(lambda: redis), "holds", "p", burst))

    threads = [threading.Thread(target=one_instance) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == burst


def test_callers_and_limits_do_not_share(redis: Redis) -> None:
    limiter = RedisLimiter(lambda: redis)
    assert admitted(limiter, "holds", "p", 50) == LIMITS["holds"].burst
    assert admitted(limiter, "holds", "q", 1) == 1
    assert admitted(limiter, "holds.staff", "p", 1) == 1


def test_who_is_refused_is_told_when_to_come_again(redis: Redis) -> None:
    limiter = RedisLimiter(lambda: redis)
    admitted(limiter, "holds", "p", 50)
    with pytest.raises(RateLimited) as refused:
        limiter.admit("holds", "p")
    assert 58 <= refused.value.retry_after <= 61


def test_nobody_can_be_read_from_the_store_and_nothing_stays(redis: Redis) -> None:
    RedisLimiter(lambda: redis).admit("holds", "subject-of-somebody")
    (key,) = redis.keys("*")
    assert b"somebody" not in key
    assert 59_000 <= redis.pttl(key) <= 60_001


def test_local_limits_do_not_even_connect() -> None:
    limiter = RedisLimiter(lambda: pytest.fail("connected"))
    limiter.admit("search", "203.0.113.5")


def test_without_redis_all_pass_quickly_and_it_is_said_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    nowhere = RedisSettings(url=SecretStr(f"redis://127.0.0.1:{free_port()}/0"))
    client = open_client(nowhere)
    limiter = RedisLimiter(lambda: client, monotonic=clock)
    with caplog.at_level(logging.WARNING):
        began = time.monotonic()
        assert admitted(limiter, "holds", "p", 500) == 500
        assert time.monotonic() - began < 0.5
        clock.now += REST_S
        limiter.admit("holds", "p")
        assert len(caplog.records) == 1
        clock.now += SAY_AGAIN_S
        limiter.admit("holds", "p")
        assert len(caplog.records) == 2


def test_redis_that_hangs_costs_no_more_than_its_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        limiter = open_limiter(RedisSettings(url=SecretStr(url)), LimitSettings())
        began = time.monotonic()
        assert admitted(limiter, "holds", "p", 20) == 20
        assert time.monotonic() - began < 0.3


def test_counting_goes_on_when_redis_comes_back_empty(redis: Redis) -> None:
    limiter = RedisLimiter(lambda: redis)
    admitted(limiter, "holds", "p", 50)
    redis.script_flush()
    redis.flushall()
    assert admitted(limiter, "holds", "p", 50) == LIMITS["holds"].burst


def test_settings_choose_the_limiter(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    settings = RedisSettings(url=SecretStr(redis_url))
    assert isinstance(open_limiter(settings, LimitSettings()), RedisLimiter)
    monkeypatch.setenv("RATE_LIMITS", "off")
    assert isinstance(open_limiter(settings, LimitSettings()), NoLimiter)

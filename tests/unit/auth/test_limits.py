"""How many requests pass, counted without a store."""

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from erejestracja.auth import addresses, limits
from erejestracja.auth.addresses import client_of
from erejestracja.auth.limits import LIMITS, LocalLimiter, NoLimiter, limit_name, scaled
from erejestracja.auth.settings import LimitSettings
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import RateLimited
from tests.support.limits import admitted

PATIENT = Actor("p", frozenset({Role.PATIENT}))
AGENT = Actor("a", frozenset({Role.AGENT, Role.PATIENT}))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_an_even_flow() -> None:
    clock = Clock()
    limiter = LocalLimiter(monotonic=clock)
    limit = LIMITS["holds"]
    assert admitted(limiter, "holds", "p", 50) == limit.burst
    clock.now += limit.every_s * 3 + 0.001
    assert admitted(limiter, "holds", "p", 50) == 3
    clock.now += 10 * limit.every_s * limit.burst
    assert admitted(limiter, "holds", "p", 50) == limit.burst


def test_callers_and_limits_do_not_share() -> None:
    limiter = LocalLimiter(monotonic=Clock())
    assert admitted(limiter, "holds", "p", 50) == LIMITS["holds"].burst
    assert admitted(limiter, "holds", "q", 1) == 1
    assert admitted(limiter, "record", "p", 1) == 1


def test_who_is_refused_is_told_when_it_passes_again() -> None:
    clock = Clock()
    limiter = LocalLimiter(monotonic=clock)
    admitted(limiter, "holds", "p", 50)
    with pytest.raises(RateLimited) as refused:
        limiter.admit("holds", "p")
    clock.now += refused.value.retry_after
    limiter.admit("holds", "p")


def test_the_number_of_callers_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_CALLERS", 100)
    limiter = LocalLimiter(monotonic=Clock())
    for number in range(1000):
        limiter.admit("holds", str(number))
    assert len(limiter._next) <= 101


def test_staff_have_limits_of_their_own_where_there_are_any() -> None:
    assert limit_name("holds", PATIENT) == "holds"
    assert limit_name("holds", AGENT) == "holds.staff"
    assert limit_name("search", AGENT) == "search"
    assert limit_name("holds", None) == "holds"


def test_every_limit_gives_its_reason() -> None:
    for limit in LIMITS.values():
        assert limit.why
        assert limit.burst >= 1
        assert limit.every_s > 0


@pytest.mark.parametrize(
    ("text", "factor"), [("off", None), ("1", 1.0), ("2.5", 2.5), ("0", None), ("0.1", 0.1)]
)
def test_limits_can_be_scaled_or_turned_off(
    monkeypatch: pytest.MonkeyPatch, text: str, factor: float | None
) -> None:
    monkeypatch.setenv("RATE_LIMITS", text)
    assert LimitSettings().factor == factor


def test_a_factor_widens_burst_and_flow() -> None:
    wider = scaled(LIMITS["holds"], 10)
    assert (wider.burst, wider.every_s) == (100, 6)
    assert scaled(LIMITS["holds"], 0.001).burst == 1


def test_without_limits_all_pass() -> None:
    for _ in range(1000):
        NoLimiter().admit("holds", "p")


def request(forwarded: str | None, remote: str = "127.0.0.1") -> Request:
    headers = [] if forwarded is None else [("X-Forwarded-For", forwarded)]
    builder = EnvironBuilder(headers=headers, environ_base={"REMOTE_ADDR": remote})
    return Request(builder.get_environ())


@pytest.mark.parametrize(
    ("hops", "forwarded", "who"),
    [
        ("1", None, "127.0.0.1"),
        ("1", "203.0.113.5", "203.0.113.5"),
        ("1", "1.1.1.1, 203.0.113.5", "203.0.113.5"),
        ("2", "1.1.1.1, 203.0.113.5, 198.51.100.1", "203.0.113.5"),
        ("2", "198.51.100.1", "127.0.0.1"),
        ("0", "203.0.113.5", "127.0.0.1"),
        ("1", "1.1.1.1,", "127.0.0.1"),
        ("1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("1", "2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        ("1", "::ffff:203.0.113.5", "203.0.113.5"),
        ("1", "not:an:address", "-"),
        ("1", "x" * 99, "x" * 45),
    ],
)
def test_a_stranger_is_who_our_front_door_saw(
    monkeypatch: pytest.MonkeyPatch, hops: str, forwarded: str | None, who: str
) -> None:
    monkeypatch.setenv("TRUSTED_HOPS", hops)
    addresses._hops.cache_clear()
    assert client_of(request(forwarded)) == who
    addresses._hops.cache_clear()


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"])))
def test_no_header_is_a_fault_of_ours(text: str) -> None:
    assert len(client_of(request(text))) <= 45

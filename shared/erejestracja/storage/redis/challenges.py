"""Challenges in Redis, by the digest of their id; lost, they are asked for again."""

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from erejestracja.domain.challenge import LIVES, OF_ADDRESS, OF_IDENTIFIER, Challenge
from erejestracja.domain.errors import Overloaded, RateLimited
from erejestracja.domain.ids import MessageId, PatientId, ReferralId

if TYPE_CHECKING:
    from redis import Redis
    from redis.commands.core import Script

ID_BYTES = 32
PAUSES = (OF_IDENTIFIER, OF_ADDRESS)
# `Pause.after`, for all keys or none, on Redis's own clock in milliseconds.
ADMIT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local wait = 0
for _, key in ipairs(KEYS) do
  wait = math.max(wait, tonumber(redis.call('HGET', key, 'until') or 0) - now)
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local free, first, most, forget = unpack(ARGV, i * 4 - 3, i * 4)
  local over = redis.call('HINCRBY', key, 'times', 1) - free
  local pause = 0
  if over >= 0 then pause = math.min(most, first * 2 ^ over) end
  redis.call('HSET', key, 'until', string.format('%.0f', now + pause * 1000))
  redis.call('EXPIRE', key, forget)
end
return 0
"""
GUESS = """
local found = redis.call('HGET', KEYS[1], 'challenge')
if not found then return nil end
return {found, redis.call('HINCRBY', KEYS[1], 'tries', 1)}
"""


class RedisChallenges:
    """Port Challenges. Where Redis is away nobody gets in: tries could not be counted."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis

    @cached_property
    def _admit(self) -> "Script":
        return self._redis.register_script(ADMIT)

    @cached_property
    def _guess(self) -> "Script":
        return self._redis.register_script(GUESS)

    def admit(self, identifier: str, address: str) -> None:
        """Count one request for a code. Raises RateLimited while either has to wait."""
        keys = [_pause("identifier", identifier), _pause("address", address)]
        numbers = [n for one in PAUSES for n in (one.free, one.first_s, one.most_s, one.forget_s)]
        wait = _asked(lambda: self._admit(keys=keys, args=numbers))
        if wait > 0:
            raise RateLimited(retry_after=wait // 1000 + 1)

    def open(self, challenge: Challenge) -> str:
        """Keep a challenge; return its id."""
        challenge_id = secrets.token_urlsafe(ID_BYTES)
        pipe = self._redis.pipeline(transaction=True)
        pipe.hset(_key(challenge_id), "challenge", _text(challenge))
        pipe.expire(_key(challenge_id), int(LIVES.total_seconds()))
        _asked(pipe.execute)
        return challenge_id

    def guess(self, challenge_id: str) -> tuple[Challenge, int] | None:
        """Count a try, and return the challenge with how many there were."""
        found = _asked(lambda: self._guess(keys=[_key(challenge_id)]))
        return (_challenge(found[0]), int(found[1])) if found else None

    def close(self, challenge_id: str, challenge: Challenge) -> bool:
        """End a challenge and its identifier's pause; one of two at once is told it was open."""
        pipe = self._redis.pipeline(transaction=True)
        pipe.delete(_key(challenge_id))
        pipe.delete(_pause("identifier", challenge.identifier))
        return bool(_asked(pipe.execute)[0])


def _asked(ask: Callable[[], Any]) -> Any:
    from redis import RedisError

    try:
        return ask()
    except RedisError as away:
        raise Overloaded(retry_after=2) from away


def _key(challenge_id: str) -> str:
    return f"code:{sha256(challenge_id.encode()).hexdigest()}"


def _pause(kind: str, who: str) -> str:
    return f"code-pause:{kind}:{sha256(who.encode()).hexdigest()}"


def _text(challenge: Challenge) -> bytes:
    return orjson.dumps(
        [
            challenge.message,
            challenge.patient,
            challenge.referral,
            challenge.identifier,
            challenge.expires_at.isoformat(),
        ]
    )


def _challenge(text: bytes) -> Challenge:
    message, patient, referral, identifier, expires_at = orjson.loads(text)
    return Challenge(
        MessageId(message),
        PatientId(patient),
        ReferralId(referral),
        identifier,
        datetime.fromisoformat(expires_at),
    )

"""What processes share about free places: a hash of states for each powiat, a stream of changes.

A hash counts as whole only with the epoch of this Redis in it: after a restart, an eviction or a
flush it is not there, and whoever needs the powiat fills it again. Everything here raises what the
client raises.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from erejestracja.domain.session import SessionState
from erejestracja.storage.redis.states import decode, encode, instant_of

if TYPE_CHECKING:
    from redis import Redis

CHANGES, EPOCH, AS_OF = "avail:changes", "avail:epoch", "avail:as-of"
# The field of a hash that says in which epoch it was filled; session keys have dashes.
FILLED = "filled"
MOST_CHANGES = 5_000
TOGETHER = 200

# KEYS: the powiat's hash, the stream. ARGV: powiat, "1" to tell the stream, then pairs of session
# key and state. Keeps a state only if none newer is there; a state begins with its version. The
# stream holds an hour of the seed's peak many times over; who slept longer starts anew.
LEARN = """
local told = 0
for i = 3, #ARGV, 2 do
  local old = redis.call('HGET', KEYS[1], ARGV[i])
  local new = tonumber(string.match(ARGV[i + 1], '^%d+'))
  if not old or tonumber(string.match(old, '^%d+')) < new then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    told = told + 1
    if ARGV[2] == '1' then
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', '200000', '*',
        'p', ARGV[1], 's', ARGV[i], 'v', ARGV[i + 1])
    end
  end
end
return told
"""
REACHED = """
if tonumber(redis.call('GET', KEYS[1]) or 0) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
end
"""


@dataclass(frozen=True, slots=True)
class News:
    """What changed since a position in the stream; `whole` when there is no more for now."""

    epoch: bytes | None
    as_of: datetime | None
    position: bytes
    states: Sequence[SessionState]
    whole: bool


class SharedAreas:
    """The states of powiaty in Redis."""

    def __init__(self, redis: "Redis") -> None:
        self._redis: Any = redis
        self._learn = redis.register_script(LEARN)
        self._reach = redis.register_script(REACHED)

    def news(self, position: bytes, wanted: Mapping[str, object]) -> News:
        """Return what changed in the wanted powiaty after a position; one round trip."""
        with self._redis.pipeline(transaction=False) as ask:
            ask.get(EPOCH)
            ask.get(AS_OF)
            ask.xread({CHANGES: position}, count=MOST_CHANGES)
            epoch, as_of, changes = ask.execute()
        entries = [entry for _, some in _streams(changes) for entry in some]
        return News(
            epoch=epoch,
            as_of=_instant(as_of),
            position=entries[-1][0] if entries else position,
            states=list(_wanted((fields for _, fields in entries), wanted)),
            whole=len(entries) < MOST_CHANGES,
        )

    def begin(self, fresh: bytes) -> News:
        """Return the present position; an empty Redis begins a fresh epoch."""
        self._redis.set(EPOCH, fresh, nx=True)
        newest = self._redis.xrevrange(CHANGES, count=1)
        position = newest[0][0] if newest else b"0-0"
        # After the position: what is told from here on comes as news.
        epoch, as_of = self._redis.mget(EPOCH, AS_OF)
        return News(epoch, _instant(as_of), position, (), whole=True)

    def load(self, powiat: str, epoch: bytes) -> list[SessionState] | None:
        """Return a powiat's states, or None if it was not filled in this epoch."""
        texts = self._redis.hgetall(_hash(powiat))
        if texts.pop(FILLED.encode(), None) != epoch:
            return None
        return [decode(powiat, key.decode(), text.decode()) for key, text in texts.items()]

    def fill(self, powiat: str, states: Sequence[SessionState], epoch: bytes) -> None:
        """Put a whole powiat there; what is newer stays."""
        self.tell(powiat, states, loudly=False)
        self._redis.hset(_hash(powiat), FILLED, epoch)

    def tell(self, powiat: str, states: Sequence[SessionState], *, loudly: bool = True) -> int:
        """Put states there and into the stream where they are newer; return how many were."""
        told = 0
        for start in range(0, len(states), TOGETHER):
            some = states[start : start + TOGETHER]
            pairs = [text for state in some for text in (str(state.session.key), encode(state))]
            arguments = [powiat, "1" if loudly else "0", *pairs]
            told += int(self._learn(keys=[_hash(powiat), CHANGES], args=arguments))
        return told

    def reached(self, version: int) -> None:
        """Note that what was told up to an instant (microseconds) is there."""
        self._reach(keys=[AS_OF], args=[version])

    def texts(self, powiat: str) -> dict[str, str]:
        """Return a powiat's states as they are written."""
        found = self._redis.hgetall(_hash(powiat))
        return {k.decode(): text.decode() for k, text in found.items() if k != FILLED.encode()}

    def forget(self, powiat: str, keys: Sequence[str]) -> None:
        """Remove states."""
        self._redis.hdel(_hash(powiat), *keys)


def _hash(powiat: str) -> str:
    return f"avail:{powiat}"


def _instant(micros: bytes | None) -> datetime | None:
    return None if micros is None else instant_of(int(micros))


def _wanted(
    entries: Iterable[Mapping[bytes, bytes]], wanted: Mapping[str, object]
) -> Iterator[SessionState]:
    for fields in entries:
        powiat = fields[b"p"].decode()
        if powiat in wanted:
            yield decode(powiat, fields[b"s"].decode(), fields[b"v"].decode())


def _streams(changes: Any) -> Iterable[tuple[Any, Any]]:
    """Return what XREAD found, in either form the client hands it over."""
    return changes.items() if isinstance(changes, dict) else changes or ()

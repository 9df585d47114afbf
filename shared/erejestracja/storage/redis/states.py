"""Session states in Redis: their text form, and the script by which the newer one always wins."""

from datetime import UTC, datetime, timedelta

from erejestracja.domain.ids import SessionKey, VaccineCode
from erejestracja.domain.session import Session, SessionState, Visibility

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CHANGES = "avail:changes"
# Some hours of changes at the seed's peak; a process that slept longer loads anew.
CHANGES_KEPT = 200_000

# KEYS: the powiat's hash, the stream. ARGV: powiat, "1" to tell the stream, then pairs of session
# key and state. Keeps a state only if none newer is there; a state begins with its version.
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


def encode(state: SessionState) -> str:
    """Return a state as text; its key and powiat stand beside it."""
    session = state.session
    start = (session.starts_at - EPOCH) // MINUTE
    shown = "e" if session.visibility is Visibility.EXTERNAL else "i"
    return (
        f"{state.version}|{start}|{session.step}|{session.slots}|{session.places}|"
        f"{session.vaccine}|{session.dose}|{shown}|{state.taken:x}"
    )


def decode(powiat: str, key: str, text: str) -> SessionState:
    """Read what `encode` wrote."""
    version, start, step, slots, places, vaccine, dose, shown, taken = text.split("|")
    session = Session(
        key=SessionKey.parse(key),
        powiat=powiat,
        starts_at=EPOCH + int(start) * MINUTE,
        step=int(step),
        slots=int(slots),
        places=int(places),
        vaccine=VaccineCode(vaccine),
        dose=int(dose),
        visibility=Visibility.EXTERNAL if shown == "e" else Visibility.INTERNAL,
    )
    return SessionState(session, int(taken, 16), int(version))

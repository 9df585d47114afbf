"""The text form of session states in Redis."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from sys import intern
from typing import Any

from erejestracja.domain.ids import PointId, SessionKey, VaccineCode
from erejestracja.domain.session import Session, SessionState, Visibility

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LETTERS = {Visibility.EXTERNAL: "e", Visibility.INTERNAL: "i", Visibility.BLOCKED: "b"}
VISIBILITIES = {letter: shown for shown, letter in LETTERS.items()}


def instant_of(version: int) -> datetime:
    """Return the instant a version stands for."""
    return EPOCH + timedelta(microseconds=version)


def encode(state: SessionState) -> str:
    """Return a state as text; its key and powiat stand beside it.

    Who may book it is a letter, after which stand the hours of its release, the vaccines it may be
    given besides and the birth dates it is for, if it has such: `i48+cov19.moderna@2015-01-01/`.
    Whoever does not know what stands there takes the session for internal, and offers it to nobody.
    """
    session = state.session
    start = (session.starts_at - EPOCH) // MINUTE
    shown = LETTERS[session.visibility] + f"{session.release_hours or ''}"
    shown = "+".join((shown, *session.also))
    if session.born_from or session.born_to:
        shown += f"@{session.born_from or ''}/{session.born_to or ''}"
    return (
        f"{state.version}|{start}|{session.step}|{session.slots}|{session.places}|"
        f"{session.vaccine}|{session.dose}|{shown}|{state.taken:x}"
    )


@lru_cache(maxsize=512)
def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


@lru_cache(maxsize=512)
def _shown(text: str) -> dict[str, Any]:
    who, _, born = text.partition("@")
    letter, *also = who.split("+")
    born_from, _, born_to = born.partition("/")
    return {
        "visibility": VISIBILITIES[letter[0]],
        "release_hours": int(letter[1:]) if letter[1:] else None,
        "also": tuple(map(VaccineCode, also)),
        "born_from": date.fromisoformat(born_from) if born_from else None,
        "born_to": date.fromisoformat(born_to) if born_to else None,
    }


def decode(powiat: str, key: str, text: str) -> SessionState:
    """Read what `encode` wrote, keeping repeated words once: a process has a million of these."""
    version, start, step, slots, places, vaccine, dose, shown, taken = text.split("|")
    point, day, nr = key.split("-")
    session = Session(
        key=SessionKey(PointId(intern(point)), _day(day), int(nr)),
        powiat=powiat,
        starts_at=EPOCH + int(start) * MINUTE,
        step=int(step),
        slots=int(slots),
        places=int(places),
        vaccine=VaccineCode(intern(vaccine)),
        dose=int(dose),
        **_shown(shown),
    )
    return SessionState(session, int(taken, 16), int(version))

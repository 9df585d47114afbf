"""Rooms of a point, by the short names its staff give them, such as "Gabinet 2"."""

from collections.abc import Iterable
from unicodedata import category, normalize

LONGEST_ROOM = 32


def room_named(text: str) -> str:
    """Return a room's name as it is kept: composed letters, single spaces. Raises ValueError."""
    name = normalize("NFC", " ".join(text.split()))
    if not 1 <= len(name) <= LONGEST_ROOM or any(category(one)[0] == "C" for one in name):
        raise ValueError("no name of a room")
    return name


def same_room(one: str, other: str | None) -> bool:
    """Tell whether two names are of one room: capitals make no other."""
    return other is not None and one.casefold() == other.casefold()


def rooms_among(names: Iterable[str | None]) -> list[str]:
    """Return each room once, as it was named first, in order."""
    known: dict[str, str] = {}
    for name in names:
        if name is not None:
            known.setdefault(name.casefold(), name)
    return [known[key] for key in sorted(known)]

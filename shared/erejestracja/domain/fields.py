"""Fields of a row of a file: which there are, and how one is read."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from erejestracja.domain.delimited import BadRow, Reason

# Of each column whether it must be there, and what it holds.
Columns = Mapping[str, tuple[bool, str]]
Fields = Mapping[str, str]
Read = TypeVar("Read")


def needed(fields: Fields, column: str, reading: Callable[[str], Read]) -> Read:
    """Return what a column says. Raises BadRow, also where it says nothing."""
    if not fields[column]:
        raise BadRow(Reason.MISSING, column)
    return _read(fields[column], column, reading)


def given(fields: Fields, column: str, reading: Callable[[str], Read]) -> Read | None:
    """Return what a column says, None where it is empty or not there. Raises BadRow."""
    text = fields.get(column)
    return _read(text, column, reading) if text else None


def _read(text: str, column: str, reading: Callable[[str], Read]) -> Read:
    try:
        return reading(text)
    except BadRow as bad:
        raise BadRow(bad.reason, column) from None
    except ValueError:
        # What stood there may be a person's, and is not repeated.
        raise BadRow(Reason.INVALID, column) from None


def day(text: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRow(Reason.NOT_A_DATE) from None


def shaped(shape: re.Pattern[str]) -> Callable[[str], str]:
    """Return what reads a text of a shape."""

    def reading(text: str) -> str:
        if not shape.fullmatch(text):
            raise BadRow(Reason.INVALID)
        return text

    return reading


def words(longest: int) -> Callable[[str], str]:
    """Return what reads a text for people, of so many letters at most."""

    def reading(text: str) -> str:
        if len(text) > longest:
            raise BadRow(Reason.TOO_LONG)
        if not text.isprintable():
            raise BadRow(Reason.INVALID)
        return text

    return reading


def one_of(*known: str) -> Callable[[str], str]:
    """Return what reads one of the known words."""

    def reading(text: str) -> str:
        if text not in known:
            raise BadRow(Reason.INVALID)
        return text

    return reading


def some(reading: Callable[[str], str]) -> Callable[[str], frozenset[str]]:
    """Return what reads words with spaces between."""
    return lambda text: frozenset(map(reading, text.split()))

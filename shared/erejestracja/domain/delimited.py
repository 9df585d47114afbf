"""Rows of delimited text as offices send them: UTF-8 or windows-1250, `;` or `,`, a row a line.

A quoted field may hold the separator and doubled quotes but no line end, so that reading can go on
at any line after it was interrupted.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

UTF_8, WINDOWS_1250 = "utf-8", "windows-1250"
SEPARATORS = ";,"
# Longer than any honest row; whatever is beyond is not kept in memory.
LONGEST_LINE = 8_000


class Reason(StrEnum):
    """Why a row, or a whole file, was refused. The report says it by this word."""

    NO_HEADER = "no_header"
    UNKNOWN_COLUMN = "unknown_column"
    MISSING_COLUMN = "missing_column"
    TOO_LONG = "too_long"
    UNCLOSED_QUOTE = "unclosed_quote"
    WRONG_NUMBER_OF_FIELDS = "wrong_number_of_fields"
    NOT_IN_ENCODING = "not_in_encoding"
    MISSING = "missing"
    INVALID = "invalid"
    NOT_A_DATE = "not_a_date"
    IN_WRONG_ORDER = "in_wrong_order"
    NOT_TOLD = "not_told"
    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"
    FIXED = "fixed"
    ENDED = "ended"
    NOT_COVERED = "not_covered"
    CUT_UP = "cut_up"
    TOO_MANY = "too_many"
    NO_CONSENT = "no_consent"
    NO_REFERRAL = "no_referral"
    BOOKED = "booked"
    WAITS_ELSEWHERE = "waits_elsewhere"
    UNLIKELY = "unlikely"


SAYS: Mapping[Reason, str] = {
    Reason.NO_HEADER: "The first line names no column: the file is not taken in.",
    Reason.UNKNOWN_COLUMN: "The header has a column too many; `column` counts from 1.",
    Reason.MISSING_COLUMN: "The header lacks a column that must be there.",
    Reason.TOO_LONG: "A line over 8,000 bytes, or a text longer than its column takes.",
    Reason.UNCLOSED_QUOTE: "A quoted field does not end on its line.",
    Reason.WRONG_NUMBER_OF_FIELDS: "More or fewer fields than the header has.",
    Reason.NOT_IN_ENCODING: "Bytes that are no letters in the file's encoding.",
    Reason.MISSING: "The field is empty.",
    Reason.INVALID: "The field does not hold what it should.",
    Reason.NOT_A_DATE: "Not written as YYYY-MM-DD.",
    Reason.IN_WRONG_ORDER: "This is before, or after, what it belongs to.",
    Reason.NOT_TOLD: "Words that stand for nothing, such as `brak` or `NA 5`.",
    Reason.UNKNOWN: "There is none of this code or name.",
    Reason.ELSEWHERE: "The place lies in another powiat than its code says, or far from it.",
    Reason.FIXED: "This cannot change: a point in another powiat is another point.",
    Reason.ENDED: "A rule of this key has been ended: give the new one another key.",
    Reason.NOT_COVERED: "More places than doses in stock or confirmed, of a controlled vaccine.",
    Reason.CUT_UP: "Breaks, closures and changed slots cut a day into more than 16 parts.",
    Reason.TOO_MANY: "A file that a point hands over itself has at most 100 rows.",
    Reason.NO_CONSENT: "Who has not said that they want to be called is put on no list.",
    Reason.NO_REFERRAL: "Nobody of this number has a referral to this programme.",
    Reason.BOOKED: "They have a visit for their next dose.",
    Reason.WAITS_ELSEWHERE: "They wait at another point already.",
    Reason.UNLIKELY: "Taken in as it is (`accepted`), but hardly right: please look again.",
}


class BadRow(ValueError):  # noqa: N818 - named by what it says of the row
    """A row that cannot be taken: why, and in which column. What stood there is not repeated."""

    def __init__(self, reason: Reason, column: str = "") -> None:
        super().__init__(f"{reason} {column}".strip())
        self.reason = reason
        self.column = column


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: its encoding, its separator, and the columns its header names."""

    encoding: str
    separator: str
    columns: tuple[str, ...]

    def fields(self, line: bytes) -> dict[str, str]:
        """Return a line's values by column, without spaces around them. Raises BadRow."""
        values = _split(line, self.encoding, self.separator)
        if len(values) != len(self.columns):
            raise BadRow(Reason.WRONG_NUMBER_OF_FIELDS)
        return dict(zip(self.columns, values, strict=True))


def surveyed(lines: Iterable[bytes]) -> tuple[str, int]:
    """Return the encoding, UTF-8 if every line is and else windows-1250, and how many lines.

    One line alone does not tell: ÓŁ in windows-1250 is a Cyrillic letter in UTF-8.
    """
    encoding, count = UTF_8, 0
    for line in lines:
        count += 1
        if encoding == UTF_8:
            try:
                line.decode(UTF_8)
            except UnicodeDecodeError:
                encoding = WINDOWS_1250
    return encoding, count


def layout_of(header: bytes, encoding: str, known: Mapping[str, bool]) -> Layout:
    """Read a header. `known` tells of each column whether it must be there.

    The order is free, and so are capitals. Raises BadRow.
    """
    header = header.removeprefix(BOM_UTF8)
    spelled = {name.lower(): name for name in known}
    for separator in SEPARATORS:
        values = _split(header, encoding, separator)
        columns = [spelled.get(value.lower(), value) for value in values]
        if len(columns) > 1 or columns[0] in known:
            break
    if not any(column in known for column in columns):
        raise BadRow(Reason.NO_HEADER)
    for number, column in enumerate(columns, 1):
        if column not in known or columns.index(column) != number - 1:
            # Not by its name: without a header, the first row of people would be repeated.
            raise BadRow(Reason.UNKNOWN_COLUMN, str(number))
    if missing := sorted(name for name, must in known.items() if must and name not in columns):
        raise BadRow(Reason.MISSING_COLUMN, missing[0])
    return Layout(encoding, separator, tuple(columns))


def _split(line: bytes, encoding: str, separator: str) -> list[str]:
    if len(line) > LONGEST_LINE:
        raise BadRow(Reason.TOO_LONG)
    try:
        text = line.decode(encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadRow(Reason.NOT_IN_ENCODING) from None
    try:
        values = next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        raise BadRow(Reason.UNCLOSED_QUOTE) from None
    return [value.strip() for value in values] or [""]

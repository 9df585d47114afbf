"""Schedules as rows of a file: one weekly rule of a point each, known by a key of the sender's."""

import re
from collections.abc import Callable
from datetime import time
from itertools import pairwise

from erejestracja.domain.delimited import BadRow, Reason
from erejestracja.domain.fields import Columns, Fields, day, given, needed, one_of, shaped
from erejestracja.domain.ids import PointId, VaccineCode, derived_id
from erejestracja.domain.room import LONGEST_ROOM, room_named
from erejestracja.domain.series import MOST_BREAKS, Hours, Series, SeriesId
from erejestracja.domain.session import ANY_DOSE, OFFERED, Visibility

COLUMNS: Columns = {
    "point": (True, "its id"),
    "key": (True, "what you call this rule at this point: 1 to 64 letters, digits, `.`, `_`, `-`"),
    "weekdays": (True, "1 Monday to 7 Sunday, with spaces between, or `1-5`"),
    "from": (True, "when it opens, HH:MM"),
    "to": (True, "when it closes, HH:MM, the same day"),
    "step": (True, "minutes from slot to slot, 5 to 240"),
    "places": (True, "people a slot, 1 to 50"),
    "breaks": (False, "hours without slots, such as `12:00-12:30`, with spaces between"),
    "vaccine": (True, "of those that the point gives; of several, with spaces, the first is best"),
    "dose": (False, "1 to 9; any if empty or 0"),
    "visibility": (False, "`external`, for everyone, or `internal`; `external` if empty"),
    "releaseHours": (
        False,
        "1 to 336: so long before it everyone may book an internal slot",
    ),
    "bornFrom": (False, "the earliest birth date of whom it is for; anyone if empty"),
    "bornTo": (False, "the latest"),
    "room": (False, "where in the point, such as `Gabinet 2`, at most 32 letters; none if empty"),
    "validFrom": (True, "the first day, YYYY-MM-DD"),
    "validTo": (False, "the last day; none if empty"),
    "holidays": (False, "`yes` or `no`: whether it is open on days off by law; `no` if empty"),
}
ID_LENGTH = 16
STEPS, PLACES, DOSES, RELEASES = range(5, 241), range(1, 51), range(10), range(1, 337)
MOST_VACCINES = 8
POINT = shaped(re.compile(r"[A-Za-z0-9._~]{1,16}", re.ASCII))
KEY = shaped(re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII))
VACCINE = shaped(re.compile(r"[a-z0-9._-]{2,32}", re.ASCII))
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
WEEKDAYS = re.compile(r"([1-7])(?:-([1-7]))?", re.ASCII)


def read(fields: Fields) -> Series:
    """Read a row. The series' powiat is the point's, its number the point's next. Raises BadRow."""
    point, named = needed(fields, "point", POINT), needed(fields, "key", KEY)
    opens, closes = needed(fields, "from", _clock), needed(fields, "to", _clock)
    if opens >= closes:
        raise BadRow(Reason.IN_WRONG_ORDER, "to")
    vaccine, *also = needed(fields, "vaccine", _vaccines)
    valid_from, valid_to = needed(fields, "validFrom", day), given(fields, "validTo", day)
    if valid_to and valid_to < valid_from:
        raise BadRow(Reason.IN_WRONG_ORDER, "validTo")
    born_from, born_to = given(fields, "bornFrom", day), given(fields, "bornTo", day)
    if born_from and born_to and born_to < born_from:
        raise BadRow(Reason.IN_WRONG_ORDER, "bornTo")
    return Series(
        point=PointId(point),
        powiat="",
        id=SeriesId(derived_id("file", point, named, length=ID_LENGTH)),
        number=0,
        weekdays=needed(fields, "weekdays", _weekdays),
        opens=opens,
        closes=closes,
        step=needed(fields, "step", _number(STEPS)),
        places=needed(fields, "places", _number(PLACES)),
        vaccine=vaccine,
        also=tuple(also),
        dose=given(fields, "dose", _number(DOSES)) or ANY_DOSE,
        visibility=Visibility(given(fields, "visibility", one_of(*OFFERED)) or Visibility.EXTERNAL),
        release_hours=given(fields, "releaseHours", _number(RELEASES)),
        born_from=born_from,
        born_to=born_to,
        room=given(fields, "room", _room),
        valid_from=valid_from,
        valid_to=valid_to,
        breaks=given(fields, "breaks", lambda text: _breaks(text, opens, closes)) or (),
        on_holidays=given(fields, "holidays", one_of("yes", "no")) == "yes",
    )


def _clock(text: str) -> time:
    found = CLOCK.fullmatch(text)
    if not found:
        raise BadRow(Reason.INVALID)
    return time(int(found[1]), int(found[2]))


def _number(known: range) -> Callable[[str], int]:
    def reading(text: str) -> int:
        # More digits than these are none of the numbers, and Python reads no more than 4,300.
        if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) in known):  # noqa: PLR2004
            raise BadRow(Reason.INVALID)
        return int(text)

    return reading


def _vaccines(text: str) -> list[VaccineCode]:
    found = [VaccineCode(VACCINE(code)) for code in text.split()]
    if len(found) > MOST_VACCINES:
        raise BadRow(Reason.TOO_LONG)
    if not found or len({*found}) < len(found):
        raise BadRow(Reason.INVALID)
    return found


def _room(text: str) -> str:
    if len(text) > LONGEST_ROOM:
        raise BadRow(Reason.TOO_LONG)
    return room_named(text)


def _weekdays(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split():
        days = WEEKDAYS.fullmatch(part)
        if not days:
            raise BadRow(Reason.INVALID)
        first, last = int(days[1]), int(days[2] or days[1])
        if last < first:
            raise BadRow(Reason.IN_WRONG_ORDER)
        found |= {*range(first, last + 1)}
    if not found:
        raise BadRow(Reason.INVALID)
    return frozenset(found)


def _breaks(text: str, opens: time, closes: time) -> tuple[Hours, ...]:
    parts = text.split()
    if len(parts) > MOST_BREAKS:
        raise BadRow(Reason.TOO_LONG)
    found = []
    for part in parts:
        start, dash, end = part.partition("-")
        if not dash:
            raise BadRow(Reason.INVALID)
        found.append((_clock(start), _clock(end)))
    found.sort()
    edges = [opens, *(edge for hours in found for edge in hours), closes]
    touching = any(one > other for one, other in pairwise(edges))
    if touching or any(start >= end for start, end in found):
        raise BadRow(Reason.IN_WRONG_ORDER)
    return tuple(found)

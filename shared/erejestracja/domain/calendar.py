"""Local days and times in Poland, and the instants they are, right across both clock changes."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")
A_WEEK = timedelta(days=7)

# Days off by law (act of 18 January 1951): month and day, with the first year of each.
FIXED_HOLIDAYS = {
    (1, 1): 1951,
    (1, 6): 2011,
    (5, 1): 1951,
    (5, 3): 1990,
    (8, 15): 1989,
    (11, 1): 1951,
    (11, 11): 1989,
    (12, 24): 2025,
    (12, 25): 1951,
    (12, 26): 1951,
}
# Easter Sunday, Easter Monday, Pentecost, Corpus Christi: days after Easter.
EASTER_HOLIDAYS = (0, 1, 49, 60)


class NoSuchTime(ValueError):  # noqa: N818 - a fact about the clock
    """The clock skipped this local time (the last Sunday of March)."""


class AmbiguousTime(ValueError):  # noqa: N818
    """The clock showed this local time twice (the last Sunday of October)."""


def local(instant: datetime) -> datetime:
    """Return an instant as the wall clock in Poland shows it. Raises ValueError when naive."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return instant.astimezone(WARSAW)


def local_day(instant: datetime) -> date:
    """Return the day in Poland at an instant."""
    return local(instant).date()


def days(first: date, last: date) -> list[date]:
    """Return the days of a range, both ends included; none where it ends before it begins."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def instant(day: date, at: time, *, fold: int | None = None) -> datetime:
    """Return the UTC instant of a local time.

    A time shown twice is refused with AmbiguousTime unless `fold` says which is meant: 0 the
    earlier (summer time), 1 the later. A skipped time is always refused with NoSuchTime.
    """
    if at.tzinfo is not None:
        raise ValueError("a local time has no offset")
    wall = datetime.combine(day, at, WARSAW)
    before, after = (wall.replace(fold=which).astimezone(UTC) for which in (0, 1))
    if before > after:
        raise NoSuchTime(wall.replace(tzinfo=None).isoformat())
    if before < after and fold is None:
        raise AmbiguousTime(wall.replace(tzinfo=None).isoformat())
    return after if fold else before


def start_of_day(day: date) -> datetime:
    """Return the instant a local day begins; it ends where the next one begins.

    Midnight is never skipped or repeated: the clock changes at 01:00 UTC.
    """
    return instant(day, time.min)


def monday_of(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def sunday_of(day: date) -> date:
    """Return the last day of a day's week."""
    return monday_of(day) + timedelta(days=6)


@lru_cache(maxsize=4096)
def changed_hours(day: date) -> tuple[time, time] | None:
    """Return the local times skipped or shown twice on a day, the second exclusive; mostly None."""
    begins, ends = start_of_day(day), start_of_day(day + timedelta(days=1))
    before = local(begins).utcoffset()
    if before == local(ends).utcoffset():
        return None

    def has_changed(minute: int) -> bool:
        return local(begins + timedelta(minutes=minute)).utcoffset() != before

    minutes = (ends - begins) // timedelta(minutes=1)
    new = local(begins + timedelta(minutes=bisect_left(range(minutes), 1, key=has_changed)))
    old = (new.astimezone(UTC) + (before or timedelta())).replace(tzinfo=None)
    first, last = sorted((old.time(), new.time().replace(fold=0)))
    return first, last


@lru_cache(maxsize=64)
def public_holidays(year: int) -> frozenset[date]:
    """Return the days off by law in a year."""
    easter = _easter(year)
    fixed = {date(year, *day) for day, since in FIXED_HOLIDAYS.items() if year >= since}
    return frozenset(fixed | {easter + timedelta(days=after) for after in EASTER_HOLIDAYS})


def is_public_holiday(day: date) -> bool:
    """Tell whether a local day is off by law; Sundays that are nothing else are not meant."""
    return day in public_holidays(day.year)


def _easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar, by the rule of Meeus, Jones and Butcher."""
    golden = year % 19
    century, rest = divmod(year, 100)
    moon = (
        19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15
    ) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)

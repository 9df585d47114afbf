"""Advice: what a schedule may be, and probably was not meant to be."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.series import Series, SeriesId, expand

SUNDAY = 6


class AdviceCode(StrEnum):
    """What is unusual about it."""

    OVER_WEEKLY_LIMIT = "over_weekly_limit"
    PART_OF_A_VIAL = "part_of_a_vial"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True, slots=True)
class Advice:
    """One unusual thing, and when: `found` are local days with their places.

    Over the limit: `of` is the doses a week may have, days are Mondays, places are of the week and
    of all vaccines. Part of a vial: `of` is the doses of a vial of `vaccine`, whose places on each
    day are no multiple of it. Not covered: `of` is how many places of `vaccine` have no dose, days
    are those on which they are more than before; without a reason it is refused.
    """

    code: AdviceCode
    of: int
    found: tuple[tuple[date, int], ...]
    vaccine: VaccineCode | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """What schedules are measured by: doses a week, and doses of a vial where they are known."""

    weekly_limit: int | None
    vials: Mapping[VaccineCode, int]


def advice_on(
    series: Iterable[Series],
    edited: Collection[SeriesId],
    measure: Measure,
    first: date,
    last: date,
) -> list[Advice]:
    """Look at the weeks and days on which edited series are open, with all of a point's series.

    Weeks are whole ones, from the first day's to the last day's, as the rules mean them. A place
    for one of several vaccines counts once, and is of no vial that could be told.
    """
    weeks: Counter[date] = Counter()
    days: Counter[tuple[date, VaccineCode]] = Counter()
    touched: set[tuple[date, VaccineCode]] = set()
    end = last + timedelta(days=SUNDAY - last.weekday())
    for one in series:
        for session in expand(one, monday_of(first), end):
            day, places = session.key.day, session.slots * session.places
            weeks[monday_of(day)] += places
            days[day, session.vaccine] += places if not session.also else 0
            if one.id in edited and first <= day <= last:
                touched.add((day, session.vaccine))
    return [
        *_over_limit({monday_of(day) for day, _ in touched}, weeks, measure.weekly_limit),
        *_part_vials(touched, days, measure.vials),
    ]


def monday_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def _over_limit(
    touched: Iterable[date], weeks: Mapping[date, int], limit: int | None
) -> list[Advice]:
    if limit is None:
        return []
    found = tuple((week, weeks[week]) for week in sorted(touched) if weeks[week] > limit)
    return [Advice(AdviceCode.OVER_WEEKLY_LIMIT, limit, found)] if found else []


def _part_vials(
    touched: Collection[tuple[date, VaccineCode]],
    days: Mapping[tuple[date, VaccineCode], int],
    vials: Mapping[VaccineCode, int],
) -> list[Advice]:
    found = []
    for code in sorted({code for _, code in touched} & set(vials)):
        own = sorted(day for day, vaccine in touched if vaccine == code)
        rest = tuple((day, days[day, code]) for day in own if days[day, code] % vials[code])
        if rest:
            found.append(Advice(AdviceCode.PART_OF_A_VIAL, vials[code], rest, code))
    return found

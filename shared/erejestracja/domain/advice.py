"""Advice: what a schedule may be, and probably was not meant to be."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from erejestracja.domain.calendar import monday_of, sunday_of
from erejestracja.domain.cover import Kind
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.series import Series, SeriesId, expand


class AdviceCode(StrEnum):
    """What is unusual about it."""

    OVER_WEEKLY_LIMIT = "over_weekly_limit"
    PART_OF_A_VIAL = "part_of_a_vial"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True, slots=True)
class Advice:
    """One unusual thing, and when: `found` are local days with their places.

    Over the limit: `of` is the doses a week may have, days are Mondays, places are of the week and
    of all vaccines. Part of a vial: `of` is the doses of a vial of `vaccine`, of which each day's
    places leave a part; of several vaccines that would do it is what the point would rather give.
    Not covered: `of` is how many places of `vaccine` have no dose, days
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
    for one of several vaccines counts once, and may be filled from a vial of any.
    """
    weeks: Counter[date] = Counter()
    days: dict[date, Counter[Kind]] = {}
    touched: set[tuple[date, VaccineCode]] = set()
    for one in series:
        for session in expand(one, monday_of(first), sunday_of(last)):
            day, places = session.key.day, session.slots * session.places
            weeks[monday_of(day)] += places
            days.setdefault(day, Counter())[session.vaccines] += places
            if one.id in edited and first <= day <= last:
                touched |= {(day, code) for code in session.vaccines}
    return [
        *_over_limit({monday_of(day) for day, _ in touched}, weeks, measure.weekly_limit),
        *_part_vials(touched, days, measure.vials),
    ]


def _over_limit(
    touched: Iterable[date], weeks: Mapping[date, int], limit: int | None
) -> list[Advice]:
    if limit is None:
        return []
    found = tuple((week, weeks[week]) for week in sorted(touched) if weeks[week] > limit)
    return [Advice(AdviceCode.OVER_WEEKLY_LIMIT, limit, found)] if found else []


def _part_vials(
    touched: Collection[tuple[date, VaccineCode]],
    days: Mapping[date, Mapping[Kind, int]],
    vials: Mapping[VaccineCode, int],
) -> list[Advice]:
    found: dict[VaccineCode, list[tuple[date, int]]] = {}
    for day in sorted({day for day, _ in touched}):
        for codes, kinds in _apart(days[day]):
            is_told = any((day, code) in touched for code in codes) and vials.keys() >= {*codes}
            if is_told and not _fills_vials(codes, kinds, vials):
                found.setdefault(codes[0], []).append((day, sum(kinds.values())))
    return [
        Advice(AdviceCode.PART_OF_A_VIAL, vials[code], tuple(rest), code)
        for code, rest in sorted(found.items())
    ]


def _apart(kinds: Mapping[Kind, int]) -> list[tuple[Kind, dict[Kind, int]]]:
    """Return a day's places by vaccines that share none of them, the rather given first."""
    groups: list[tuple[Kind, dict[Kind, int]]] = []
    for kind, places in sorted(kinds.items(), key=lambda one: (-len(one[0]), one[0])):
        same = [group for group in groups if not {*group[0]}.isdisjoint(kind)]
        codes = tuple(dict.fromkeys([*(code for group in same for code in group[0]), *kind]))
        joined = {one: n for group in same for one, n in group[1].items()} | {kind: places}
        groups = [*(group for group in groups if group not in same), (codes, joined)]
    return groups


def _fills_vials(codes: Kind, kinds: Mapping[Kind, int], vials: Mapping[VaccineCode, int]) -> bool:
    """Tell whether places can be given so that each vial is used up.

    Places for any of several first fill up the last vial of each. Where sets of vaccines overlap in
    part it may say that they can though they cannot; never the reverse.
    """
    rest = sum(places for kind, places in kinds.items() if len(kind) > 1)
    rest -= sum(-kinds.get((code,), 0) % vials[code] for code in codes)
    if len(codes) == 1:
        return rest == 0
    filled = [True, *([False] * max(0, rest))]
    for n in range(1, len(filled)):
        filled[n] = any(n >= vials[code] and filled[n - vials[code]] for code in codes)
    return rest >= 0 and filled[rest]

"""How much is free: by local day, and by point, day, vaccine and dose."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.index import Reach
from erejestracja.domain.session import Session
from erejestracja.domain.soonest import Window, days_of
from erejestracja.domain.vacancies import NOTHING, Listed, Powiat, kind_of


@dataclass(frozen=True, slots=True)
class DayCount:
    """Free places of a local day, and at how many points."""

    day: date
    free: int
    points: int


@dataclass(frozen=True, slots=True)
class PointCount:
    """Free places of a point, day, vaccine and dose.

    A place that serves several vaccines counts under each; of a day it is one.
    """

    point: PointId
    day: date
    vaccine: VaccineCode
    dose: int
    free: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What is free, by day and by point; `cut` when there was more than is listed by point."""

    days: list[DayCount]
    points: list[PointCount]
    cut: bool


def count(
    areas: Mapping[str, Powiat], reach: Reach, criteria: Criteria, now: datetime, most: int
) -> Counts:
    """Count free places that start after now; at most so many counts by point."""
    today, kind, window = calendar.local_day(now), kind_of(criteria), Window(criteria, now, now)
    days: list[DayCount] = []
    points: list[PointCount] = []
    cut = False
    for day in days_of(areas.values(), criteria, today):
        whole = window.has_all_of(day, today)
        free = here = 0
        for code, powiat in areas.items():
            on_day = powiat.days.get(day)
            summary = on_day.summary(kind) if on_day else NOTHING
            known = whole and reach.within(code) is None and window.counts_all_of(summary)
            if known:
                free, here = free + summary.free, here + summary.points
            if known and len(points) >= most:
                cut = cut or summary.points > 0
                continue
            found = list(_free(_wanted(summary.sessions, reach, code), window))
            points += _by_point(found, day, criteria.vaccines)
            if not known:
                free += sum(places for _, places in found)
                here += len({session.key.point for session, _ in found})
        if free:
            days.append(DayCount(day, free, here))
    return Counts(days, points[:most], cut=cut or len(points) > most)


def _wanted(sessions: Iterable[Listed], reach: Reach, code: str) -> Iterable[Listed]:
    within = reach.within(code)
    if within is None:
        return sessions
    return (one for one in sessions if one.state.session.key.point in within)


def _free(sessions: Iterable[Listed], window: Window) -> Iterator[tuple[Session, int]]:
    """Yield sessions that have free places within, and how many."""
    for one in sessions:
        places = one.free_between(*window.span(one))
        if places:
            yield one.state.session, places


def _by_point(
    found: Iterable[tuple[Session, int]], day: date, wanted: Container[VaccineCode]
) -> Iterator[PointCount]:
    free: dict[tuple[PointId, VaccineCode, int], int] = {}
    for session, places in found:
        for vaccine in session.vaccines:
            if not wanted or vaccine in wanted:
                kind = session.key.point, vaccine, session.dose
                free[kind] = free.get(kind, 0) + places
    for (point, vaccine, dose), places in free.items():
        yield PointCount(point, day, vaccine, dose, places)

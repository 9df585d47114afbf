"""What a person chooses from: the best places, two weeks of days, and the points of one day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import groupby

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Area, Candidate, Criteria
from erejestracja.domain.distance import kilometres
from erejestracja.domain.ids import PointId, SlotKey, VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.visit import Visit
from erejestracja.services.search import PROPOSALS, Proposal, Search

DAYS = 14
# A page of points: who wants one farther away names another place.
POINTS = 15
SLOTS = 60
BESIDE = 6


@dataclass(frozen=True, slots=True)
class DayOffer:
    """A local day of the two weeks, and how much is free on it."""

    day: date
    free: int


@dataclass(frozen=True, slots=True)
class PointOffer:
    """A point that has something on the chosen day, how far it is, and its free slots by start."""

    point: Point
    distance_km: float | None
    slots: Sequence[Candidate]


@dataclass(frozen=True, slots=True)
class Choice:
    """A page of choice. `day` is None where nothing is free in these two weeks.

    `best` are up to five slots, soonest first; `widened_to_km` says that they are farther away
    than was asked. `points` are those of the day, nearest first; `more` tells of others.
    """

    best: Sequence[Candidate]
    widened_to_km: float | None
    days: Sequence[DayOffer]
    day: date | None
    points: Sequence[PointOffer]
    more: int

    @property
    def free(self) -> int:
        """Return how much is free on the chosen day, wherever."""
        return next((one.free for one in self.days if one.day == self.day), 0)


def choose(search: Search, wishes: Sequence[Criteria], today: date, day: date | None) -> Choice:
    """Return what to choose from: any of these wishes will do.

    The two weeks begin with the first day that is wished for and not over, or where that has
    nothing, with the first that has. The day is the one asked for if it has something free.
    """
    best, widened = _best(search, wishes)
    begins = [max(today, wish.from_ or today) for wish in wishes]
    first = min(begins, default=today)
    if best and widened is None:
        first = max(first, min(_days_of(best)))
    if day is not None and not first <= day < first + timedelta(days=DAYS):
        first = max(today, day)
    free, by_point = _counted(search, wishes, first)
    days = [DayOffer(on, free.get(on, 0)) for on in _days(first)]
    open_days = [one.day for one in days if one.free]
    chosen = day if day in open_days else next(iter(open_days), None)
    there = by_point.get(chosen, set()) if chosen else set()
    near = next((wish.area.near for wish in wishes), None)
    found = [
        (kilometres(near, point.location) if near else None, point)
        for point in (search.point(one) for one in there)
        if point is not None
    ]
    found.sort(key=lambda one: (one[0] or 0.0, one[1].name, one[1].id))
    points = [
        PointOffer(point, distance, _slots(search, wishes, point.id, chosen))
        for distance, point in found[:POINTS]
        if chosen is not None
    ]
    return Choice(best, widened, days, chosen, points, more=max(0, len(found) - POINTS))


def _best(search: Search, wishes: Sequence[Criteria]) -> tuple[list[Candidate], float | None]:
    """Return the five soonest of what each wish is proposed, of the nearest that has any."""
    proposals = [one for one in map(search.propose, wishes) if one.slots]
    if not proposals:
        return [], None
    nearest = min(_width(one) for one in proposals)
    found = [slot for one in proposals if _width(one) == nearest for slot in one.slots]
    return _soonest(found)[:PROPOSALS], nearest or None


def _width(proposal: Proposal) -> float:
    return proposal.widened_to_km or 0.0


def _counted(
    search: Search, wishes: Sequence[Criteria], first: date
) -> tuple[Mapping[date, int], Mapping[date, set[PointId]]]:
    free: dict[date, int] = defaultdict(int)
    by_point: dict[date, set[PointId]] = defaultdict(set)
    for wish in _apart(wishes, first):
        counts = search.counts(wish)
        for day in counts.days:
            free[day.day] += day.free
        for point in counts.points:
            by_point[point.day].add(point.point)
    return free, by_point


def _apart(wishes: Iterable[Criteria], first: date) -> Iterator[Criteria]:
    """Yield the wishes of two weeks in runs of days, so that no place is counted for two of them.

    A place that serves several vaccines may be wished for more than once, on different days.
    """
    alike: dict[Criteria, list[Criteria]] = defaultdict(list)
    for wish in wishes:
        alike[replace(wish, vaccines=frozenset(), from_=None, to=None)].append(wish)
    for same, some in alike.items():
        for vaccines, run in groupby(_days(first), key=partial(_either, some)):
            days = list(run)
            if vaccines is not None:
                yield replace(same, vaccines=vaccines, from_=days[0], to=days[-1])


def _either(wishes: Iterable[Criteria], day: date) -> frozenset[VaccineCode] | None:
    """Return which vaccines will do on a day, none named for any; None where nothing is wished."""
    of_day = [one for one in wishes if (one.from_ or day) <= day <= (one.to or day)]
    if not of_day:
        return None
    if not all(one.vaccines for one in of_day):
        return frozenset()
    return frozenset[VaccineCode]().union(*(one.vaccines for one in of_day))


def _slots(
    search: Search, wishes: Iterable[Criteria], point: PointId, day: date
) -> Sequence[Candidate]:
    """Return a point's slots of a day, by start; each start, vaccine and cohort once."""
    found: list[Candidate] = []
    for wish in wishes:
        if (wish.from_ or day) <= day <= (wish.to or day):
            there = replace(wish, area=Area(point=point), from_=day, to=day)
            found += search.slots(there, SLOTS)
    once = {
        (start_of(one), one.offers, one.state.session.cohort): one
        for one in reversed(_soonest(found))
    }
    return _soonest(once.values())[:SLOTS]


def _soonest(found: Iterable[Candidate]) -> list[Candidate]:
    def rank(one: Candidate) -> tuple[datetime, float, int, SlotKey, int]:
        rather = one.state.session.vaccines.index(one.offers)
        return start_of(one), one.distance_km or 0.0, one.fit, key_of(one), rather

    once = {key_of(one): one for one in sorted(found, key=rank, reverse=True)}
    return sorted(once.values(), key=rank)


def beside(search: Search, wishes: Sequence[Criteria], visit: Visit) -> Sequence[Candidate]:
    """Return what is free at a visit's point on its day, the nearest to its time first."""
    point, day = visit.place.slot.session.point, calendar.local_day(visit.starts_at)
    found = _slots(search, wishes, point, day)
    nearest = sorted(found, key=lambda one: (abs(start_of(one) - visit.starts_at), key_of(one)))
    return nearest[:BESIDE]


def start_of(candidate: Candidate) -> datetime:
    """Return the instant a slot begins."""
    return candidate.state.session.start_of(candidate.index)


def key_of(candidate: Candidate) -> SlotKey:
    """Return a slot's key."""
    return SlotKey(candidate.state.session.key, candidate.index)


def _days_of(found: Iterable[Candidate]) -> Iterable[date]:
    return (calendar.local_day(start_of(one)) for one in found)


def _days(first: date) -> list[date]:
    return [first + timedelta(days=number) for number in range(DAYS)]

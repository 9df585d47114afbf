"""Oversight: a region's points in figures, without anybody's data."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from erejestracja.domain import calendar
from erejestracja.domain.calendar import A_WEEK
from erejestracja.domain.closures import Closure
from erejestracja.domain.ids import PointId, SessionKey
from erejestracja.domain.session import Session, Visibility
from erejestracja.domain.vacancies import Powiat

A_FORTNIGHT = 2 * A_WEEK


@dataclass(frozen=True, slots=True)
class Claimed:
    """A taken place: which slot's, and by a hold, by a visit, or withdrawn by the point."""

    session: SessionKey
    slot: int
    kind: str


@dataclass(frozen=True, slots=True)
class Places:
    """Places still to come of one kind: all within a fortnight, those free within a week, and all.

    A place counts as `booked` when a visit has it; what is only held is neither booked nor free.
    """

    published: int = 0
    free_week: int = 0
    free: int = 0
    booked: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """A point's fortnight: its own places and everybody's, doses of the last week, closures."""

    own: Places
    central: Places
    given: int
    closures: tuple[Closure, ...]

    @property
    def published(self) -> int:
        """Return all the places of the fortnight."""
        return self.own.published + self.central.published

    @property
    def is_silent(self) -> bool:
        """Tell whether there are none."""
        return not self.published

    @property
    def central_share(self) -> float | None:
        """Return the part of places that everybody may book; None where there are none."""
        return self.central.published / self.published if self.published else None


@dataclass(frozen=True, slots=True)
class Totals:
    """A region as the search read model has it, as of an instant.

    `silent` are the points that have no hours at all within a fortnight.
    """

    points: int
    silent: frozenset[PointId]
    free_week: int
    free: int
    as_of: datetime


def figures_of(
    sessions: Iterable[Session],
    claimed: Iterable[Claimed],
    given: int,
    closures: Iterable[Closure],
    now: datetime,
) -> Figures:
    """Return a point's figures from the sessions of its fortnight that stand.

    Whose a place is is told as of now: internal ones that are open to all by now are everybody's.
    """
    taken = Counter((one.session, one.slot, one.kind) for one in claimed)
    week_ends = calendar.local_day(now) + A_WEEK
    found: dict[Visibility, Counter[str]] = {one: Counter() for one in Visibility}
    for session in sessions:
        for slot in range(session.slots):
            starts_at = session.start_of(slot)
            if starts_at <= now:
                continue
            key = session.key
            held, booked = taken[key, slot, "hold"], taken[key, slot, "visit"]
            published = session.places - taken[key, slot, "withdrawn"]
            free = published - held - booked
            count = found[session.visibility_at(starts_at, now)]
            count.update(published=published, free=free, booked=booked)
            count["free_week"] += free if key.day < week_ends else 0
    ahead = tuple(one for one in closures if not one.undone and one.closed.to > now)
    own, central = (Places(**found[one]) for one in (Visibility.INTERNAL, Visibility.EXTERNAL))
    return Figures(own, central, given, ahead)


def totals_of(
    points: Mapping[PointId, str], areas: Mapping[str, Powiat], now: datetime, as_of: datetime
) -> Totals:
    """Return a region's figures; `points` are its points, each with its powiat."""
    today = calendar.local_day(now)
    active = set[PointId]()
    free: Counter[bool] = Counter()
    for powiat in areas.values():
        for day, of_day in powiat.days.items():
            if today <= day < today + A_FORTNIGHT:
                for key, listed in of_day.sessions.items():
                    active.add(key.point)
                    first = _first_ahead(listed.state.session, now)
                    free[day < today + A_WEEK] += listed.free_between(
                        first, listed.state.session.slots
                    )
    return Totals(
        points=len(points),
        silent=frozenset(points) - active,
        free_week=free[True],
        free=free[True] + free[False],
        as_of=as_of,
    )


def _first_ahead(session: Session, now: datetime) -> int:
    """Return the first slot that has not begun."""
    if now < session.starts_at:
        return 0
    return min(session.slots, (now - session.starts_at) // timedelta(minutes=session.step) + 1)


def fortnight(today: date) -> tuple[date, date]:
    """Return the first and the last of the days that figures are of."""
    return today, today + A_FORTNIGHT - timedelta(days=1)

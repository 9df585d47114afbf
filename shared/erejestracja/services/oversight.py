"""What a coordinator sees of the points of a region: figures, closures, a week; nobody's data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.calendar import A_WEEK
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound
from erejestracja.domain.folding import folded
from erejestracja.domain.ids import PointId
from erejestracja.domain.oversight import Figures, Totals, fortnight, totals_of
from erejestracja.domain.point import Point
from erejestracja.domain.region import NATION, lies_in, may_see
from erejestracja.domain.session import Session, SessionState
from erejestracja.ports import Clock, Stock
from erejestracja.services.search import Market

MOST_POINTS, USUAL_POINTS = 25, 20


class Watch(Protocol):
    """What points have published, taken in and given; a few reads for a page of points."""

    def figures(
        self, points: Sequence[PointId], days: tuple[date, date], since: datetime, now: datetime
    ) -> tuple[Mapping[PointId, Figures], datetime]:
        """Return points' figures, and the instant they were true at.

        A point that has more than one look reads is not among them.
        """
        ...


class Hours(Protocol):
    """Points' sessions."""

    def sessions(self, point: PointId, days: Sequence[date]) -> Sequence[Session]:
        """Return the sessions of some days that stand."""
        ...


@dataclass(frozen=True, slots=True)
class Overseer:
    """The parts of oversight; built once in bootstrap, from fakes in unit tests."""

    market: Market
    watch: Watch
    hours: Hours
    stock: Stock
    clock: Clock


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which points of a region: of a name, town or postal code, or only those without hours."""

    q: str = ""
    silent: bool = False
    after: PointId | None = None
    size: int = USUAL_POINTS


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of points with their figures, as of an instant; `following` where there are more.

    A point with more places than one look reads has no figures.
    """

    found: Sequence[tuple[Point, Figures | None]]
    matching: int
    following: PointId | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Week:
    """A point's week, Monday to Sunday, as of an instant."""

    point: Point
    days: Sequence[date]
    states: Sequence[SessionState]
    as_of: datetime


def check_region(actor: Actor, region: str) -> None:
    """Refuse whoever does not coordinate this region."""
    if Role.COORDINATOR not in actor.roles or not may_see(actor.region, region):
        raise NotAllowed


def totals(parts: Overseer, actor: Actor, region: str) -> Totals:
    """Return a region's figures. Raises NotAllowed."""
    check_region(actor, region)
    return _totals(parts, region)


def points_of(
    parts: Overseer, actor: Actor, region: str, wanted: Wanted, known: Totals | None = None
) -> Listed:
    """Return a page of a region's points, by name. Raises NotAllowed, InvalidRequest.

    `known` are the region's figures, where they were asked for just now.
    """
    check_region(actor, region)
    now = parts.clock.now()
    sought = folded(wanted.q).split()
    silent = (known or _totals(parts, region)).silent if wanted.silent else None
    matching = sorted(
        (
            one
            for one in _points(parts, region)
            if (silent is None or one.id in silent) and _is_sought(one, sought)
        ),
        key=lambda one: (one.name, one.id),
    )
    start = _start(matching, wanted.after)
    page = matching[start : start + wanted.size]
    today = calendar.local_day(now)
    since = calendar.start_of_day(today - A_WEEK)
    figures, as_of = parts.watch.figures([one.id for one in page], fortnight(today), since, now)
    more = start + len(page) < len(matching)
    return Listed(
        found=[(one, figures.get(one.id)) for one in page],
        matching=len(matching),
        following=page[-1].id if more else None,
        as_of=as_of,
    )


def week_of(
    parts: Overseer, actor: Actor, region: str, point: PointId, day: date | None = None
) -> Week:
    """Return the week that a day, or today, is of. Raises NotAllowed, NotFound."""
    check_region(actor, region)
    there = parts.market.points().by_id.get(point)
    if there is None or not lies_in(there.voivodeship, region):
        raise NotFound
    now = parts.clock.now()
    monday = calendar.monday_of(day or calendar.local_day(now))
    days = [monday + timedelta(days=n) for n in range(7)]
    sessions = parts.hours.sessions(point, days)
    states = parts.stock.states(sessions) if sessions else []
    in_order = sorted(states, key=lambda one: (one.session.starts_at, one.session.key))
    return Week(there, days, in_order, now)


def _totals(parts: Overseer, region: str) -> Totals:
    known = {one.id: one.powiat for one in _points(parts, region)}
    codes = parts.market.points().powiaty("" if region == NATION else region)
    areas = parts.market.areas(codes)
    return totals_of(known, areas, parts.clock.now(), parts.market.as_of())


def _points(parts: Overseer, region: str) -> list[Point]:
    found = parts.market.points().by_id.values()
    return [one for one in found if lies_in(one.voivodeship, region)]


def _start(points: Sequence[Point], after: PointId | None) -> int:
    if after is None:
        return 0
    ids = [one.id for one in points]
    if after not in ids:
        raise InvalidRequest({"pageToken": "is of another question, or too old"})
    return ids.index(after) + 1


def _is_sought(point: Point, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = folded(f"{point.name} {point.town} {point.postal_code} {point.id}")
    return all(word in text for word in words)

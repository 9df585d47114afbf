"""Cover of a point's places by doses: asked for before every commit that publishes some."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from erejestracja.domain import calendar
from erejestracja.domain.claim import Claim
from erejestracja.domain.cover import (
    ONE_DAY,
    Kind,
    OfToday,
    covered_to,
    given_by,
    missing,
    published,
    risen,
)
from erejestracja.domain.errors import NotCovered
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PlaceKey, PointId, SessionKey, VaccineCode, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.series import Series, SeriesId
from erejestracja.domain.session import Session
from erejestracja.domain.supply import Override, Shortage, Supply, SupplyChange
from erejestracja.domain.timetable import (
    Edit,
    Reach,
    Standing,
    as_edited,
    cut_off,
    unpublished,
)
from erejestracja.domain.visit import Visit
from erejestracja.ports import Supplies


class Plans(Protocol):
    """What of a point's schedule is covered."""

    def point(self, point: PointId) -> Point | None:
        """Return a point."""
        ...

    def series(self, point: Point) -> list[Reach]:
        """Return all series of a point."""
        ...

    def sessions(self, point: PointId, days: Sequence[date]) -> list[Session]:
        """Return the sessions of these days that stand."""
        ...

    def standing_by_series(
        self, point: PointId, days: Sequence[date]
    ) -> Mapping[SeriesId, Sequence[Standing]]:
        """Return the sessions of these days, withdrawn ones too, by series."""
        ...

    def edits(self, point: Point, numbers: Collection[int]) -> list[Edit]:
        """Return the edits of a point that have these numbers."""
        ...

    def claims(self, sessions: Sequence[Session]) -> Mapping[SessionKey, Mapping[PlaceKey, Claim]]:
        """Return who has the places of sessions."""
        ...

    def visits(self, ids: Sequence[VisitId]) -> list[Visit]:
        """Return the visits that exist among these."""
        ...


def shortages(
    plans: Plans, supply: Supply, today: date, point: Point, edits: Sequence[Edit]
) -> list[Shortage]:
    """Return the days on which edits leave more places without a dose than there are now."""
    if not touched(supply, edits):
        return []
    series = plans.series(point)
    there = of_today(plans, point, today)
    return left_without(supply, series, there, edits)


def touched(supply: Supply, edits: Sequence[Edit]) -> bool:
    """Tell whether edits have to do with vaccines under control."""
    return any(_vaccines(edit) & supply.controlled for edit in edits)


def left_without(
    supply: Supply,
    series: Sequence[Reach],
    there: OfToday,
    edits: Sequence[Edit],
) -> list[Shortage]:
    """Return the days on which more places are without a dose than before the edits."""
    edited = as_edited(series, edits)
    before = published(series, there.day) + there.needed(series)
    after = published(edited, there.day) + there.needed(edited)
    return risen(missing(supply, before, there.day), missing(supply, after, there.day))


def standing(
    plans: Plans,
    supplies: Supplies,
    edits: Sequence[Edit],
    footing: Footing,
    *,
    today: date,
    override: Override | None,
) -> Footing:
    """Return what edits stand on: the terms they are decided by, which no other may have changed.

    Edits of controlled vaccines take the terms' next number, so that of two that were decided by
    the same doses one clashes. Raises NotCovered.
    """
    supply = supplies.supply(footing.point)
    point = plans.point(footing.point) if supply.controlled else None
    short = shortages(plans, supply, today, point, edits) if point else []
    if short and override is None:
        raise NotCovered(short)
    return on_terms(supply, edits, footing, short, override)


def on_terms(
    supply: Supply,
    edits: Sequence[Edit],
    footing: Footing,
    short: Sequence[Shortage] = (),
    override: Override | None = None,
) -> Footing:
    """Return a footing on terms as they were read; edits of controlled vaccines take the next."""
    footing = replace(footing, terms=supply.number)
    if not touched(supply, edits):
        return footing
    change = SupplyChange(
        terms=replace(supply, number=supply.number + 1),
        actor=edits[0].actor,
        override=override if short else None,
        missing=sum(one.missing for one in short),
    )
    return replace(footing, supply=change)


def reaching(plans: Plans, supply: Supply, today: date, reach: Reach, until: date) -> date:
    """Return up to which day a series of a controlled vaccine may be published, at most `until`.

    All series of its vaccines go on together, day by day, so that none uses up another's doses.
    """
    point = plans.point(reach.series.point)
    vaccines = given_by(reach.series)
    reached = max(today, reach.until or today)
    if point is None:
        return reached
    series = plans.series(point)
    if reach.series.id not in [one.series.id for one in series]:
        series = [*series, reach]
    # What had fallen comes back before later days are published.
    stands = published(series, today, whole=True)
    stands += needed_today(plans, series, point, today)
    same = [replace(one, until=until) for one in series if vaccines & given_by(one.series)]
    days = calendar.days(reached + ONE_DAY, until)
    return covered_to(supply, stands, published(same, today, whole=True), today, days) or reached


def reaching_by_edit(
    supplies: Supplies, series: Series | None, reached: date | None, horizon: date
) -> date:
    """Return how far an edit reaches: to the horizon, but nowhere doses are yet to come for.

    Sessions of a controlled vaccine reach on only as upkeep finds them covered.
    """
    if reached is None or series is None:
        return horizon
    return reaching_on(supplies.supply(series.point), series, reached, horizon)


def reaching_on(supply: Supply, series: Series, reached: date | None, horizon: date) -> date:
    """Return how far an edit reaches on these terms of supply."""
    if reached is None:
        return horizon
    return reached if supply.controlled & given_by(series) else max(horizon, reached)


def needed_today(
    plans: Plans, series: Sequence[Reach], point: Point, today: date
) -> Counter[tuple[date, Kind]]:
    """Return how many doses today's places still need."""
    return of_today(plans, point, today).needed(series)


def of_today(plans: Plans, point: Point, today: date) -> OfToday:
    """Return what there is of today at a point, and who has it."""
    stands = plans.standing_by_series(point.id, [today])
    sessions = [one.session for some in stands.values() for one in some]
    claims = plans.claims(sessions) if sessions else {}
    ids = [VisitId(c.id) for some in claims.values() for c in some.values() if c.kind == "visit"]
    visits = plans.visits(ids) if ids else []
    gone = [one for some in stands.values() for one in cut_off(some, today)]
    numbers = {one.by for one in gone if one.by is not None}
    left: dict[SessionKey, list[Session]] = {}
    for part in unpublished(gone, plans.edits(point, numbers) if numbers else []):
        left.setdefault(part.key, []).append(part)
    return OfToday(today, stands, claims, {visit.id: visit for visit in visits}, left)


def _vaccines(edit: Edit) -> set[VaccineCode]:
    return {code for one in (edit.before, edit.after) if one for code in given_by(one)}

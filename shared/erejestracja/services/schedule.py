"""Series of a point: made, changed and ended, each with a preview of what it does to whom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.adjustments import brought_back
from erejestracja.domain.change import Change
from erejestracja.domain.closures import Closures
from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.events import Event
from erejestracja.domain.footing import Footing
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import (
    HoldId,
    PatientId,
    PlaceKey,
    PointId,
    SessionKey,
    VisitId,
)
from erejestracja.domain.point import Point
from erejestracja.domain.referral import Referral
from erejestracja.domain.series import Series, SeriesId
from erejestracja.domain.session import Session
from erejestracja.domain.substitutions import taken_back
from erejestracja.domain.supply import Override
from erejestracja.domain.timetable import NO_PLAN, SLACK, Edit, Plan, Reach, Standing, plan_of
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.domain.withdrawal import Withdrawal
from erejestracja.ports import Clash, Clock, Gone, Programmes, Publisher, Supplies
from erejestracja.services.cover import Plans, reaching, reaching_by_edit, standing
from erejestracja.services.many_points import ManyPoints

TRIES = 4


class Schedules(Plans, ManyPoints, Protocol):
    """A point's series, edits and sessions. Commits raise Clash or Gone when keys say no."""

    def newest_edit(self, point: PointId) -> int:
        """Return the number of the point's last edit, -1 without one."""
        ...

    def has_ended(self, point: PointId, number: int) -> bool:
        """Tell whether a later edit has replaced this number of the point."""
        ...

    def edited(self, point: PointId) -> frozenset[SeriesId]:
        """Return every series of a point that there ever was, made by an edit."""
        ...

    def standing(self, point: PointId, series: SeriesId, days: Sequence[date]) -> list[Standing]:
        """Return a series' sessions of these days."""
        ...

    def referrals(self, patients: Sequence[PatientId]) -> list[Referral]:
        """Return all referrals of these people."""
        ...

    def holds(self, ids: Sequence[HoldId]) -> list[Hold]:
        """Return the holds among these that have not ended."""
        ...

    def begin(self, edits: Sequence[tuple[Edit, int | None]], footing: Footing) -> None:
        """Store series as edited and the edits to be worked off; clashes with any other.

        Beside each edit is the number that no longer holds, if it replaces one.
        """
        ...

    def session(self, session: SessionKey) -> tuple[Session, SeriesId] | None:
        """Return a session that stands, and the series it is of; None where it is of none."""
        ...

    def closures(self, point: PointId) -> Closures:
        """Return all closures of a point, undone ones too."""
        ...

    def edit(self, point: Point, number: int) -> Edit | None:
        """Return an edit of a point."""
        ...

    def withdraw(self, edit: Edit, step: Withdrawal) -> datetime:
        """Take places of a session out of the offer, and end what has them."""
        ...

    def give_back(self, edit: Edit, returns: Sequence[tuple[Visit, Change]]) -> datetime:
        """Give orphaned visits the places they name, all or none."""
        ...

    def publish(
        self, edit: Edit, sessions: Sequence[Session], event: Event, had: Sequence[PlaceKey]
    ) -> datetime:
        """Store new sessions, and who `had` places; but for these, again changes nothing."""
        ...

    def relocate(self, edit: Edit, sessions: Sequence[Session]) -> None:
        """Store in which room sessions are. Doing it again changes nothing."""
        ...

    def finish(self, edit: Edit) -> None:
        """Note that all sessions follow the edit."""
        ...

    def open_edits(self, limit: int, begun_by: datetime | None = None) -> list[Edit]:
        """Return edits that are not worked off, of the first of them those begun by then."""
        ...


@dataclass(frozen=True, slots=True)
class Board:
    """What the use cases of a schedule work with; `reach` is how far ahead sessions are made."""

    schedules: Schedules
    publisher: Publisher
    clock: Clock
    reach: timedelta
    supplies: Supplies
    programmes: Programmes

    def today(self) -> date:
        """Return the local day."""
        return calendar.local_day(self.clock.now())


@dataclass(frozen=True, slots=True)
class Impact:
    """What an edit does: to sessions, and to whose visits; `ends` is the number it replaces."""

    edit: Edit
    plan: Plan
    visits: tuple[Visit, ...]
    ends: int | None
    footing: Footing


def point_of(board: Board, actor: Actor, point: PointId) -> Point:
    """Return a point that the caller may plan for. Raises NotAllowed, NotFound."""
    if point not in actor.points:
        raise NotAllowed
    found = board.schedules.point(point)
    if found is None:
        raise NotFound
    return found


def made(
    board: Board, actor: Actor, point: Point, series: Series, *, as_covered: bool = False
) -> Impact:
    """Return what a new series would do; `as_covered` it is published only as far as doses suffice.

    Raises IdempotencyConflict where its id is another's, or of one that has ended: were it taken
    again, an end that is not settled yet would withdraw the new sessions.
    """
    edit = edit_of(board, actor, point, None, series)
    # Before what stands, so that a series that is made meanwhile does not look ended.
    edited = board.schedules.edited(point.id)
    earlier = [r.series for r in board.schedules.series(point) if r.series.id == series.id]
    if earlier and replace(earlier[0], number=series.number, closed=(), fallen=()) != series:
        raise IdempotencyConflict
    if not earlier and series.id in edited:
        raise IdempotencyConflict
    if earlier:
        stands = replace(edit, number=earlier[0].number, after=earlier[0])
        return Impact(stands, NO_PLAN, (), None, Footing(point.id, -1))
    if as_covered and edit.after:
        supply, reach = board.supplies.supply(point.id), Reach(edit.after, None)
        until = reaching(board.schedules, supply, board.today(), reach, edit.until)
        edit = replace(edit, until=until)
    return impact(board, edit, None)


def changed(board: Board, actor: Actor, point: Point, was: Reach, after: Series | None) -> Impact:
    """Return what a change of a series, or its end, would do."""
    return impact(board, edit_of(board, actor, point, was, after), was.series.number)


def undone(board: Board, actor: Actor, point: Point, series: SeriesId, number: int) -> Impact:
    """Return what undoing an edit would do, which only the last of a series can be.

    It is an edit itself, the other way round. Raises NotFound, VersionMismatch.
    """
    was = board.schedules.edit(point, number)
    if was is None or was.series != series:
        raise NotFound
    if board.schedules.has_ended(point.id, number):
        raise VersionMismatch
    edit = Edit(
        point=point.id,
        series=series,
        number=0,
        actor=actor.subject,
        before=was.after,
        after=_as_before(was, board.clock.now()),
        until=_undone_to(board, point, was),
    )
    return impact(board, numbered_as(edit, board.schedules.newest_edit(point.id) + 1), number)


def _as_before(was: Edit, now: datetime) -> Series | None:
    """Return the series as it was before an edit; visits still find back from another vaccine.

    What has fallen for want of doses stays so until there are some.
    """
    if was.before is None or was.after is None:
        return was.before
    kept = taken_back(was.before.substituted, was.after.substituted, now)
    adjusted = brought_back(was.before.adjusted, was.after.adjusted)
    fallen = was.after.fallen
    return replace(was.before, substituted=kept, adjusted=adjusted, fallen=fallen)


def find(board: Board, point: Point, series: SeriesId, etag: str | None) -> Reach:
    """Return a series as it stands. Raises NotFound, VersionMismatch."""
    for reach in board.schedules.series(point):
        if reach.series.id == series:
            if etag is not None and etag != str(reach.series.number):
                raise VersionMismatch
            return reach
    raise NotFound


def begin(board: Board, impact: Impact, override: Override | None = None) -> Edit:
    """Commit an edit under the point's next number.

    Raises NotCovered, VersionMismatch, Overloaded.
    """
    (edit,) = begin_all(board, [impact], impact.footing, override)
    return edit


def begin_all(
    board: Board, impacts: Sequence[Impact], footing: Footing, override: Override | None = None
) -> list[Edit]:
    """Commit edits of one point under its next numbers, and the closure they follow from.

    Raises VersionMismatch where one of the series, or the closures, have changed meanwhile; where a
    closure is made or undone, any of the point's series. Raises NotCovered where doses do not
    suffice, unless there is a reason to publish all the same.
    """
    edits = [impact.edit for impact in impacts]
    for _ in range(TRIES):
        plans, today = board.schedules, board.today()
        stands = standing(plans, board.supplies, edits, footing, today=today, override=override)
        try:
            plans.begin([(e, one.ends) for e, one in zip(edits, impacts, strict=True)], stands)
        except (Clash, Gone):
            if board.schedules.closures(footing.point).number != footing.known:
                raise VersionMismatch from None
            if any(_has_changed(board, one) for one in impacts):
                raise VersionMismatch from None
            newest = board.schedules.newest_edit(footing.point)
            if footing.next is not None and newest >= footing.next:
                raise VersionMismatch from None
            first = max([newest + 1, *(edit.number for edit in edits[:1])])
            edits = [numbered_as(edit, first + n) for n, edit in enumerate(edits)]
        else:
            return edits
    raise Overloaded(retry_after=1)


def _has_changed(board: Board, impact: Impact) -> bool:
    """Tell whether a series was edited, or made, since it was decided what becomes of it."""
    edit, ends = impact.edit, impact.ends
    if ends is None:
        return edit.series in board.schedules.edited(edit.point)
    return board.schedules.has_ended(edit.point, ends)


def impact(board: Board, edit: Edit, ends: int | None) -> Impact:
    """Return what an edit does, and the visits it hits. Raises InvalidRequest."""
    closures = board.schedules.closures(edit.point)
    footing = Footing(edit.point, closures.number)
    [found] = impacts(board, [(edit, ends)], closures, footing)
    return found


def impacts(
    board: Board, edits: Sequence[tuple[Edit, int | None]], closures: Closures, footing: Footing
) -> list[Impact]:
    """Compare what stands with what edits of a point mean, and find the visits they hit.

    However many they are, it takes as many reads as one. The point's closures win, whatever the
    rule says: they are part of it from here on. What had fallen is forgotten once it is over.
    """
    today, now = board.today(), board.clock.now()
    ruled = [_ruled(edit, closures, now) for edit, _ in edits]
    days = _days_to(today, max((edit.until for edit in ruled), default=today))
    stand = board.schedules.standing_by_series(footing.point, days) if ruled else {}
    plans = [compared(board, edit, _within(stand.get(edit.series, ()), edit)) for edit in ruled]
    if any(one.cuts_too_often(plan, today) for one, plan in zip(ruled, plans, strict=True)):
        raise InvalidRequest({"series": "cuts a day into too many parts"})
    hit = _hit(board, [session for plan in plans for session in plan.withdraws])
    found: list[Impact] = []
    for edit, plan, (_, ends) in zip(ruled, plans, edits, strict=True):
        visits = [visit for one in plan.withdraws for visit in hit.get(one.key, ())]
        visits.sort(key=lambda visit: (visit.starts_at, visit.id))
        found.append(Impact(edit, plan, tuple(visits), ends, footing))
    return found


def _ruled(edit: Edit, closures: Closures, now: datetime) -> Edit:
    """Return an edit with the closures that lie ahead, and without what had fallen and is over."""
    if edit.after is None:
        return edit
    fallen = tuple(one for one in edit.after.fallen if one.to > now)
    return replace(edit, after=replace(edit.after, closed=closures.standing(now), fallen=fallen))


def _within(stands: Sequence[Standing], edit: Edit) -> list[Standing]:
    """Return what stands as far as an edit reaches."""
    return [one for one in stands if one.session.key.day <= edit.until + SLACK]


def _hit(board: Board, withdrawn: Sequence[Session]) -> dict[SessionKey, list[Visit]]:
    """Return the visits that sessions have, if they are still to take place."""
    claims = board.schedules.claims(withdrawn) if withdrawn else {}
    where = {
        VisitId(claim.id): session
        for session, taken in claims.items()
        for claim in taken.values()
        if claim.kind == "visit"
    }
    found: dict[SessionKey, list[Visit]] = {}
    for visit in board.schedules.visits(list(where)) if where else ():
        if visit.status is VisitStatus.BOOKED:
            found.setdefault(where[visit.id], []).append(visit)
    return found


def compared(
    board: Board, edit: Edit, stands: Sequence[Standing], left: Sequence[Session] = ()
) -> Plan:
    """Return what an edit does to what stands, and to what is left of sessions of today."""
    return plan_of(edit, [s.session for s in stands if not s.leaving], board.today(), left)


def standing_of(board: Board, edit: Edit) -> list[Standing]:
    """Return the sessions of the series from today on; a new one has none."""
    days = _days_to(board.today(), edit.until)
    return board.schedules.standing(edit.point, edit.series, days)


def _days_to(today: date, until: date) -> list[date]:
    """Return the days on which an edit that reaches to a day may find sessions."""
    return calendar.days(today, until + SLACK)


def edit_of(
    board: Board, actor: Actor, point: Point, was: Reach | None, after: Series | None
) -> Edit:
    """Return an edit under the point's next number. Raises InvalidRequest."""
    series = after or (was.series if was else None)
    if series is None:
        raise ValueError("an edit of nothing")
    if after and not point.vaccines.issuperset(after.vaccines):
        raise InvalidRequest({"vaccine": "is not given at this point"})
    edit = Edit(
        point=point.id,
        series=series.id,
        number=0,
        actor=actor.subject,
        before=was.series if was else None,
        after=after,
        until=reaching_by_edit(
            board.supplies, series, was.until if was else None, board.today() + board.reach
        ),
    )
    numbers = [reach.series.number for reach in board.schedules.series(point)]
    return numbered_as(edit, max([*numbers, board.schedules.newest_edit(point.id)], default=-1) + 1)


def _undone_to(board: Board, point: Point, was: Edit) -> date:
    """Return how far the undoing of an edit reaches: as far as its series does by now, at least."""
    by_now = {one.series.id: one.until for one in board.schedules.series(point)}
    reached = max(was.until, by_now.get(was.series) or was.until)
    horizon = board.today() + board.reach
    return reaching_by_edit(board.supplies, was.before or was.after, reached, horizon)


def numbered_as(edit: Edit, number: int) -> Edit:
    """Return an edit under a number of the point."""
    after = replace(edit.after, number=number) if edit.after else None
    return replace(edit, number=number, after=after)

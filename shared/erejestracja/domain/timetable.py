"""Timetables: what an edit of a series makes of the sessions that stand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from erejestracja.domain.closures import Closed, Closures
from erejestracja.domain.ids import PointId, SlotKey, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.series import (
    SESSIONS_A_DAY,
    Series,
    SeriesId,
    as_now_ruled,
    expand,
    is_cut_too_often,
    made_by,
    numbered,
)
from erejestracja.domain.session import ANY_DOSE, Session, Visibility
from erejestracja.domain.visit import Visit

# A horizon that moved on between the reading and the commit of an edit reached further than the
# edit knows, by a day at most. Sessions there are compared too, but none are made.
SLACK = timedelta(days=7)
# Any week without a holiday and a change of clocks.
PLAIN_MONDAY = date(2026, 9, 7)


@dataclass(frozen=True, slots=True)
class Reach:
    """A series, and the last day its sessions are generated for."""

    series: Series
    until: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A published session, and whether its withdrawal has begun, by which edit."""

    session: Session
    leaving: bool
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one series: made (no `before`), changed, or ended (no `after`).

    `number` is the point's next: edits of a point have one order, and `after` carries it. Sessions
    follow up to `until`, included; those of today stay as they are, but where a closure hits them
    or another vaccine is given from now on.
    """

    point: PointId
    series: SeriesId
    number: int
    actor: str
    before: Series | None
    after: Series | None
    until: date

    @property
    def of_today(self) -> Series | None:
        """Return what today goes by: of a series that ends, as it was until then."""
        return self.after or self.before

    def cuts_too_often(self, plan: "Plan", today: date) -> bool:
        """Tell whether it means more sessions of a day than there are numbers for."""
        of_today = [session for session in plan.creates if session.key.day == today]
        ruled = self.after is not None and is_cut_too_often(self.after, today, self.until)
        return ruled or len(of_today) > SESSIONS_A_DAY


@dataclass(frozen=True, slots=True)
class Plan:
    """What an edit does to the sessions ahead.

    `relocates` are those it keeps whose room is another now, as they are to be.
    """

    creates: tuple[Session, ...]
    withdraws: tuple[Session, ...]
    keeps: tuple[Session, ...]
    relocates: tuple[Session, ...] = ()


NO_PLAN = Plan((), (), ())


@dataclass(frozen=True, slots=True)
class Outlook:
    """A point's schedule as edits are decided by it.

    `edited` is every series that there ever was, made by an edit; `newest` the last edit's number,
    -1 without one.
    """

    point: Point
    closures: Closures
    series: tuple[Reach, ...] = ()
    edited: frozenset[SeriesId] = frozenset()
    newest: int = -1


def plan_of(
    edit: Edit, standing: Iterable[Session], today: date, left: Iterable[Session] = ()
) -> Plan:
    """Compare what stands after today with what the rule means; equal shapes are kept.

    Sessions of today stay as they are, but where a closure hits them or another vaccine is given:
    then what is left of them is published anew. `left` is what is left of those that are withdrawn.
    """
    after = edit.after
    tomorrow = today + timedelta(days=1)
    wanted = {shape_of(s): s for s in expand(after, tomorrow, edit.until + SLACK)} if after else {}
    standing = sorted(standing, key=lambda s: s.key)
    hit = [s for s in standing if s.key.day == today and left_of(s, edit) != [s]]
    keeps: list[Session] = []
    withdraws: list[Session] = [*hit]
    for session in standing:
        if session.key.day <= today:
            continue
        kept = wanted.pop(shape_of(session), None)
        (keeps if kept else withdraws).append(session)
    parts = [part for session in (*hit, *left) for part in left_of(session, edit)]
    parts.sort(key=lambda part: (part.starts_at, part.key))
    creates = numbered(parts, edit.number)
    creates += [s for s in wanted.values() if s.key.day <= edit.until]
    room = after.room if after else None
    relocates = (replace(session, room=room) for session in keeps if session.room != room)
    return Plan(tuple(creates), tuple(withdraws), tuple(keeps), tuple(relocates))


def shut_over(edit: Edit, session: Session, today: date) -> tuple[Closed, ...]:
    """Return the closures that decide on a session's visits: the point's, and those of its room.

    That is the room where the edit wants it; of today, where it is.
    """
    is_of_today = session.key.day <= today
    rule = edit.of_today if is_of_today else edit.after
    if rule is None:
        return ()
    room = session.room if is_of_today else rule.room
    return tuple(closed for closed in rule.closed if closed.shuts(room))


def as_edited(series: Iterable[Reach], edits: Iterable[Edit]) -> list[Reach]:
    """Return a point's series as edits leave them."""
    after = {reach.series.id: reach for reach in series}
    for edit in edits:
        after.pop(edit.series, None)
        if edit.after:
            after[edit.series] = Reach(edit.after, edit.until)
    return list(after.values())


def left_of(session: Session, edit: Edit) -> list[Session]:
    """Return what an edit leaves of a session of today, in parts."""
    rule = edit.of_today
    return as_now_ruled(session, rule) if rule else [session]


def cut_off(stands: Iterable[Standing], today: date) -> list[Standing]:
    """Return the sessions of today that are withdrawn, and of which nothing is published anew.

    That is one commit for all that an edit withdraws, be it one that replaced it half done.
    """
    of_today = [one for one in stands if one.session.key.day == today]
    return [
        one
        for one in of_today
        if one.leaving and not any(_follows(other.session, one) for other in of_today)
    ]


def _follows(session: Session, gone: Standing) -> bool:
    """Tell whether a session was made once another was withdrawn, by that edit or in its place."""
    by = gone.by or 0
    made = made_by(session)
    begins, ends = session.starts_at, session.start_of(session.slots)
    was = gone.session
    overlaps = begins < was.start_of(was.slots) and was.starts_at < ends
    return made == by or (made > by and overlaps)


def unpublished(
    gone: Iterable[Standing], by: Iterable[Edit], own: Edit | None = None
) -> list[Session]:
    """Return what is left of sessions of today by the edits that have withdrawn them.

    One that leaves all of a session withdrew it before it was today's; of the `own`, which is being
    worked off, that is to be published all the same.
    """
    edits = {one.number: one for one in (*by, *([own] if own else []))}
    parts = [(one, left_of(one.session, edits[one.by])) for one in gone if one.by in edits]
    return [
        part
        for one, some in parts
        for part in some
        if some != [one.session] or (own and own.after and one.by == own.number)
    ]


def slot_of(sessions: Iterable[Session], visit: Visit) -> SlotKey | None:
    """Return the slot that starts when a visit does and gives what it is for, if one does."""
    for session in sessions:
        minutes, rest = divmod(visit.starts_at - session.starts_at, timedelta(minutes=1))
        index, between = divmod(minutes, session.step)
        slot = SlotKey(session.key, index)
        fits = visit.vaccine in session.vaccines and session.dose in (ANY_DOSE, visit.dose)
        if fits and not rest and not between and session.has(slot):
            return slot
    return None


def keeping_their_time(plan: Plan, visits: Iterable[Visit]) -> frozenset[VisitId]:
    """Return which visits find their exact time among the new sessions, as places suffice."""
    left: dict[SlotKey, int] = {}
    places = {session.key: session.places for session in plan.creates}
    found: set[VisitId] = set()
    for visit in visits:
        day = visit.place.slot.session.day
        slot = slot_of((s for s in plan.creates if s.key.day == day), visit)
        if slot is not None and left.setdefault(slot, places[slot.session]) > 0:
            left[slot] -= 1
            found.add(visit.id)
    return frozenset(found)


def places_in(sessions: Iterable[Session]) -> int:
    """Return how many people sessions take, blocked ones none."""
    return sum(
        session.slots * session.places
        for session in sessions
        if session.visibility is not Visibility.BLOCKED
    )


def places_an_hour(series: Series) -> int:
    """Return how many people start within an hour without a break, rounded down."""
    return 60 * series.places // series.step


def places_a_week(series: Series) -> int:
    """Return how many people a week takes that has no holiday and no change of clocks."""
    always = replace(series, valid_from=PLAIN_MONDAY, valid_to=None)
    return places_in(expand(always, PLAIN_MONDAY, PLAIN_MONDAY + timedelta(days=6)))


def shape_of(session: Session) -> tuple[object, ...]:
    """Return what tells sessions of a point apart: not the number, nor the room."""
    return (
        session.starts_at,
        session.step,
        session.slots,
        session.places,
        session.vaccines,
        session.ruled,
        session.dose,
        session.visibility,
        session.release_hours,
        session.born_from,
        session.born_to,
    )

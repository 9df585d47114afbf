"""Giving another vaccine on some days, as it was delivered, and undoing that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    NotFound,
    VersionMismatch,
)
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import VaccineCode, derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.series import SeriesId, sessions_of
from erejestracja.domain.session import Session
from erejestracja.domain.substitutions import Substitution, SubstitutionId, with_substitution
from erejestracja.domain.supply import Override
from erejestracja.domain.timetable import Reach
from erejestracja.services.editing import carried_out, impacts_of
from erejestracja.services.following import Followed, follow
from erejestracja.services.schedule import Board, Impact

ID_LENGTH = 16
# Each visit of these days is looked at anew before anything changes.
LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Asked:
    """On which day which vaccine is given in place of which, or up to the `last` of several.

    The same `key` is the same request.
    """

    day: date
    from_: VaccineCode
    to: VaccineCode
    key: str
    last: date | None = None

    def days(self) -> list[date]:
        """Return the local days it is about."""
        return calendar.days(self.day, self.last or self.day)


@dataclass(frozen=True, slots=True)
class Substituting:
    """A substitution, what it does to each series, and what becomes of the visits it hits.

    Without impacts it is there already.
    """

    substitution: Substitution
    impacts: tuple[Impact, ...]
    footing: Footing
    visits: tuple[Followed, ...]

    @property
    def today_from(self) -> datetime | None:
        """Return when the first slot of today begins that changes; None without such."""
        if not self.substitution.turns:
            return None
        turn = self.substitution.turns[-1]
        starts = [
            session.start_of(index)
            for impact in self.impacts
            for session in impact.plan.creates
            if session.key.day == calendar.local_day(turn)
            for index in range(session.slots)
        ]
        return min((starts_at for starts_at in starts if starts_at > turn), default=None)

    def staying(self) -> list[Followed]:
        """Return the visits that keep time and place, with the vaccine they have then."""
        return [one for one in self.visits if one.slot]

    def conflicts(self) -> list[Followed]:
        """Return the visits whose people may not have what is given: they want another place."""
        return [one for one in self.visits if not one.slot]


def asked_for(board: Board, actor: Actor, point: Point, asked: Asked) -> Substituting:
    """Return what giving another vaccine would do.

    Raises InvalidRequest; IdempotencyConflict where the key was used for something else.
    """
    substitution = Substitution(
        SubstitutionId(derived_id("substitution", point.id, asked.key, length=ID_LENGTH)),
        asked.day,
        asked.from_,
        asked.to,
        undone=True,
        last=asked.last,
    ).turned(board.clock.now(), undone=False)
    series = board.schedules.series(point)
    known = next(iter(_of(series, substitution.id)), None)
    if known:
        if known[1] != replace(substitution, undone=known[1].undone, turns=known[1].turns):
            raise IdempotencyConflict
        return Substituting(known[1], (), Footing(point.id, -1), ())
    _check_days(board, asked)
    there = _giving(board, point, series, asked)
    _check(point, asked, there)
    return _substituting(board, actor, point, [(reach, substitution) for reach in there])


def undone(board: Board, actor: Actor, point: Point, substitution: SubstitutionId) -> Substituting:
    """Return what undoing it would do. Raises NotFound, VersionMismatch once it is undone.

    Of today that is the slots that have not begun; without such it is over.
    """
    found = _of(board.schedules.series(point), substitution)
    if not found or found[0][1].ends < board.today():
        raise NotFound
    there = [(reach, one) for reach, one in found if not one.undone]
    if not there:
        raise VersionMismatch
    to_come = _to_come(board, point) if found[0][1].ends == board.today() else None
    if to_come is not None and not any(to_come.get(reach.series.id) for reach, _ in there):
        raise NotFound
    now = board.clock.now()
    back = [(reach, one.turned(now, undone=True)) for reach, one in there]
    return _substituting(board, actor, point, back)


def carry_out(board: Board, substituting: Substituting, override: Override | None = None) -> bool:
    """Commit it as one, then let sessions follow; False where upkeep has to complete that."""
    if not substituting.impacts:
        return True
    return carried_out(board, substituting.impacts, substituting.footing, override)[1]


def _of(series: Sequence[Reach], named: SubstitutionId) -> list[tuple[Reach, Substitution]]:
    return [(reach, one) for reach in series for one in reach.series.substituted if one.id == named]


def _giving(board: Board, point: Point, series: Sequence[Reach], asked: Asked) -> list[Reach]:
    """Return the series that give what is to be replaced: by their rules, today by what stands."""
    today = board.today()
    ahead = [day for day in asked.days() if day > today]
    to_come = _to_come(board, point) if asked.day == today else {}
    found: list[Reach] = []
    for reach in series:
        ruled = (one for day in ahead for one in sessions_of(reach.series, day))
        sessions = chain(to_come.get(reach.series.id, ()), ruled)
        if any(asked.from_ in one.vaccines for one in sessions):
            found.append(reach)
    return found


def _to_come(board: Board, point: Point) -> dict[SeriesId, list[Session]]:
    """Return the sessions of today, by series, that have slots which have not begun."""
    now = board.clock.now()
    stands = board.schedules.standing_by_series(point.id, [board.today()])
    live = {name: [one.session for one in some if not one.leaving] for name, some in stands.items()}
    return {
        name: [one for one in some if one.start_of(one.slots - 1) > now]
        for name, some in live.items()
    }


def _check_days(board: Board, asked: Asked) -> None:
    if asked.day < board.today():
        raise InvalidRequest({"day": "is past"})
    if not asked.day <= (asked.last or asked.day) <= asked.day + LONGEST:
        raise InvalidRequest({"last": f"is before day, or more than {LONGEST.days} days after"})


def _check(point: Point, asked: Asked, there: Sequence[Reach]) -> None:
    wrong = {
        "from": not there,
        "to": asked.to == asked.from_ or asked.to not in point.vaccines,
    }
    said = {
        "from": "is not given on those days",
        "to": "is the same, or is not given at this point",
    }
    if any(wrong.values()):
        raise InvalidRequest({name: said[name] for name, is_wrong in wrong.items() if is_wrong})


def _substituting(
    board: Board, actor: Actor, point: Point, there: Sequence[tuple[Reach, Substitution]]
) -> Substituting:
    now = board.clock.now()
    closures = board.schedules.closures(point.id)
    footing = Footing(point.id, closures.number)
    rules = [
        with_substitution(reach.series.substituted, one, board.today()) for reach, one in there
    ]
    changes = [
        (reach, replace(reach.series, substituted=rule))
        for (reach, _), rule in zip(there, rules, strict=True)
    ]
    impacts = impacts_of(board, actor, changes, closures, footing)
    visits = [
        one
        for found, rule in zip(impacts, rules, strict=True)
        for one in follow(board, found.visits, rule, found.plan.creates)
        # Whose slot has begun keeps what they have.
        if one.visit.starts_at > now
    ]
    visits.sort(key=lambda one: (one.visit.starts_at, one.visit.id))
    return Substituting(there[0][1], tuple(impacts), footing, tuple(visits))

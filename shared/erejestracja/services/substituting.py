"""Giving another vaccine on some days, as it was delivered, and undoing that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

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
from erejestracja.domain.series import sessions_of
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
        last=asked.last,
    )
    series = board.schedules.series(point)
    known = next(iter(_of(series, substitution.id)), None)
    if known:
        if known[1] != replace(substitution, undone=known[1].undone):
            raise IdempotencyConflict
        return Substituting(known[1], (), Footing(point.id, -1), ())
    _check_days(board, asked)
    there = [one for one in series if _gives(one, asked)]
    _check(point, asked, there)
    return _substituting(board, actor, point, there, substitution)


def undone(board: Board, actor: Actor, point: Point, substitution: SubstitutionId) -> Substituting:
    """Return what undoing it would do. Raises NotFound, VersionMismatch once it is undone."""
    found = _of(board.schedules.series(point), substitution)
    if not found or found[0][1].ends <= board.today():
        raise NotFound
    if all(one.undone for _, one in found):
        raise VersionMismatch
    there = [reach for reach, _ in found]
    return _substituting(board, actor, point, there, replace(found[0][1], undone=True))


def carry_out(board: Board, substituting: Substituting, override: Override | None = None) -> bool:
    """Commit it as one, then let sessions follow; False where upkeep has to complete that."""
    if not substituting.impacts:
        return True
    return carried_out(board, substituting.impacts, substituting.footing, override)[1]


def _of(series: Sequence[Reach], named: SubstitutionId) -> list[tuple[Reach, Substitution]]:
    return [(reach, one) for reach in series for one in reach.series.substituted if one.id == named]


def _gives(reach: Reach, asked: Asked) -> bool:
    sessions = (one for day in asked.days() for one in sessions_of(reach.series, day))
    return any(asked.from_ in one.vaccines for one in sessions)


def _check_days(board: Board, asked: Asked) -> None:
    if asked.day <= board.today():
        raise InvalidRequest({"day": "is not after today"})
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
    board: Board, actor: Actor, point: Point, there: Sequence[Reach], substitution: Substitution
) -> Substituting:
    closures = board.schedules.closures(point.id)
    footing = Footing(point.id, closures.number)
    rules = [
        with_substitution(reach.series.substituted, substitution, board.today()) for reach in there
    ]
    changes = [
        (reach, replace(reach.series, substituted=rule))
        for reach, rule in zip(there, rules, strict=True)
    ]
    impacts = impacts_of(board, actor, changes, closures, footing)
    visits = [
        one
        for found, rule in zip(impacts, rules, strict=True)
        for one in follow(board, found.visits, rule, found.plan.creates)
    ]
    visits.sort(key=lambda one: (one.visit.starts_at, one.visit.id))
    return Substituting(substitution, tuple(impacts), footing, tuple(visits))

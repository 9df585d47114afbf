"""Returns: orphaned visits whose exact time a series offers again get it back, if it is free."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.change import Change
from erejestracja.domain.claim import Claim
from erejestracja.domain.ids import PlaceKey, SessionKey, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Edit
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from erejestracja.ports import Clash, Gone
from erejestracja.services.changes import change_at, untold
from erejestracja.services.following import follow
from erejestracja.services.schedule import Board, standing_of

TOGETHER = 50
TRIES = 4

Returns = list[tuple[Visit, Change]]


def give_back(board: Board, edit: Edit, point: Point) -> None:
    """Move orphaned visits to free places of the series at their exact time.

    Nobody is told: time and place are as they were, and the vaccine, where another is given that
    day, is none that a message has named. Who finds the time taken, or may not have what is given
    now, stays orphaned.
    """
    for _ in range(TRIES):
        returns = _returns(board, edit, point)
        done = [_given(board, edit, some) for some in _parts(returns)]
        if all(done):
            return


def _parts(returns: Returns) -> list[Returns]:
    return [returns[n : n + TOGETHER] for n in range(0, len(returns), TOGETHER)]


def _given(board: Board, edit: Edit, returns: Returns) -> bool:
    try:
        at = board.schedules.give_back(edit, returns)
    except (Clash, Gone):
        return False
    board.publisher.publish([e for _, change in returns for e in change.events], at)
    return True


def _returns(board: Board, edit: Edit, point: Point) -> Returns:
    standing = standing_of(board, edit)
    gone = [s.session for s in standing if s.leaving]
    orphans = _orphans(board, gone) if gone else []
    was = {visit.id: visit for visit in orphans}
    live = [one.session for one in standing if not one.leaving]
    rule = edit.of_today.substituted if edit.of_today else ()
    wanted = [(one.visit, one.slot) for one in follow(board, orphans, rule, live) if one.slot]
    keys = {slot.session for _, slot in wanted}
    sessions = {session.key: session for session in live if session.key in keys}
    claims = board.schedules.claims(list(sessions.values())) if sessions else {}
    taken = {place for of_session in claims.values() for place in of_session}
    by = point, Actor(edit.actor, frozenset({Role.ADMIN}), points=frozenset({edit.point}))
    returns: Returns = []
    for visit, slot in wanted:
        session = sessions[slot.session]
        places = (PlaceKey(slot, place) for place in range(session.places))
        free = next((place for place in places if place not in taken), None)
        if free is not None:
            taken.add(free)
            returns.append(_returned(was[visit.id], visit, free, session, by))
    return returns


def _orphans(board: Board, sessions: Sequence[Session]) -> list[Visit]:
    claims: Mapping[SessionKey, Mapping[PlaceKey, Claim]] = board.schedules.claims(sessions)
    # A visit that was given back and withdrawn again has left its name in either place.
    ids = {
        VisitId(claim.id)
        for of_session in claims.values()
        for claim in of_session.values()
        if claim.kind == "withdrawn"
    }
    visits = board.schedules.visits(sorted(ids)) if ids else []
    keys = {session.key for session in sessions}
    orphans = [
        visit
        for visit in visits
        if visit.status is VisitStatus.ORPHANED and visit.place.slot.session in keys
    ]
    return sorted(orphans, key=lambda visit: (visit.created_at, visit.id))


def _returned(
    was: Visit, visit: Visit, place: PlaceKey, session: Session, by: tuple[Point, Actor]
) -> tuple[Visit, Change]:
    after = replace(
        visit,
        place=place,
        minutes=session.step,
        status=VisitStatus.BOOKED,
        version=visit.version + 1,
    )
    change = untold(change_at(by[0], after, VisitChange.MOVED, by[1], before=was))
    detail: dict[str, Any] = {"sameTime": True}
    if after.vaccine != was.vaccine:
        detail["insteadOf"] = was.vaccine
    return after, replace(change, detail=detail)

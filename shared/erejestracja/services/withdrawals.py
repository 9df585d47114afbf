"""Withdrawing a session: what has its places is ended, a bounded part in each commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.change import Change
from erejestracja.domain.claim import Claim
from erejestracja.domain.closures import Closed, Hit, Outcome
from erejestracja.domain.events import Event
from erejestracja.domain.fates import Fate, leaving, staying
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import EventId, PlaceKey
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.timetable import Edit
from erejestracja.domain.visit import CancelReason, Visit, VisitChange, VisitStatus
from erejestracja.domain.withdrawal import Withdrawal
from erejestracja.services.changes import change_at
from erejestracja.services.holds import hold_event

# What one commit may end: each visit is some thirty mutations, each place eight, of 80 000.
VISITS_TOGETHER = 50
PLACES_TOGETHER = 2000


@dataclass(frozen=True, slots=True)
class Held:
    """The holds and visits behind claims of a session, and the closures that decide on visits.

    All that as it is `now`. `by` is the edit that began to withdraw the session.
    """

    holds: Sequence[Hold]
    visits: Sequence[Visit]
    shut: Sequence[Closed]
    now: datetime
    by: int


def next_step(
    edit: Edit,
    point: Point,
    session: Session,
    claims: Mapping[PlaceKey, Claim],
    held: Held,
) -> Withdrawal | None:
    """Return what is to be ended next, None where nothing is."""
    actor = Actor(edit.actor, frozenset({Role.ADMIN}), points=frozenset({edit.point}))
    free = [place for place in session.all_places() if place not in claims]
    named = [claim for claim in claims.values() if claim.kind == "hold"]
    holds = [hold for hold in held.holds if hold.place in claims]
    there = [visit for visit in held.visits if not _has_left(visit, claims, held.now)]
    has_changed = len(there) < len(held.visits)
    visits = leaving(there, edit.after, held.shut)
    kept = staying(session, there, [visit for visit, _ in visits], held.now)
    if not (free or named or visits or kept or has_changed):
        return None
    places, people = free[:PLACES_TOGETHER], visits[:VISITS_TOGETHER]
    keeps = kept[: VISITS_TOGETHER - len(people)]
    told = [hold_event("hold.released", hold, session, actor) for hold in holds]
    return Withdrawal(
        session=session,
        free=places,
        holds=holds,
        visits=[_ended(visit, fate, point, actor) for visit, fate in people],
        events=[*told, _withdrawn(session)],
        rest=has_changed
        or (len(places), len(people), len(holds), len(keeps))
        != (len(free), len(visits), len(named), len(kept)),
        by=held.by,
        hits=[_hit(visit, fate) for visit, fate in people if fate],
        kept=[_kept(visit, session, actor) for visit in keeps],
    )


def _has_left(visit: Visit, claims: Mapping[PlaceKey, Claim], now: datetime) -> bool:
    """Tell whether a visit gave its place up after claims were read: what it left is free now."""
    claim = claims.get(visit.place)
    is_over = visit.status is VisitStatus.CANCELLED and visit.starts_at > now
    return is_over or claim is None or claim.id != visit.id


def _ended(visit: Visit, fate: Fate | None, point: Point, actor: Actor) -> tuple[Visit, Change]:
    """Return a visit that is to find another place, or is cancelled and its person told so."""
    cancels = fate is not None and fate.strategy is Strategy.CANCEL
    what = VisitChange.CANCELLED if cancels else VisitChange.ORPHANED
    status = visit.after(what) or visit.status
    after = replace(visit, status=status, version=visit.version + 1)
    change = change_at(point, after, what, actor, before=visit)
    if fate is None:
        return after, change
    reason = {"reason": CancelReason.POINT.value} if cancels else {}
    cause = "supply" if fate.is_fall else "closure"
    return after, replace(change, detail={**reason, cause: fate.number})


def _kept(visit: Visit, session: Session, actor: Actor) -> tuple[Visit, PlaceKey, Change]:
    """Return a visit beside the session's places: its own is nobody's, whenever it is given up.

    Nobody is told: its time is as it was, and what can be booked is as without it.
    """
    after = replace(visit, place=session.beside(visit.place), version=visit.version + 1)
    return after, visit.place, Change(VisitChange.MOVED, actor, [], detail={"sameTime": True})


def _hit(visit: Visit, fate: Fate) -> Hit:
    cancels = fate.strategy is Strategy.CANCEL
    outcome = Outcome.CANCELLED if cancels else Outcome.ORPHANED
    return Hit(fate.number, visit.id, visit.patient, outcome, is_fall=fate.is_fall)


def _withdrawn(session: Session) -> Event:
    return Event(
        id=EventId(f"{session.key}.withdrawn"),
        topic="schedule",
        type="schedule.withdrawn",
        data={
            "point": session.key.point,
            "powiat": session.powiat,
            "sessions": [str(session.key)],
        },
    )

"""Fates: what becomes of the visits of a session that is withdrawn, and by what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from erejestracja.domain.closures import Closed, closure_of
from erejestracja.domain.fallen import Seats
from erejestracja.domain.series import Series, sessions_of
from erejestracja.domain.session import Session
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.timetable import slot_of
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus

# A dose that was given before its time may be taken back, and its visit end after that.
MAY_LEAVE = frozenset({VisitStatus.BOOKED, VisitStatus.ARRIVED, VisitStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a visit that a closure hits, or doses that do not come: `number` says which.

    `is_fall` where it is doses.
    """

    number: int
    strategy: Strategy
    is_fall: bool


def leaving(
    visits: Iterable[Visit], after: Series | None, shut: Sequence[Closed]
) -> list[tuple[Visit, Fate | None]]:
    """Return the visits of a session that have to give their place up, those made first first.

    `shut` are the closures that decide on them. Without a fate they want another place, be it the
    same time anew. Asked again when some of them are gone already, it says the same of the others.
    """
    seats = Seats(after.fallen if after else ())
    found = []
    for visit in sorted(visits, key=lambda one: (one.created_at, one.id)):
        fate = fate_of(visit, after, shut, seats)
        stays = fate is not None and fate.strategy is Strategy.KEEP
        if not stays and visit.after(VisitChange.ORPHANED) is not None:
            found.append((visit, fate))
    return found


def staying(
    session: Session, visits: Iterable[Visit], left: Iterable[Visit], now: datetime
) -> list[Visit]:
    """Return the visits that have an own place of a session, stay, and may still give it up.

    From the start of a visit on its place is nobody else's any more, whatever becomes of it.
    """
    gone = {visit.id for visit in left}
    return [
        visit
        for visit in visits
        if visit.id not in gone
        and visit.status in MAY_LEAVE
        and visit.starts_at > now
        and session.is_own(visit.place)
    ]


def fate_of(
    visit: Visit, after: Series | None, shut: Sequence[Closed], seats: Seats
) -> Fate | None:
    """Return what becomes of a visit; closures win. It takes a seat that is kept for people."""
    closed = closure_of(visit, shut)
    if closed:
        return Fate(closed.number, closed.strategy, is_fall=False)
    if after is None:
        return None
    fallen = next((f for f in after.fallen if f.hits(visit.starts_at, visit.minutes)), None)
    whole = after.whole()
    if fallen is None or slot_of(sessions_of(whole, fallen.day), visit) is None:
        return None
    strategy = Strategy.KEEP if seats.take(visit.starts_at) else fallen.strategy
    return Fate(fallen.number, strategy, is_fall=True)

"""What the function waiting_list hears, and what upkeep finds that nobody told it of."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from erejestracja.domain.errors import Overloaded
from erejestracja.domain.ids import PatientId, SessionKey, VisitId
from erejestracja.domain.session import SessionState
from erejestracja.domain.waiting import Entry, EntryId
from erejestracja.services.chores import turn_of
from erejestracja.services.giving import TOGETHER, entries_of, give, line_of
from erejestracja.services.still_waiting import lost, settle, settle_all
from erejestracja.services.waiting import WaitingRoom, known

BEGINS = frozenset({"waiting.asked", "waiting.declined"})
FREES = frozenset(
    {
        *("hold.released", "hold.expired", "visit.moved", "visit.cancelled", "visit.deferred"),
        "schedule.published",
    }
)
# These do where the person leaves another place than where they are now.
MAY_FREE = frozenset({"visit.arrived", "visit.completed"})
# Of the places that the read model believes free, how many are looked at for one person.
SOONEST = 8
# All powiaty come up within so many minutes.
TURNS = 15
# An offer that ran out is told of by its hold's event; who is left after this was forgotten.
FORGOTTEN = timedelta(minutes=2)


def hear(room: WaitingRoom, kind: str, data: Mapping[str, Any]) -> int:
    """Take in one event; return how many places were offered. Told again is no matter.

    Raises Overloaded where it is to be told again, later.
    """
    if kind in BEGINS:
        return _asked(room, PatientId(data["patient"]), EntryId(data["entry"]))
    if kind == "visit.orphaned":
        lost(room, VisitId(data["visit"]))
    if kind.startswith("visit.") or kind in {"hold.released", "hold.expired"}:
        settle_all(room, PatientId(data["patient"]))
    if kind not in FREES and not (kind in MAY_FREE and data["placesChanged"]):
        return 0
    keys = [*data.get("sessions", ()), *filter(None, [data.get("session")])]
    return _freed(room, [SessionKey.parse(key) for key in keys])


def sweep(room: WaitingRoom) -> int:
    """Offer what is free in this turn's powiaty; return how many places.

    It finds what was freed at night, and whom an event that got lost has left behind.
    """
    powiaty = room.atlas.points().powiaty()
    turn = int(room.desk.clock.now().timestamp() // 60)
    return sum(_swept(room, powiaty[n]) for n in turn_of(len(powiaty), TURNS, turn))


def _swept(room: WaitingRoom, powiat: str) -> int:
    before = room.desk.clock.now() - FORGOTTEN
    line = line_of(room, powiat)
    forgotten = [w for w in line if w.offered_until and w.offered_until < before]
    for entry in entries_of(room, forgotten):
        settle(room, entry)
    first = [w for w in line if w.offered_until is None][:TOGETHER]
    states = {s.session.key: s for entry in entries_of(room, first) for s in _soonest(room, entry)}
    return give(room, list(states.values()))


def _asked(room: WaitingRoom, patient: PatientId, named: EntryId) -> int:
    """Offer what is free to whoever begins to wait, or to who stands before them."""
    entry = known(room, patient, named)
    if entry is None or entry.offer:
        return 0
    wait = (entry.asked_from() - room.desk.clock.now()).total_seconds()
    if wait > 0:
        raise Overloaded(retry_after=int(wait) + 1)
    return give(room, _soonest(room, entry))


def _soonest(room: WaitingRoom, entry: Entry) -> list[SessionState]:
    """Return sessions in which the read model believes something free that an entry wishes."""
    after = room.desk.clock.now() + room.terms.ahead
    found = room.desk.read_model.soonest(entry.wish(), after=after, limit=SOONEST)
    return list({one.state.session.key: one.state for one in found}.values())


def _freed(room: WaitingRoom, keys: Sequence[SessionKey]) -> int:
    """Offer what is free in these sessions, as Spanner knows them now.

    Where nobody waits in the powiat, which is nearly always so, that is the one thing read.
    """
    desk = room.desk
    if not room.terms.may_offer(desk.clock.now()):
        return 0
    points = {key: point for key in keys if (point := desk.read_model.point(key.point))}
    awaited = {code for code in {p.powiat for p in points.values()} if line_of(room, code, 1)}
    wanted = [key for key, point in points.items() if point.powiat in awaited]
    if not wanted:
        return 0
    states = desk.stock.states(desk.stock.sessions(wanted))
    desk.read_model.learn(states)
    return give(room, states)

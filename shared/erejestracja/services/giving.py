"""Giving: free places go to those in a line, in order, each kept for one person for a while."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from erejestracja.domain.actor import Channel
from erejestracja.domain.errors import NotEligible
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import (
    HoldId,
    MessageId,
    PlaceKey,
    SessionKey,
    SlotKey,
    VaccineCode,
    derived_id,
)
from erejestracja.domain.notice import Notice
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session, SessionState, Visibility
from erejestracja.domain.waiting import Entry, Step, Waiter
from erejestracja.ports import Clash, Gone
from erejestracja.services.desk import check_eligible
from erejestracja.services.holds import hold_event
from erejestracja.services.outcomes import request_event
from erejestracja.services.still_waiting import Ground, settle
from erejestracja.services.waiting import WaitingRoom, told

# How far a line is read at once, and how many of its entries: who stands behind that comes up in
# upkeep's turn, when those before have been served.
LOOKED_AT = 1000
TOGETHER = 20

States = dict[SessionKey, SessionState]


def give(room: WaitingRoom, states: Sequence[SessionState]) -> int:
    """Offer what is free in these sessions to who waits for it; return how many places.

    Each in the line, first to last, is offered the soonest place they wish and may have. Who runs
    this at the same time for the same places clashes with us on their keys, and goes on.
    """
    if not room.terms.may_offer(room.desk.clock.now()):
        return 0
    by_powiat: dict[str, States] = {}
    for state in states:
        by_powiat.setdefault(state.session.powiat, {})[state.session.key] = state
    return sum(_give_in(room, powiat, some) for powiat, some in by_powiat.items())


def line_of(room: WaitingRoom, powiat: str, limit: int = LOOKED_AT) -> list[Waiter]:
    """Return who waits in a powiat, of all programmes, in order."""
    lines = (
        room.queue.line(powiat, programme.id, limit) for programme in room.desk.programmes.all()
    )
    return sorted((waiter for line in lines for waiter in line), key=Waiter.order)


def entries_of(room: WaitingRoom, waiters: Sequence[Waiter]) -> Iterator[Entry]:
    """Yield the entries of these that still stand, in their order, some read at a time."""
    for start in range(0, len(waiters), TOGETHER):
        some = waiters[start : start + TOGETHER]
        keys = [(waiter.patient, waiter.entry) for waiter in some]
        found = {entry.id: entry for entry in room.queue.entries(keys)}
        yield from (found[waiter.entry] for waiter in some if waiter.entry in found)


def _give_in(room: WaitingRoom, powiat: str, states: States) -> int:
    slots = _slots(room, states)
    sessions = [states[key].session for key in {slot.session for slot in slots}]
    line = [w for w in line_of(room, powiat) if any(map(w.may_want, sessions))]
    given = 0
    for entry in entries_of(room, line):
        if not any(states[slot.session].free(slot.index) for slot in slots):
            break
        given += _give_to(room, entry, states, slots)
    return given


def _slots(room: WaitingRoom, states: States) -> list[SlotKey]:
    """Return the slots with a free place that may be offered at all, soonest first."""
    found = [
        (state.session.start_of(index), SlotKey(key, index))
        for key, state in states.items()
        for index in range(state.session.slots)
        if state.free(index) and _is_open(room, state.session, index)
    ]
    return [slot for _, slot in sorted(found)]


def _is_open(room: WaitingRoom, session: Session, index: int) -> bool:
    now, starts_at = room.desk.clock.now(), session.start_of(index)
    to_all = session.visibility_at(starts_at, now) is Visibility.EXTERNAL
    return to_all and starts_at > now + room.terms.ahead


def _give_to(room: WaitingRoom, entry: Entry, states: States, slots: Sequence[SlotKey]) -> bool:
    """Offer somebody the soonest of these that they wish and may have; False where none is."""
    if entry.offer or entry.asked_from() > room.desk.clock.now():
        return False
    wished = [slot for slot in slots if _is_wished(room, entry, states[slot.session], slot)]
    ground = settle(room, entry) if wished else None
    if ground is None:
        return False
    for slot in wished:
        session = states[slot.session].session
        vaccine = _what_for(room, entry, ground, session, slot)
        if vaccine is None:
            continue
        named = vaccine if session.also else None
        while free := states[slot.session].free_places(slot.index):
            place = PlaceKey(slot, room.desk.random.choice(free))
            try:
                _keep(room, entry, session, place, named)
            except Clash:
                _took(states, place)  # by somebody else
            except Gone:
                return False
            else:
                _took(states, place)
                return True
    return False


def _is_wished(room: WaitingRoom, entry: Entry, state: SessionState, slot: SlotKey) -> bool:
    point = room.desk.read_model.point(slot.session.point)
    free = state.free(slot.index)
    return bool(free) and point is not None and entry.wants(point, state.session, slot.index)


def _what_for(
    room: WaitingRoom, entry: Entry, ground: Ground, session: Session, slot: SlotKey
) -> VaccineCode | None:
    """Return the vaccine the person gets there, as the rules stand now.

    None where they allow none, or the place is no better than what there is.
    """
    desk, visit = room.desk, ground.visit
    starts_at = session.start_of(slot.index)
    try:
        vaccine = check_eligible(
            desk,
            ground.referral,
            session,
            starts_at,
            Channel.WEB,
            vaccine=entry.criteria.vaccine,
            rather=visit.vaccine if visit else None,
            moving=visit is not None,
            waived=visit.waived if visit else None,
        )
    except NotEligible:
        return None
    if visit is None:
        return vaccine
    point = desk.read_model.point(session.key.point)
    at = desk.read_model.point(visit.place.slot.session.point)
    better = point is not None and entry.prefers(point, starts_at, visit, at)
    return vaccine if better else None


def _keep(
    room: WaitingRoom, entry: Entry, session: Session, place: PlaceKey, vaccine: VaccineCode | None
) -> None:
    """Hold a place, tell the person, and write down that they are asked: one commit.

    Raises Clash where the place is taken, Gone where the entry is not as it was.
    """
    now = room.desk.clock.now().replace(microsecond=0)
    hold = Hold(
        id=HoldId(derived_id("hold", entry.id, str(entry.version))),
        place=place,
        patient=entry.patient,
        created_at=now,
        expires_at=now + room.terms.lasts,
        vaccine=vaccine,
    )
    after = entry.offered(hold)
    point = room.desk.read_model.point(place.slot.session.point)
    starts_at = session.start_of(place.slot.index).isoformat()
    notice = _notice(after, hold, starts_at, point)
    offered = {
        "slot": str(place.slot),
        "point": place.slot.session.point,
        "powiat": session.powiat,
        "until": hold.expires_at.isoformat(),
    }
    events = [
        told("offered", after, **offered),
        hold_event("hold.placed", hold, session, None),
        request_event(notice),
    ]
    at = room.queue.commit(Step(entry, after, events, takes=hold, notice=notice))
    room.desk.read_model.took(place)
    room.desk.publisher.publish(events, at)


def _notice(entry: Entry, hold: Hold, starts_at: str, point: Point | None) -> Notice:
    return Notice(
        id=MessageId(derived_id("notice", entry.id, str(entry.version), "offered")),
        patient=entry.patient,
        visit=None,
        template="offered",
        facts={
            "startsAt": starts_at,
            "point": point.name if point else "",
            "address": f"{point.address}, {point.town}" if point else "",
            "until": hold.expires_at.isoformat(),
        },
    )


def _took(states: States, place: PlaceKey) -> None:
    state = states[place.slot.session]
    bit = state.session.bit(place.slot.index, place.place)
    states[place.slot.session] = replace(state, taken=state.taken | bit)

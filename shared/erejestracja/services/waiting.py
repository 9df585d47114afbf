"""Waiting: leave a wish, see how it stands, take or decline what is offered, withdraw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from erejestracja.domain.actor import Actor
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import (
    HoldExpired,
    InvalidRequest,
    NotEligible,
    NotFound,
    Overloaded,
    Reason,
)
from erejestracja.domain.events import Event
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import EventId, PatientId, ProgrammeId
from erejestracja.domain.index import Points
from erejestracja.domain.referral import Referral
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.domain.waiting import (
    Ahead,
    End,
    Entry,
    EntryId,
    Held,
    Step,
    Terms,
    Waiter,
    ahead,
    entry_id,
    first_version,
)
from erejestracja.ports import Clash, Gone
from erejestracja.services import booking
from erejestracja.services.booking import BookVisit
from erejestracja.services.desk import Desk
from erejestracja.services.holds import hold_event, wishes_of
from erejestracja.services.places import Wanted

TRIES = 4
# Beyond it a line is "more than", and nobody asks how much more.
COUNTED = 600


class Queue(Protocol):
    """Who waits, as Spanner has it."""

    def of(self, patient: PatientId) -> Sequence[Entry]:
        """Return a person's entries."""
        ...

    def entries(self, keys: Sequence[tuple[PatientId, EntryId]]) -> Sequence[Entry]:
        """Return the entries that stand among these, in any order."""
        ...

    def line(self, powiat: str, programme: ProgrammeId, limit: int) -> Sequence[Waiter]:
        """Return who stands first in a line, in order."""
        ...

    def commit(self, step: Step) -> datetime:
        """Carry out a change; Clash where a place is taken, Gone where an entry has changed."""
        ...


class Atlas(Protocol):
    """The country's points."""

    def points(self) -> Points:
        """Return all points."""
        ...


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """What the use cases of waiting work with."""

    desk: Desk
    queue: Queue
    atlas: Atlas
    terms: Terms


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry, and how many are before it in the line of the nearest powiat.

    `longer` are those who wait longer; nobody who comes later is ever among them. `lost` are those
    who lost a visit and come first; they may become more.
    """

    entry: Entry
    longer: Ahead
    lost: Ahead


def ask(room: WaitingRoom, actor: Actor, patient: PatientId, wish: Criteria) -> Entry:
    """Wait for a place, or wish otherwise: the place in the order is kept.

    Who has a visit for the dose waits for an earlier or nearer one. Raises NotEligible where the
    person may have nothing of what they wish, InvalidRequest where the wish names no place.
    """
    referral = _entitled(room.desk, actor, patient, wish)
    powiaty = wished_powiaty(room, wish)
    for _ in range(TRIES):
        before = known(room, patient, entry_id(patient, referral.programme, referral.next_dose))
        entry = before.wishing(wish, powiaty) if before else _new(room, referral, wish, powiaty)
        try:
            at = room.queue.commit(step := Step(before, entry, [told("asked", entry)]))
        except (Clash, Gone):
            continue
        room.desk.publisher.publish(step.events, at)
        return entry
    raise Overloaded(retry_after=1)


def standings(room: WaitingRoom, patient: PatientId) -> list[Standing]:
    """Return a person's entries, and how each stands."""
    return [standing(room, entry) for entry in room.queue.of(patient)]


def waits_of(room: WaitingRoom, patient: PatientId) -> list[Entry]:
    """Return a person's entries; an offer that has run out is none, though its event is to come."""
    now = room.desk.clock.now()
    return [
        replace(entry, offer=entry.offer if entry.offer and now < entry.offer.until else None)
        for entry in room.queue.of(patient)
    ]


def standing(room: WaitingRoom, entry: Entry) -> Standing:
    """Return how an entry stands in the line of the nearest powiat."""
    line = room.queue.line(entry.powiaty[0], entry.programme, COUNTED)
    me = (not entry.lost, entry.since, entry.id)
    before = [waiter for waiter in line if waiter.order() < me]
    same = sum(waiter.lost == entry.lost for waiter in before)
    return Standing(entry, longer=ahead(same), lost=ahead(len(before) - same))


def accept(room: WaitingRoom, actor: Actor, patient: PatientId, entry_id: EntryId) -> Visit:
    """Take the place that is offered: a visit of it, or the visit there is moved to it.

    Raises NotFound, HoldExpired where nothing is offered now, and what booking raises.
    """
    entry = _own(room, patient, entry_id)
    hold = kept_for(room.desk, entry)
    if hold is None:
        raise HoldExpired
    wanted = Wanted(hold=room.desk.tokens.seal(hold))
    if entry.moves:
        before = booking.visit_of(room.desk, actor, entry.moves.visit)
        visit = booking.move(room.desk, actor, patient, before, wanted)
    else:
        referral = referral_of(room.desk, entry)
        if referral is None:
            raise NotEligible(Reason.NO_REFERRAL)
        key = f"{entry.id}.{entry.version}"
        asked = BookVisit(actor, patient, referral.id, wanted, key)
        visit = booking.book(room.desk, asked).visit
    # Whoever is killed here leaves it to the visit's event.
    end(room, entry, End.BOOKED)
    return visit


def decline(room: WaitingRoom, actor: Actor, patient: PatientId, entry_id: EntryId) -> Entry:
    """Say no to what is offered; the place goes to the next at once, and is not offered again.

    Saying no twice is no matter. Raises NotFound.
    """
    entry = _own(room, patient, entry_id)
    if entry.offer is None:
        return entry
    hold = kept_for(room.desk, entry)
    after = entry.declining()
    events = [told("declined", after), *_released(room.desk, hold, actor)]
    if not committed(room, Step(entry, after, events, frees=hold)):
        raise HoldExpired
    return after


def withdraw(room: WaitingRoom, actor: Actor, patient: PatientId, only: EntryId | None) -> None:
    """Wait no more: for one dose, or for any; doing it twice is no matter."""
    for _ in range(TRIES):
        found = [entry for entry in room.queue.of(patient) if only in (None, entry.id)]
        if all(end(room, entry, End.WITHDRAWN, actor) for entry in found):
            return
    raise Overloaded(retry_after=1)


def end(room: WaitingRoom, entry: Entry, why: End, actor: Actor | None = None) -> bool:
    """End an entry and free what is kept for it; False where somebody else changed it first."""
    hold = kept_for(room.desk, entry)
    events = [told("ended", entry, reason=why.value), *_released(room.desk, hold, actor)]
    return committed(room, Step(entry, None, events, frees=hold))


def kept_for(desk: Desk, entry: Entry) -> Hold | None:
    """Return the hold of what is offered, while it lives."""
    hold = desk.records.find_hold(entry.offer.hold) if entry.offer else None
    return hold if hold and hold.is_live(desk.clock.now()) else None


def referral_of(desk: Desk, entry: Entry) -> Referral | None:
    """Return the referral an entry stands on: the one whose next dose it waits for."""
    for referral in desk.records.referrals(entry.patient):
        if (referral.programme, referral.next_dose) == (entry.programme, entry.dose):
            return referral
    return None


def committed(room: WaitingRoom, step: Step) -> bool:
    """Commit a change and tell it; False where keys said no."""
    try:
        at = room.queue.commit(step)
    except (Clash, Gone):
        return False
    room.desk.publisher.publish(step.events, at)
    return True


def told(what: str, entry: Entry, **more: Any) -> Event:
    """Return what is told of an entry: never what is wished, nor where somebody lives."""
    data: Mapping[str, Any] = {
        "entry": entry.id,
        "version": entry.version,
        "patient": entry.patient,
        "programme": entry.programme,
        "dose": entry.dose,
        "lost": entry.lost,
    }
    return Event(
        id=EventId(f"{entry.id}.{entry.version}.{what}"),
        topic="waiting",
        type=f"waiting.{what}",
        data={**data, **more},
    )


def known(room: WaitingRoom, patient: PatientId, entry: EntryId) -> Entry | None:
    """Return an entry of a person."""
    return next(iter(room.queue.entries([(patient, entry)])), None)


def wished_powiaty(room: WaitingRoom, wish: Criteria) -> list[str]:
    """Return the powiaty a wish reaches into, nearest first. Raises InvalidRequest."""
    area = wish.area
    if area.point is None and area.near is None and not area.teryt:
        raise InvalidRequest({"criteria": "names no place"})
    reach = room.atlas.points().reach(wish)
    found = [code for code in reach.nearest if reach.within(code) != {}]
    if not found:
        raise InvalidRequest({"criteria": "has no vaccination point"})
    return sorted(found, key=lambda code: (reach.nearest[code], code))


def _entitled(desk: Desk, actor: Actor, patient: PatientId, wish: Criteria) -> Referral:
    """Return the referral by which the person may have some of what they wish."""
    refusal = NotEligible(Reason.NO_REFERRAL)
    for referral in desk.records.referrals(patient):
        try:
            wishes_of(desk, [referral], wish, actor)
        except NotEligible as no:
            refusal = no
        else:
            return referral
    raise refusal


def _own(room: WaitingRoom, patient: PatientId, entry: EntryId) -> Entry:
    found = known(room, patient, entry)
    if found is None:
        raise NotFound
    return found


def _new(room: WaitingRoom, referral: Referral, wish: Criteria, powiaty: Sequence[str]) -> Entry:
    now, desk = room.desk.clock.now(), room.desk
    programme, dose = referral.programme, referral.next_dose
    active = desk.records.active_visit(referral.patient, programme, dose)
    visit = desk.records.visit(active) if active else None
    return Entry(
        id=entry_id(referral.patient, programme, dose),
        patient=referral.patient,
        programme=programme,
        dose=dose,
        criteria=wish,
        powiaty=tuple(powiaty),
        since=now,
        version=first_version(now),
        lost=visit is not None and visit[0].status is VisitStatus.ORPHANED,
        moves=Held(visit[0].id, visit[0].version) if visit else None,
    )


def _released(desk: Desk, hold: Hold | None, actor: Actor | None) -> list[Event]:
    state = desk.read_model.state(hold.place.slot.session) if hold else None
    if hold is None or state is None:
        return []
    return [hold_event("hold.released", hold, state.session, actor)]

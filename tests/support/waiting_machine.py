"""A model of waiting: whatever people do, and however events come, the promises are kept.

Events are delivered in any order, some twice; the store behind is the fake or the real Spanner.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from erejestracja.domain.events import Event
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.domain.waiting import Entry
from erejestracja.services import booking, waiting
from erejestracja.services.places import Wanted
from erejestracja.services.waiting_list import TURNS, sweep
from tests.support.booking_machine import attempt
from tests.support.builders import COVID, a_session
from tests.support.waiting_case import PEOPLE, Case, actor

SESSIONS = (a_session(nr=16, slots=2, places=1), a_session(nr=32, slots=1, places=2))
SLOTS = [SlotKey(s.key, index) for s in SESSIONS for index in range(s.slots)]

people = st.sampled_from(PEOPLE)


class WaitingMachine(RuleBasedStateMachine):
    """Subclasses say which case; the rules and invariants are the same for all."""

    make_case: Callable[[], Case]

    def __init__(self) -> None:
        super().__init__()
        self.case = type(self).make_case()
        self.delivered: set[str] = set()

    @rule(person=people)
    def ask(self, person: PatientId) -> None:
        attempt(partial(self.case.ask, person))

    @rule(person=people)
    def withdraw(self, person: PatientId) -> None:
        waiting.withdraw(self.case.room, actor(person), person, None)

    @rule(person=people)
    def accept(self, person: PatientId) -> None:
        if self.case.entry(person):
            attempt(partial(self.case.accept, person))

    @rule(person=people)
    def decline(self, person: PatientId) -> None:
        if self.case.entry(person):
            attempt(partial(self.case.decline, person))

    @rule(person=people, slot=st.sampled_from(SLOTS))
    def book_or_move(self, person: PatientId, slot: SlotKey) -> None:
        session = next(s for s in SESSIONS if s.key == slot.session)
        if not self._standing(person):
            attempt(partial(self.case.book, person, slot.index, session))
        for visit in self._standing(person):
            wanted = Wanted(slot=slot)
            attempt(partial(booking.move, self.case.desk, actor(person), person, visit, wanted))

    @rule(person=people)
    def cancel(self, person: PatientId) -> None:
        for visit in self._standing(person):
            self.case.cancel(visit)

    @rule(minutes=st.integers(1, 40))
    def time_passes(self, minutes: int) -> None:
        self.case.pass_time(minutes=minutes)

    @precondition(lambda self: self._pending())
    @rule(data=st.data())
    def an_event_comes(self, data: st.DataObject) -> None:
        self._deliver(data.draw(st.sampled_from(self._pending())))

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def an_event_comes_again(self, data: st.DataObject) -> None:
        again = [e for e in self.case.events if e.id in self.delivered]
        self._deliver(data.draw(st.sampled_from(again)))

    @invariant()
    def no_place_is_offered_to_two_and_every_offer_is_held_for_whom_it_is(self) -> None:
        places = set()
        for entry in self._entries():
            # What has run out is an offer until its event comes; the place may be another's then.
            hold = self.case.desk.records.find_hold(entry.offer.hold) if entry.offer else None
            if entry.offer and hold:
                assert (hold.patient, hold.place) == (entry.patient, entry.offer.place)
                assert hold.place not in places
                places.add(hold.place)

    @invariant()
    def every_hold_is_an_offer_of_somebody(self) -> None:
        asked = {entry.offer.hold for entry in self._entries() if entry.offer}
        assert {hold.id for hold in self.case.desk.records.holds()} <= asked

    @invariant()
    def a_person_waits_once(self) -> None:
        for person in PEOPLE:
            assert len(self.case.queue.of(person)) <= 1

    def teardown(self) -> None:
        """When all has been told and upkeep has been round, nothing free is what somebody wants."""
        self.case.desk.clock.at = self.case.desk.clock.at.replace(hour=10)
        self.case.pass_time(days=1)
        self._deliver_all()
        for _ in range(TURNS):
            self._teach()
            sweep(self.case.room)
            self._deliver_all()
            self.case.desk.clock.at = self.case.desk.clock.at.replace(hour=10)
            self.case.pass_time(minutes=1)
        self._deliver_all()
        assert not [
            (entry, slot)
            for entry in self._entries()
            if entry.offer is None
            for slot in self._free()
            if self._wants(entry, slot)
        ]

    def _deliver(self, event: Event) -> None:
        """Deliver, and hold every offer that follows against the order of the line."""
        self._teach()
        before = {entry.id: entry for entry in self._entries() if entry.offer is None}
        line = [w.entry for w in self.case.queue.line("0663", COVID, 100)]
        self.delivered.add(event.id)
        attempt(partial(self.case.deliver, event))
        for entry in self._entries():
            if entry.offer and entry.id in before:
                self._check_order(entry, before, line)

    def _check_order(self, asked: Entry, before: dict[Any, Entry], line: list[Any]) -> None:
        assert asked.offer
        now = {entry.id: entry for entry in self._entries()}
        for earlier in line[: line.index(asked.id)]:
            entry = now.get(earlier)
            if earlier in before and entry == before[earlier]:
                assert not self._wants(entry, asked.offer.place.slot)

    def _deliver_all(self) -> None:
        while pending := self._pending():
            self._deliver(pending[0])

    def _pending(self) -> list[Event]:
        return [event for event in self.case.events if event.id not in self.delivered]

    def _teach(self) -> None:
        desk = self.case.desk
        desk.read_model.learn([desk.stock.state(session) for session in SESSIONS])

    def _free(self) -> list[SlotKey]:
        states = {s.key: self.case.desk.stock.state(s) for s in SESSIONS}
        return [slot for slot in SLOTS if states[slot.session].free(slot.index)]

    def _wants(self, entry: Entry, slot: SlotKey) -> bool:
        session = next(s for s in SESSIONS if s.key == slot.session)
        point, starts = self.case.points[0], session.start_of(slot.index)
        if not entry.wants(point, session, slot.index):
            return False
        if not entry.moves:
            return self.case.desk.records.active_visit(entry.patient, entry.programme, 1) is None
        visit, _ = self.case.desk.records.visit(entry.moves.visit) or (None, "")
        return (
            visit is not None
            and visit.version == entry.moves.version
            and entry.prefers(point, starts, visit, point)
        )

    def _entries(self) -> list[Entry]:
        return [entry for person in PEOPLE for entry in self.case.queue.of(person)]

    def _standing(self, person: PatientId) -> list[Any]:
        return [v for v in self.case.desk.records.visits(person) if v.status.is_active]

"""A waiting room over any store: people who wait, a point with few places, a clock that is set."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.domain.index import Points
from erejestracja.domain.point import Point
from erejestracja.domain.session import Session
from erejestracja.domain.visit import CancelReason, Visit
from erejestracja.domain.waiting import Entry, Terms
from erejestracja.services import booking, upkeep, waiting
from erejestracja.services.booking import BookVisit
from erejestracja.services.places import Wanted
from erejestracja.services.waiting import Queue, WaitingRoom
from erejestracja.services.waiting_list import TURNS, hear, sweep
from tests.support.builders import (
    DAY,
    a_person,
    a_point,
    a_referral,
    a_session,
    an_actor,
)
from tests.support.desk import WatchedDesk, a_desk
from tests.support.fake_store import FakeStore
from tests.support.fake_waiting import FakeQueue
from tests.support.functions import SUITE

ANNA, JAN, EWA, ADAM = (PatientId(letter * 26) for letter in "abcd")
PEOPLE = (ANNA, JAN, EWA, ADAM)
TOPICS = frozenset(SUITE["functions"]["waiting_list"]["topics"])
HERE = Criteria(area=Area(teryt="0663"))
# Two slots of one place, so that every place is somebody's.
SESSION = a_session(slots=2, places=1)
FIRST, SECOND = SlotKey(SESSION.key, 0), SlotKey(SESSION.key, 1)
LATER = a_session(day=DAY + timedelta(days=1), slots=1, places=1)


@dataclass(frozen=True, slots=True)
class FixedAtlas:
    """The points of a test."""

    all: tuple[Point, ...]

    def points(self) -> Points:
        return Points(self.all)


@dataclass
class Case:
    """Who waits for what, and what became of it."""

    desk: WatchedDesk
    queue: Queue
    sessions: tuple[Session, ...] = (SESSION,)
    points: tuple[Point, ...] = (a_point(),)
    heard: int = 0

    @property
    def room(self) -> WaitingRoom:
        return WaitingRoom(self.desk, self.queue, FixedAtlas(self.points), Terms())

    def ask(self, patient: PatientId, wish: Criteria = HERE) -> Entry:
        return waiting.ask(self.room, actor(patient), patient, wish)

    def entry(self, patient: PatientId) -> Entry | None:
        return next(iter(self.queue.of(patient)), None)

    def an_entry(self, patient: PatientId) -> Entry:
        """Return the entry that somebody surely has."""
        found = self.entry(patient)
        assert found is not None
        return found

    @property
    def store(self) -> Any:
        return self.desk.bookings

    def asked(self, patient: PatientId) -> SlotKey | None:
        """Return the slot that somebody is offered now."""
        entry = self.entry(patient)
        return entry.offer.place.slot if entry and entry.offer else None

    def accept(self, patient: PatientId) -> Visit:
        entry = self.an_entry(patient)
        return waiting.accept(self.room, actor(patient), patient, entry.id)

    def decline(self, patient: PatientId) -> Entry:
        entry = self.an_entry(patient)
        return waiting.decline(self.room, actor(patient), patient, entry.id)

    def book(self, patient: PatientId, index: int = 0, session: Session = SESSION) -> Visit:
        wanted = Wanted(slot=SlotKey(session.key, index))
        referral = a_referral(patient).id
        request = BookVisit(actor(patient), patient, referral, wanted, f"{patient}{index}")
        return booking.book(self.desk, request).visit

    def cancel(self, visit: Visit) -> None:
        booking.cancel(self.desk, actor(visit.patient), visit, CancelReason.PATIENT)

    def pass_time(self, **by: float) -> None:
        """Let time pass, and upkeep end the holds that have run out."""
        self.desk.clock.at += timedelta(**by)
        upkeep.expire_holds(self.desk)

    def sweep(self) -> None:
        """Let upkeep come round the country once."""
        for _ in range(TURNS):
            self.desk.read_model.learn(map(self.desk.stock.state, self.sessions))
            sweep(self.room)
            self.desk.clock.at += timedelta(minutes=1)

    def tell(self) -> None:
        """Deliver what was told to the function, what follows from it too, each once."""
        while self.untold:
            event, self.heard = self.untold[0], self.heard + 1
            self.deliver(event)

    @property
    def events(self) -> list[Event]:
        """Return all that was told on the topics the function hears, in order."""
        return [event for event in self.desk.publisher.told if event.topic in TOPICS]

    @property
    def untold(self) -> list[Event]:
        return self.events[self.heard :]

    def deliver(self, event: Event) -> int:
        return hear(self.room, event.type, event.data)


def a_case(*people: PatientId, sessions: tuple[Session, ...] = (SESSION,), **changes: Any) -> Case:
    """Return a case with these people, or with all of them."""
    store, points = FakeStore(), changes.pop("points", (a_point(),))
    for person in people or PEOPLE:
        store.people[person] = a_person(person)
        referral = a_referral(person)
        store.all_referrals[person, referral.id] = referral
    for session in sessions:
        store.tables.sessions[session.key] = session
    desk = a_desk(store, sessions, points, random=Random(1), **changes)
    return Case(desk, FakeQueue(store), sessions, points)


def a_full_case(*more: Session) -> tuple[Case, Visit, Visit]:
    """Return a case in which Ewa and Adam have the places of the first day."""
    case = a_case(sessions=(SESSION, *more))
    return case, case.book(EWA, 0), case.book(ADAM, 1)


def actor(patient: PatientId) -> Any:
    return an_actor(patient=patient, subject=patient)

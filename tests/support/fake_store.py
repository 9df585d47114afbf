"""Spanner as booking sees it, in memory: keys, tokens and unique indexes that say no.

Passes the same contract as the real adapter (tests/support/bookings_contract.py), so that rules
may be tested thousands of times a second.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from erejestracja.auth.patients import patient_id
from erejestracja.domain.actor import Actor
from erejestracja.domain.change import Change
from erejestracja.domain.claim import Claim
from erejestracja.domain.events import Event
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import (
    HoldId,
    PatientId,
    PlaceKey,
    ProgrammeId,
    ReferralId,
    SlotKey,
    VisitId,
)
from erejestracja.domain.notice import Notice
from erejestracja.domain.override import OPEN, Override, OverrideId, Step
from erejestracja.domain.person import Access, Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session, SessionState
from erejestracja.domain.standby import Standby
from erejestracja.domain.visit import Visit
from erejestracja.domain.waiting import Entry, EntryId
from erejestracja.ports import Clash, Gone
from tests.support.builders import a_person, a_referral, a_session


@dataclass
class Tables:
    """The rows, by key."""

    sessions: dict[Any, Session] = field(default_factory=dict)
    places: dict[PlaceKey, Claim] = field(default_factory=dict)
    holds: dict[tuple[HoldId, int], Hold] = field(default_factory=dict)
    visits: dict[VisitId, tuple[Visit, str]] = field(default_factory=dict)
    changes: dict[tuple[VisitId, int], Change] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    outbox: dict[str, Event] = field(default_factory=dict)
    waiting: dict[tuple[PatientId, EntryId, int], Entry] = field(default_factory=dict)
    standby: dict[tuple[PatientId, ProgrammeId], Standby] = field(default_factory=dict)
    overrides: dict[OverrideId, Override] = field(default_factory=dict)
    override_steps: dict[tuple[OverrideId, int], Step] = field(default_factory=dict)


class FakeStore:
    """Ports Bookings, Records and Stock over one set of tables."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.people: dict[PatientId, Person] = {}
        self.all_referrals: dict[tuple[PatientId, ReferralId], Referral] = {}
        self.a_moment_ago: Sequence[Referral] | None = None
        self.identifiers: dict[str, PatientId] = {}
        self.seen_by: list[tuple[PatientId, Access]] = []
        self._lock = threading.RLock()
        self._now = datetime(2026, 11, 23, 8, tzinfo=UTC)

    def commit(self, fill: Any) -> datetime:
        with self._lock:
            kind = type(self.tables)
            new = kind(**{name: dict(rows) for name, rows in vars(self.tables).items()})
            self._now += timedelta(microseconds=1)
            fill(new)
            self.tables = new
            return self._now

    def hold(
        self, hold: Hold, events: Sequence[Event], *, instead_of: Hold | None = None
    ) -> datetime:
        def fill(t: Tables) -> None:
            if instead_of:
                end_hold(t, instead_of)
                t.places.pop(hold.place, None)
            take(t, hold.place, held(hold))
            insert(t.holds, (hold.id, hold.extension), hold, "Holds")
            tell(t, events)

        return self.commit(fill)

    def extend(self, hold: Hold, extended: Hold) -> datetime:
        def fill(t: Tables) -> None:
            end_hold(t, hold)
            insert(t.holds, (extended.id, extended.extension), extended, "Holds")
            retake(t, hold.place, held(extended))

        return self.commit(fill)

    def release(self, holds: Sequence[Hold], events: Sequence[Event]) -> datetime:
        def fill(t: Tables) -> None:
            for hold in holds:
                end_hold(t, hold)
                t.places.pop(hold.place, None)
            tell(t, events)

        return self.commit(fill)

    def book(self, visit: Visit, change: Change, digest: str, *, hold: Hold | None) -> datetime:
        return self.commit(lambda t: self.make(t, visit, change, digest, hold=hold))

    def move(
        self, visit: Visit, old: PlaceKey | None, change: Change, *, hold: Hold | None
    ) -> datetime:
        def fill(t: Tables) -> None:
            self._seat(t, visit, hold)
            if old:
                t.places.pop(old, None)
            self.update(t, visit)
            self._record(t, visit, change)

        return self.commit(fill)

    def end(self, visit: Visit, change: Change, *, frees: bool) -> datetime:
        def fill(t: Tables) -> None:
            if frees:
                t.places.pop(visit.place, None)
            self.update(t, visit)
            self._record(t, visit, change)

        return self.commit(fill)

    def seen(
        self, patient: PatientId, audit_id: str, actor: Actor, action: str, request: str
    ) -> None:
        assert audit_id
        assert request
        access = Access(self._now, actor.subject, str(min(actor.roles)), action, actor.patient)
        self.seen_by.append((patient, access))

    def noted(self, step: Step) -> None:
        """Note who took a step of an override, as each commit of one does."""
        if step.actor:
            noted = (step.actor, step.action, step.request_id)
            self.seen(step.override.patient, "audit", *noted)

    def person(self, patient: PatientId, *, at: datetime | None = None) -> Person | None:  # noqa: ARG002 - knows only now
        return self.people.get(patient)

    def registered_as(self, digest: str) -> PatientId | None:
        return self.identifiers.get(digest)

    def known_as(self, digests: Sequence[str]) -> Sequence[PatientId]:
        meant = {self.identifiers.get(one, PatientId(one)) for one in digests}
        return sorted(one for one in meant if one in self.people)

    def referrals(self, patient: PatientId, *, recent: bool = False) -> list[Referral]:
        if recent and self.a_moment_ago is not None:
            return [r for r in self.a_moment_ago if r.patient == patient]
        return [r for (owner, _), r in sorted(self.all_referrals.items()) if owner == patient]

    def visit(self, visit: VisitId, *, at: datetime | None = None) -> tuple[Visit, str] | None:  # noqa: ARG002
        return self.tables.visits.get(visit)

    def visits(self, patient: PatientId) -> list[Visit]:
        mine = [v for v, _ in self.tables.visits.values() if v.patient == patient]
        return sorted(mine, key=lambda v: v.starts_at)

    def active_visit(self, patient: PatientId, programme: str, dose: int) -> VisitId | None:
        return _active(self.tables).get((patient, programme, dose))

    def find_hold(self, hold: HoldId) -> Hold | None:
        return next((h for (i, _), h in self.tables.holds.items() if i == hold), None)

    def holds(self) -> list[Hold]:
        return list(self.tables.holds.values())

    def claims(self, slot: SlotKey) -> list[Claim]:
        return [c for key, c in self.tables.places.items() if key.slot == slot]

    def accesses(self, patient: PatientId, limit: int) -> Sequence[Access]:
        return [a for p, a in reversed(self.seen_by) if p == patient][:limit]

    def sessions(self, keys: Sequence[Any]) -> Sequence[Session]:
        return [self.tables.sessions[key] for key in keys if key in self.tables.sessions]

    def state(self, session: Session, *, at: datetime | None = None) -> SessionState:
        assert at is None, "the fake knows only now"
        with self._lock:
            taken = 0
            for key in self.tables.places:
                if key.slot.session == session.key:
                    taken |= session.bit(key.slot.index, key.place)
            return SessionState(session, taken, int(self._now.timestamp() * 1e6))

    def states(
        self, sessions: Sequence[Session], *, at: datetime | None = None
    ) -> list[SessionState]:
        return [self.state(session, at=at) for session in sessions]

    def _seat(self, t: Tables, visit: Visit, hold: Hold | None) -> None:
        claim = Claim(visit.place.place, "visit", visit.id, None)
        if hold:
            end_hold(t, hold)
            retake(t, visit.place, claim)
        else:
            take(t, visit.place, claim)

    def make(
        self, t: Tables, visit: Visit, change: Change, digest: str, *, hold: Hold | None = None
    ) -> None:
        self._seat(t, visit, hold)
        t.standby.pop((visit.patient, visit.programme), None)
        stamped = replace(visit, created_at=self._now, updated_at=self._now)
        insert(t.visits, visit.id, (stamped, digest), "Visits")
        self._record(t, visit, change)

    def relocate(self, t: Tables, visit: Visit, change: Change) -> None:
        self._seat(t, visit, None)
        self.update(t, visit)
        self._record(t, visit, change)

    def update(self, t: Tables, visit: Visit) -> None:
        if visit.id not in t.visits:
            raise Gone("Table Visits: row not found")
        before, digest = t.visits[visit.id]
        after = replace(visit, created_at=before.created_at, updated_at=self._now)
        t.visits[visit.id] = (after, digest)

    def _record(self, t: Tables, visit: Visit, change: Change) -> None:
        by = change.allowed_by
        if by:
            stands = self.all_referrals.get((by.patient, by.id))
            if stands is None or stands.version != by.version:
                raise Gone("Table Referrals: row not found")
        record_change(t, visit, change)
        if change.uses:
            self.noted(change.uses)


def a_store(*patients: PatientId) -> FakeStore:
    """Return a store with one session, and these people with a referral each."""
    store = FakeStore()
    store.tables.sessions[a_session().key] = a_session()
    for patient in patients:
        referral = a_referral(patient)
        store.all_referrals[patient, referral.id] = referral
        store.people[patient] = a_person(patient)
    return store


def insert(rows: dict[Any, Any], key: Any, row: Any, table: str) -> None:
    if key in rows:
        raise Clash(f"Table {table}: Row already exists")
    rows[key] = row


def take(t: Tables, place: PlaceKey, claim: Claim) -> None:
    if place.slot.session not in t.sessions:
        raise Gone("Parent Table: Sessions")
    insert(t.places, place, claim, "Places")


def retake(t: Tables, place: PlaceKey, claim: Claim) -> None:
    if place not in t.places:
        raise Gone("Table Places: row not found")
    t.places[place] = claim


def end_hold(t: Tables, hold: Hold) -> None:
    if (hold.id, hold.extension) not in t.holds:
        raise Gone("Table Holds: row not found")
    del t.holds[hold.id, hold.extension]


def held(hold: Hold) -> Claim:
    return Claim(hold.place.place, "hold", hold.id, hold.expires_at)


def _active(t: Tables) -> dict[tuple[PatientId, str, int], VisitId]:
    active: dict[tuple[PatientId, str, int], VisitId] = {}
    for visit, _ in t.visits.values():
        if visit.status.is_active:
            key = (visit.patient, visit.programme, visit.dose)
            insert(active, key, visit.id, "index OneActiveVisit")
    return active


def record_change(t: Tables, visit: Visit, change: Change) -> None:
    _active(t)
    insert(t.changes, (visit.id, visit.version), change, "VisitChanges")
    if change.uses:
        put_step(t, change.uses)
    if change.notice:
        insert(t.notices, change.notice.id, change.notice, "Messages")
    tell(t, change.events)


def put_step(t: Tables, step: Step) -> None:
    override = step.override
    before = t.overrides.get(override.id)
    if before is None and override.version > 1:
        raise Gone("Table Overrides: row not found")
    others = [one for one in t.overrides.values() if one.id != override.id and one.status in OPEN]
    if override.status in OPEN and override.patient in [one.patient for one in others]:
        raise Clash("index OneOpenOverride")
    assert override.decided_by != override.asked_by, "CHECK OverrideOfTwoPeople"
    insert(t.override_steps, (override.id, override.version), step, "OverrideSteps")
    t.overrides[override.id] = override
    tell(t, step.events)


def tell(t: Tables, events: Sequence[Event]) -> None:
    for event in events:
        insert(t.outbox, event.id, event, "Outbox")


def registered(store: FakeStore, number: str, **facts: Any) -> PatientId:
    """Register somebody with a referral by their number, whose key is the tests' own."""
    patient = patient_id(number)
    referral = a_referral(patient)
    store.all_referrals[patient, referral.id] = referral
    store.people[patient] = replace(a_person(patient), **facts)
    return patient

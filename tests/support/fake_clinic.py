"""A point's day in memory: the tables of booking, and records, lots and their entries besides."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from erejestracja.domain.actor import Actor
from erejestracja.domain.change import PastChange
from erejestracja.domain.claim import Claim
from erejestracja.domain.deed import Arrival, Correction, Deed, Exchange, Undoing
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PatientId, PointId, SessionKey, VaccinationId, VisitId
from erejestracja.domain.person import Access, Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.supply import SupplyChange
from erejestracja.domain.vaccination import Vaccination
from erejestracja.domain.vials import Entry, Lot
from erejestracja.domain.visit import Visit
from erejestracja.ports import Gone
from tests.support.fake_store import FakeStore, Tables, insert, record_change, retake, tell
from tests.support.fake_supplies import FakeSupplies


@dataclass
class ClinicTables(Tables):
    """The rows, by key."""

    vaccinations: dict[tuple[VaccinationId, int], Vaccination] = field(default_factory=dict)
    lots: dict[tuple[PointId, str], Lot] = field(default_factory=dict)
    entries: dict[tuple[PointId, str, int], Entry] = field(default_factory=dict)
    changed_at: dict[tuple[VisitId, int], datetime] = field(default_factory=dict)


class FakeClinicStore(FakeStore):
    """Ports Deeds, Vials and DayBook, and those of booking, over one set of tables."""

    tables: ClinicTables

    def __init__(self) -> None:
        super().__init__()
        self.tables = ClinicTables()
        self.supplies = FakeSupplies()

    def since(self, at: datetime) -> None:
        """Commit after this instant."""
        self._now = at

    def now(self) -> datetime:
        """Return when the last commit was."""
        return self._now

    def commit(self, fill: Any) -> datetime:
        """Commit, and note when each change was."""

        def stamped(t: ClinicTables) -> None:
            before = set(t.changes)
            fill(t)
            t.changed_at.update(dict.fromkeys(t.changes.keys() - before, self._now))

        return super().commit(stamped)

    def do(self, deed: Deed) -> datetime:
        def fill(t: ClinicTables) -> None:
            self._end(t, deed)
            if deed.also:
                self._end(t, deed.also)
            if deed.vaccination:
                _record(t, deed.vaccination, self._now)
                t.standby.pop((deed.visit.patient, deed.visit.programme), None)
            for entry in deed.entries:
                _enter(t, entry)
            self._replace(deed.referrals)

        return self.commit(fill)

    def arrive(self, arrival: Arrival) -> datetime:
        def fill(t: ClinicTables) -> None:
            if arrival.instead_of:
                self._end(t, arrival.instead_of)
            insert(t.sessions, arrival.session.key, arrival.session, "Sessions")
            self.make(t, arrival.visit, arrival.change, arrival.digest)

        return self.commit(fill)

    def exchange(self, exchange: Exchange) -> datetime:
        def fill(t: ClinicTables) -> None:
            self._end(t, exchange.replaced)
            insert(t.sessions, exchange.session.key, exchange.session, "Sessions")
            for _, left, _ in exchange.moves:
                t.places.pop(left, None)
            for visit, _, change in exchange.moves:
                self.relocate(t, visit, change)
            if exchange.heir:
                self.make(t, *exchange.heir)

        return self.commit(fill)

    def undo(self, undoing: Undoing) -> datetime:
        def fill(t: ClinicTables) -> None:
            for one in filter(None, (undoing.unreplaced, undoing.heir)):
                self._end(t, one)
            (first, made, _), *rest = undoing.moves
            retake(t, made, Claim(made.place, "withdrawn", first.id, None))
            for _, left, _ in rest:
                t.places.pop(left, None)
            for visit, _, change in undoing.moves:
                self.relocate(t, visit, change)

        return self.commit(fill)

    def past(self, visit: VisitId, *versions: int) -> list[PastChange]:
        changes, since = self.tables.changes, self.tables.changed_at
        return [
            PastChange(*key, known.what, known.actor.subject, since[key], known.detail or {})
            for key in ((visit, version) for version in sorted(versions))
            if (known := changes.get(key))
        ]

    def _end(self, t: ClinicTables, deed: Deed) -> None:
        if deed.frees:
            t.places.pop(deed.visit.place, None)
        self.update(t, deed.visit)
        record_change(t, deed.visit, deed.change)

    def correct(self, correction: Correction) -> datetime:
        def fill(t: ClinicTables) -> None:
            _record(t, correction.vaccination, self._now)
            for entry in correction.entries:
                _enter(t, entry)
            tell(t, correction.events)
            self._replace(correction.referrals)

        return self.commit(fill)

    def vaccinations(self, vaccination: VaccinationId) -> list[Vaccination]:
        rows = self.tables.vaccinations
        return [rows[key] for key in sorted(rows, reverse=True) if key[0] == vaccination]

    def lot(self, point: PointId, code: str) -> Lot | None:
        return self.tables.lots.get((point, code))

    def lots(self, point: PointId) -> list[Lot]:
        return [lot for (where, _), lot in self.tables.lots.items() if where == point]

    def enter(
        self, entries: Sequence[Entry], events: Sequence[Event], change: SupplyChange | None = None
    ) -> datetime:
        def fill(t: ClinicTables) -> None:
            for entry in entries:
                _enter(t, entry)
            if change:
                self.supplies.take(change)
            tell(t, events)

        return self.commit(fill)

    def visits_on(self, point: PointId, *days: date) -> list[Visit]:
        keys = [place for place, claim in self.tables.places.items() if claim.kind == "visit"]
        there = {k for k in keys if k.slot.session.point == point and k.slot.session.day in days}
        found = [v for v, _ in self.tables.visits.values() if v.place in there]
        return sorted(found, key=lambda v: (v.starts_at, v.id))

    def _replace(self, referrals: Sequence[Referral]) -> None:
        for one in referrals:
            stands = self.all_referrals.get((one.patient, one.id))
            if stands is None or stands.version != one.version - 1:
                raise Gone("Table Referrals: row not found")
        self.all_referrals.update({(one.patient, one.id): one for one in referrals})


@dataclass
class FakeDayBook:
    """Port DayBook over the same tables."""

    store: FakeClinicStore

    def visits(self, point: PointId, day: date) -> list[Visit]:
        return self.store.visits_on(point, day)

    def named(self, visits: Sequence[VisitId]) -> Mapping[VisitId, Visit]:
        known = self.store.tables.visits
        return {one: known[one][0] for one in visits if one in known}

    def visits_within(self, point: PointId, first: date, last: date, limit: int) -> list[Visit]:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        return self.store.visits_on(point, *days)[:limit]

    def referrals(self, patients: Sequence[PatientId]) -> Mapping[PatientId, Sequence[Referral]]:
        return {patient: self.store.referrals(patient) for patient in patients}

    def rooms(self, sessions: Collection[SessionKey]) -> Mapping[SessionKey, str]:
        known = self.store.tables.sessions
        return {one: room for one in sessions if one in known and (room := known[one].room)}

    def people(self, patients: Sequence[PatientId]) -> Mapping[PatientId, Person]:
        return {one: self.store.people[one] for one in patients if one in self.store.people}

    def seen(
        self, patients: Sequence[PatientId], actor: Actor, action: str, request_id: str
    ) -> None:
        assert request_id
        role = str(min(actor.roles))
        access = Access(self.store.now(), actor.subject, role, action)
        self.store.seen_by.extend((patient, access) for patient in patients)


def _record(t: ClinicTables, vaccination: Vaccination, now: datetime) -> None:
    key = (vaccination.id, vaccination.version)
    insert(t.vaccinations, key, replace(vaccination, recorded_at=now), "Vaccinations")


def _enter(t: ClinicTables, entry: Entry) -> None:
    lot = entry.lot
    assert lot.balance >= 0
    written = [e for (p, c, _), e in t.entries.items() if (p, c) == (lot.point, lot.code)]
    once = {(e.reference, e.movement): e for e in written}
    insert(once, (entry.reference, entry.movement), entry, "LotEntriesOnce")
    insert(t.entries, (lot.point, lot.code, lot.number), entry, "LotEntries")
    t.lots[lot.point, lot.code] = lot

"""Who waits, in memory, over the tables of booking: versions and keys say no."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from erejestracja.domain.ids import PatientId, ProgrammeId
from erejestracja.domain.waiting import Entry, EntryId, Step, Waiter
from erejestracja.ports import Clash, Gone
from tests.support.fake_store import Tables, end_hold, insert, take, tell
from tests.support.fake_store import held as held_place


class FakeQueue:
    """Port Queue over the tables of a store of booking."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def of(self, patient: PatientId) -> list[Entry]:
        return [entry for entry in self._all() if entry.patient == patient]

    def entries(self, keys: Sequence[tuple[PatientId, EntryId]]) -> list[Entry]:
        return [entry for entry in self._all() if (entry.patient, entry.id) in keys]

    def line(self, powiat: str, programme: ProgrammeId, limit: int) -> list[Waiter]:
        found = [
            _waiter(entry)
            for entry in self._all()
            if powiat in entry.powiaty and entry.programme == programme
        ]
        return sorted(found, key=Waiter.order)[:limit]

    def commit(self, step: Step) -> datetime:
        at: datetime = self._store.commit(lambda tables: _fill(tables, step))
        return at

    def _all(self) -> list[Entry]:
        return list(self._store.tables.waiting.values())


def _fill(t: Tables, step: Step) -> None:
    if step.before:
        known = step.before.patient, step.before.id, step.before.version
        if t.waiting.pop(known, None) is None:
            raise Gone("Table Waiting: row not found")
    if step.after:
        new = step.after
        if any((patient, entry) == (new.patient, new.id) for patient, entry, _ in t.waiting):
            raise Clash("index OneWaiting")
        t.waiting[new.patient, new.id, new.version] = new
    if step.frees:
        end_hold(t, step.frees)
        t.places.pop(step.frees.place, None)
    if step.takes:
        take(t, step.takes.place, held_place(step.takes))
        insert(t.holds, (step.takes.id, step.takes.extension), step.takes, "Holds")
    if step.notice:
        insert(t.notices, step.notice.id, step.notice, "Messages")
    tell(t, step.events)


def _waiter(entry: Entry) -> Waiter:
    return Waiter(
        patient=entry.patient,
        entry=entry.id,
        lost=entry.lost,
        since=entry.since,
        vaccine=entry.criteria.vaccine,
        dose=entry.dose,
        offered_until=entry.offer.until if entry.offer else None,
    )

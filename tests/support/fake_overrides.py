"""Port Overrides in memory, over the tables of the store that books by them."""

from collections.abc import Sequence
from datetime import datetime

from erejestracja.domain.ids import PatientId
from erejestracja.domain.override import OPEN, Override, OverrideId, Status, Step
from tests.support.fake_store import FakeStore, put_step


class FakeOverrides:
    def __init__(self, store: FakeStore) -> None:
        self.store_ = store

    @property
    def rows(self) -> dict[OverrideId, Override]:
        return self.store_.tables.overrides

    def store(self, step: Step) -> datetime:
        at = self.store_.commit(lambda tables: put_step(tables, step))
        self.store_.noted(step)
        return at

    def get(self, override: OverrideId) -> Override | None:
        return self.rows.get(override)

    def latest_of(self, patient: PatientId) -> Override | None:
        mine = [one for one in reversed(self.rows.values()) if one.patient == patient]
        return max(mine, key=lambda one: one.asked_at, default=None)

    def open_ones(self, status: Status, limit: int) -> Sequence[Override]:
        found = [one for one in self.rows.values() if one.status is status and status in OPEN]
        return sorted(found, key=lambda one: one.ends_at)[:limit]

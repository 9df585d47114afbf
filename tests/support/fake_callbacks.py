"""Port Callbacks in memory, with the keys that Spanner has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from erejestracja.domain.call import Call, CallbackId, Step
from erejestracja.domain.callback import Attempt, Callback, Move, Result, Status, Unheard
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PatientId
from erejestracja.ports import Clash
from tests.support.builders import NOW
from tests.support.fake_calls import FakeCalls


@dataclass
class FakeCallbacks:
    calls: FakeCalls = field(default_factory=FakeCalls)
    rows: dict[CallbackId, Callback] = field(default_factory=dict)
    steps: dict[tuple[CallbackId, int], Move] = field(default_factory=dict)
    outbox: list[Event] = field(default_factory=list)
    tried: list[tuple[str, Attempt]] = field(default_factory=list)

    def ask(self, callback: Callback, events: Sequence[Event]) -> datetime:
        if callback.id in self.rows:
            raise Clash("Callbacks")
        if callback.patient and callback.status is not Status.ENDED:
            self._check_owed_none(callback.patient)
        return self._write(callback, Move.ASKED, events)

    def get(self, callback: CallbackId) -> Callback | None:
        return self.rows.get(callback)

    def owed_to(self, patient: PatientId) -> Callback | None:
        open_ones = (c for c in self.rows.values() if c.status is not Status.ENDED)
        return next((c for c in open_ones if c.patient == patient), None)

    def next(self, now: datetime, limit: int) -> list[Callback]:
        free = [one for one in self.rows.values() if one.is_free(now)]
        return sorted(free, key=lambda one: one.turn)[:limit]

    def ripe(self, now: datetime, limit: int) -> list[Callback]:
        free = [one for one in self.rows.values() if one.is_free(now)]
        return [one for one in free if one.status is not Status.WAITING][:limit]

    def take(self, callback: Callback, call: Call, events: Sequence[Event]) -> datetime:
        self._check_new(callback)
        self.calls.open(call)
        return self._write(callback, Move.TAKEN, events)

    def move(self, callback: Callback, move: Move) -> None:
        self._check_new(callback)
        self._write(callback, move)

    def settle(
        self, callback: Callback, result: Result, call: Call, events: Sequence[Event]
    ) -> datetime:
        self._check_new(callback)
        self.calls.step(call, Step.ENDED)
        self.tried.insert(0, (call.agent, Attempt(NOW, callback.cause, result)))
        return self._write(callback, Move.TRIED, events)

    def attempts(self, agent: str, limit: int) -> Sequence[Attempt]:
        return [attempt for by, attempt in self.tried if by == agent][:limit]

    def _check_new(self, callback: Callback) -> None:
        if (callback.id, callback.version) in self.steps:
            raise Clash("CallbackSteps")

    def _check_owed_none(self, patient: PatientId) -> None:
        if self.owed_to(patient) is not None:
            raise Clash("OwedCalls")

    def _write(self, callback: Callback, move: Move, events: Sequence[Event] = ()) -> datetime:
        self.rows[callback.id] = callback
        self.steps[callback.id, callback.version] = move
        self.outbox += events
        return NOW


@dataclass
class FakeHits:
    """Port UnheardHits in memory."""

    hits: list[Unheard] = field(default_factory=list)

    def unheard(self, limit: int) -> Sequence[Unheard]:
        return self.hits[:limit]

    def looked_at(self, hits: Sequence[Unheard]) -> None:
        self.hits = [hit for hit in self.hits if hit not in hits]

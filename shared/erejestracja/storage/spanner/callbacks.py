"""Calls back: in turn, with an agent for some minutes, or over; and each move of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from erejestracja.domain.call import Call, CallbackId, CallId, Step
from erejestracja.domain.callback import Attempt, Callback, Cause, Move, Result, Status
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PatientId, VisitId
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.calls import open_call, step_call
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix

CALLBACK = (
    "CallbackId",
    "Cause",
    "AskedAt",
    "Turn",
    "PatientId",
    "Number",
    "VisitId",
    "Status",
    "Attempts",
    "DueAt",
    "Agent",
    "CallId",
    "LeasedUntil",
    "Result",
    "Version",
)


class SpannerCallbacks:
    """Port Callbacks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, callback: Callback, events: Sequence[Event]) -> datetime:
        """Store a new one."""

        def fill(batch: Batch) -> None:
            batch.insert("Callbacks", **_values(callback))
            batch.insert("CallbackSteps", **_step(callback, Move.ASKED))
            outbox.add(batch, *events)

        return self._database.commit(fill)

    def get(self, callback: CallbackId) -> Callback | None:
        """Return a call back."""
        rows = self._database.read("Callbacks", CALLBACK, key(callback))
        return _callback(rows[0]) if rows else None

    def owed_to(self, patient: PatientId) -> Callback | None:
        """Return the one that a person is owed."""
        rows = self._database.read("Callbacks", ("CallbackId",), key(patient), index="OwedCalls")
        return self.get(CallbackId(rows[0][0])) if rows else None

    def next(self, now: datetime, limit: int) -> Sequence[Callback]:
        """Return those that are free to be taken, by turn."""
        waiting = self._first(Status.WAITING, limit)
        found = [*self._read(waiting), *self.ripe(now, limit)]
        free = [one for one in found if one.is_free(now)]
        return sorted(free, key=lambda one: one.turn)[:limit]

    def ripe(self, now: datetime, limit: int) -> Sequence[Callback]:
        """Return those whose later hour has come, and those whose agent is gone."""
        some = [*self._first(Status.LATER, limit, now), *self._first(Status.TAKEN, limit, now)]
        # The index may know less than the row.
        return [one for one in self._read(some) if one.is_free(now)]

    def take(self, callback: Callback, call: Call, events: Sequence[Event]) -> datetime:
        """Store it as an agent's with its new call."""

        def fill(batch: Batch) -> None:
            _next(batch, callback, Move.TAKEN, call.agent)
            open_call(batch, call)
            outbox.add(batch, *events)

        return self._database.commit(fill)

    def move(self, callback: Callback, move: Move) -> None:
        """Store its next version."""
        self._database.commit(lambda batch: _next(batch, callback, move, callback.agent))

    def settle(
        self, callback: Callback, result: Result, call: Call, events: Sequence[Event]
    ) -> datetime:
        """Store how an attempt ended with the end of its call."""

        def fill(batch: Batch) -> None:
            _next(batch, callback, Move.TRIED, call.agent, result)
            step_call(batch, call, Step.ENDED)
            outbox.add(batch, *events)

        return self._database.commit(fill)

    def attempts(self, agent: str, limit: int) -> Sequence[Attempt]:
        """Return how an agent's calls back went, the newest first."""
        columns = ("CallbackId", "MovedAt", "Result")
        rows = self._database.read(
            "CallbackSteps", columns, prefix(agent), index="CallbackAttempts", limit=limit
        )
        causes = dict(
            self._database.read(
                "Callbacks", ("CallbackId", "Cause"), Keys(exact=[(row[0],) for row in rows])
            )
            if rows
            else []
        )
        return [Attempt(at, Cause(causes[one]), Result(result)) for one, at, result in rows]

    def _first(self, status: Status, limit: int, until: datetime | None = None) -> list[tuple[str]]:
        """Return the ids of the first in a status: by turn, by hour, by when the lease lapses."""
        rows = self._database.read(
            "Callbacks",
            ("CallbackId", "OrderedAt"),
            prefix(status.value),
            index="OpenCallbacks",
            limit=limit,
        )
        return [(one,) for one, at in rows if until is None or at <= until]

    def _read(self, ids: Sequence[tuple[str]]) -> list[Callback]:
        if not ids:
            return []
        return [
            _callback(row) for row in self._database.read("Callbacks", CALLBACK, Keys(exact=ids))
        ]


def _next(
    batch: Batch, callback: Callback, move: Move, agent: str | None, result: Result | None = None
) -> None:
    batch.insert("CallbackSteps", **_step(callback, move, agent, result))
    batch.update("Callbacks", **_values(callback))


def _values(one: Callback) -> dict[str, Any]:
    values = (
        one.id,
        one.cause.value,
        one.asked_at,
        one.turn,
        one.patient,
        one.number,
        one.visit,
        one.status.value,
        one.attempts,
        one.due_at,
        one.agent,
        one.call,
        one.leased_until,
        one.result.value if one.result else None,
        one.version,
    )
    return dict(zip(CALLBACK, values, strict=True))


def _step(
    one: Callback, move: Move, agent: str | None = None, result: Result | None = None
) -> dict[str, Any]:
    return {
        "CallbackId": one.id,
        "Version": one.version,
        "Move": move.value,
        "Agent": agent,
        "Result": result.value if result else None,
        "MovedAt": commit_time(),
    }


def _callback(row: Sequence[Any]) -> Callback:
    named = dict(zip(CALLBACK, row, strict=True))
    patient, visit, call, result = (
        named[name] for name in ("PatientId", "VisitId", "CallId", "Result")
    )
    return Callback(
        id=CallbackId(named["CallbackId"]),
        cause=Cause(named["Cause"]),
        asked_at=named["AskedAt"],
        turn=named["Turn"],
        patient=PatientId(patient) if patient else None,
        number=named["Number"],
        visit=VisitId(visit) if visit else None,
        status=Status(named["Status"]),
        attempts=named["Attempts"],
        due_at=named["DueAt"],
        agent=named["Agent"],
        call=CallId(call) if call else None,
        leased_until=named["LeasedUntil"],
        result=Result(result) if result else None,
        version=named["Version"],
    )

"""Calls to the hotline, and each step of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from erejestracja.domain.call import Call, CallbackId, Caller, CallId, Outcome, Step
from erejestracja.domain.ids import PatientId
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix
from erejestracja.storage.spanner.rows import json_text

CALL = (
    "CallId",
    "Agent",
    "OpenedAt",
    "PatientId",
    "Confirmed",
    "Hold",
    "SecondPatientId",
    "SecondConfirmed",
    "SecondHold",
    "Wishes",
    "CallbackId",
    "EndedAt",
    "Outcome",
    "Version",
)


class SpannerCalls:
    """Port Calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, call: Call) -> None:
        """Store a new call."""
        self._database.commit(lambda batch: open_call(batch, call))

    def step(self, call: Call, step: Step, about: PatientId | None = None) -> None:
        """Store a call's next version."""
        self._database.commit(lambda batch: step_call(batch, call, step, about))

    def get(self, call: CallId) -> Call | None:
        """Return a call."""
        rows = self._database.read("Calls", CALL, key(call))
        return _call(rows[0]) if rows else None

    def open_of(self, agent: str) -> Call | None:
        """Return the agent's open call."""
        rows = self._database.read("Calls", ("CallId",), key(agent), index="OpenCalls")
        return self.get(CallId(rows[0][0])) if rows else None

    def unfinished(self, agent: str) -> Sequence[Call]:
        """Return the agent's calls that are to be gone on with, the longest waiting first."""
        rows = self._database.read("Calls", ("CallId",), prefix(agent), index="UnfinishedCalls")
        if not rows:
            return []
        found = self._database.read("Calls", CALL, Keys(exact=[(row[0],) for row in rows]))
        return sorted(map(_call, found), key=lambda call: call.opened_at)


def open_call(batch: Batch, call: Call) -> None:
    """Put a new call into a commit, which clashes where the agent has an open one."""
    batch.insert("Calls", **_values(call))
    batch.insert("CallSteps", **_step(call, Step.OPENED, call.patient))


def step_call(batch: Batch, call: Call, step: Step, about: PatientId | None = None) -> None:
    """Put a call's next version into a commit, which clashes with any other."""
    batch.insert("CallSteps", **_step(call, step, about))
    batch.update("Calls", **_values(call))


def _values(call: Call) -> dict[str, Any]:
    first, second = call.people[0], call.people[1] if len(call.people) > 1 else None
    return {
        "CallId": call.id,
        "Agent": call.agent,
        "OpenedAt": call.opened_at,
        "PatientId": first.patient,
        "Confirmed": first.confirmed,
        "Hold": first.hold,
        # That there is a second person is told by this being anything at all.
        "SecondConfirmed": second.confirmed if second else None,
        "SecondPatientId": second.patient if second else None,
        "SecondHold": second.hold if second else None,
        "Wishes": json_text(call.wishes),
        "CallbackId": call.callback,
        "EndedAt": call.ended_at,
        "Outcome": call.outcome.value if call.outcome else None,
        "Version": call.version,
    }


def _step(call: Call, step: Step, about: PatientId | None = None) -> dict[str, Any]:
    return {
        "CallId": call.id,
        "Version": call.version,
        "Step": step.value,
        "PatientId": about,
        "TakenAt": commit_time(),
    }


def _call(row: Sequence[Any]) -> Call:
    named = dict(zip(CALL, row, strict=True))
    outcome, callback = named["Outcome"], named["CallbackId"]
    people = [_caller(named, "")]
    if named["SecondConfirmed"] is not None:
        people.append(_caller(named, "Second"))
    return Call(
        id=CallId(named["CallId"]),
        agent=named["Agent"],
        opened_at=named["OpenedAt"],
        people=tuple(people),
        wishes=dict(named["Wishes"] or {}),
        callback=CallbackId(callback) if callback else None,
        ended_at=named["EndedAt"],
        outcome=Outcome(outcome) if outcome else None,
        version=named["Version"],
    )


def _caller(named: Mapping[str, Any], which: str) -> Caller:
    patient = named[f"{which}PatientId"]
    return Caller(
        PatientId(patient) if patient else None,
        named[f"{which}Confirmed"],
        named[f"{which}Hold"],
    )

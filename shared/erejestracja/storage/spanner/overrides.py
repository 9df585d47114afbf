"""Overrides: asked for, decided and used, each step as a row whose number is a key."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from erejestracja.domain.call import CallId
from erejestracja.domain.errors import Reason
from erejestracja.domain.ids import PatientId, ProgrammeId, ReferralId, VisitId
from erejestracja.domain.override import Ground, Override, OverrideId, Status, Step
from erejestracja.domain.referral import ReferralKind
from erejestracja.storage.spanner import audit, outbox
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, prefix

OVERRIDE = (
    *("OverrideId", "PatientId", "ReferralId", "Programme", "Rules", "Rule", "Ground"),
    *("Kind", "Dose", "Age", "OtherwiseFrom", "AskedBy", "AskedAt", "EndsAt", "CallId"),
    *("Status", "DecidedBy", "DecidedAt", "VisitId", "Version"),
)
FIRST = 1


class SpannerOverrides:
    """Port Overrides."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(self, step: Step) -> datetime:
        """Store a step."""
        return self._database.commit(lambda batch: put_step(batch, step))

    def get(self, override: OverrideId) -> Override | None:
        """Return an override."""
        return next(iter(self._read([(override,)])), None)

    def latest_of(self, patient: PatientId) -> Override | None:
        """Return the last that was asked for a person."""
        columns, index = ("OverrideId", "AskedAt"), "OverridesByPatient"
        found = self._database.read("Overrides", columns, prefix(patient), index=index, limit=1)
        return self.get(OverrideId(found[0][0])) if found else None

    def open_ones(self, status: Status, limit: int) -> Sequence[Override]:
        """Return open ones of a status, the first to run out first."""
        columns, index = ("OverrideId", "EndsAt"), "OpenOverrides"
        keys = prefix(status.value)
        found = self._database.read("Overrides", columns, keys, index=index, limit=limit)
        return sorted(self._read([(row[0],) for row in found]), key=lambda one: one.ends_at)

    def _read(self, ids: Sequence[tuple[str]]) -> list[Override]:
        rows = self._database.read("Overrides", OVERRIDE, Keys(exact=ids)) if ids else []
        return [_override(row) for row in rows]


def put_step(batch: Batch, step: Step) -> None:
    """Put a step into a commit, which clashes with any other of its number."""
    override = step.override
    if override.version == FIRST:
        batch.insert("Overrides", **_values(override))
    batch.insert(
        "OverrideSteps",
        OverrideId=override.id,
        Version=override.version,
        Status=override.status.value,
        Actor=step.actor.subject if step.actor else None,
        SteppedAt=commit_time(),
    )
    if override.version > FIRST:
        batch.update("Overrides", **_values(override))
    if step.actor:
        audit.note(batch, override.patient, step.actor, step.action, step.request_id)
    outbox.add(batch, *step.events)


def _values(one: Override) -> dict[str, Any]:
    values = (
        *(one.id, one.patient, one.referral, one.programme, one.rules),
        *(one.rule.value, one.ground.value, one.kind.value, one.dose, one.age),
        *(one.otherwise_from, one.asked_by, one.asked_at, one.ends_at, one.call),
        *(one.status.value, one.decided_by, one.decided_at, one.visit, one.version),
    )
    return dict(zip(OVERRIDE, values, strict=True))


def _override(row: Sequence[Any]) -> Override:
    named = dict(zip(OVERRIDE, row, strict=True))
    call, visit = named["CallId"], named["VisitId"]
    return Override(
        id=OverrideId(named["OverrideId"]),
        patient=PatientId(named["PatientId"]),
        referral=ReferralId(named["ReferralId"]),
        programme=ProgrammeId(named["Programme"]),
        rules=named["Rules"],
        rule=Reason(named["Rule"]),
        ground=Ground(named["Ground"]),
        kind=ReferralKind(named["Kind"]),
        dose=named["Dose"],
        age=named["Age"],
        otherwise_from=named["OtherwiseFrom"],
        asked_by=named["AskedBy"],
        asked_at=named["AskedAt"],
        ends_at=named["EndsAt"],
        call=CallId(call) if call else None,
        status=Status(named["Status"]),
        decided_by=named["DecidedBy"],
        decided_at=named["DecidedAt"],
        visit=VisitId(visit) if visit else None,
        version=named["Version"],
    )

"""Closures of a point, and the visits they have hit."""

from collections.abc import Sequence
from typing import Any

from erejestracja.domain.closures import (
    Closed,
    Closure,
    ClosureReason,
    Closures,
    Footing,
    Hit,
    Outcome,
    Strategy,
)
from erejestracja.domain.ids import PatientId, PointId, VisitId
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix

CLOSURE = ("PointId", "Number", "FromAt", "ToAt", "Strategy", "Reason", "Actor", "Undone")
HIT = ("Number", "VisitId", "PatientId", "Outcome")
# What a point has edited lately; an edit that is not worked off is among these.
LATELY = 50


class SpannerHits:
    """Port Hits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hits(self, point: PointId, closure: int) -> list[Hit]:
        """Return the visits that a closure has hit so far."""
        rows = self._database.read("ClosureVisits", HIT, prefix(point, closure))
        return [Hit(r[0], VisitId(r[1]), PatientId(r[2]), Outcome(r[3])) for r in rows]

    def phones(self, patients: Sequence[PatientId]) -> dict[PatientId, str | None]:
        """Return the telephone number of each of these people."""
        keys = Keys(exact=[(one,) for one in sorted(set(patients))])
        return dict(self._database.read("Patients", ("PatientId", "Phone"), keys))

    def is_settled(self, point: PointId) -> bool:
        """Tell whether all edits of a point are worked off."""
        rows = self._database.read("SeriesEdits", ("OpenShard",), prefix(point), limit=LATELY)
        return not any(shard is not None for (shard,) in rows)


def closures_of(database: Database, point: PointId) -> Closures:
    """Return all closures of a point, undone ones too."""
    rows = database.read("Closures", CLOSURE, prefix(point))
    changes = database.read("ClosureChanges", ("Number",), prefix(point), limit=1)
    return Closures(tuple(map(_closure_of, rows)), changes[0][0] if changes else -1)


def stand_on(batch: Batch, footing: Footing) -> None:
    """Make the commit clash where closures changed since; change the one that is to change."""
    change = {"PointId": footing.point, "Number": footing.known + 1}
    batch.insert("ClosureChanges", **change)
    if footing.closure is None:
        batch.delete("ClosureChanges", key(*change.values()))
        return
    closure, closed = footing.closure, footing.closure.closed
    ends = (closed.from_, closed.to, closed.strategy.value)
    values = (closure.point, closed.number, *ends, closure.reason.value, closure.actor)
    row = dict(zip(CLOSURE, (*values, closure.undone), strict=True))
    batch.put("Closures", **row, ChangedAt=commit_time())


def note_hit(batch: Batch, point: PointId, hit: Hit) -> None:
    """Put into a commit that a closure hit a visit."""
    values = (hit.closure, hit.visit, hit.patient, hit.outcome.value)
    batch.put("ClosureVisits", PointId=point, **dict(zip(HIT, values, strict=True)))


def _closure_of(row: Sequence[Any]) -> Closure:
    point, number, from_, to, strategy, reason, actor, undone = row
    closed = Closed(number, from_, to, Strategy(strategy))
    return Closure(PointId(point), closed, ClosureReason(reason), actor, undone)

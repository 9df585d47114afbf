"""Closures of a point, and the visits they have hit."""

from collections.abc import Sequence
from typing import Any

from erejestracja.domain.callback import Unheard
from erejestracja.domain.closures import Closed, Closure, Closures, Hit, Outcome
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PatientId, PointId, VisitId
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix
from erejestracja.storage.spanner.supply import stand_on_terms

CLOSURE = ("PointId", "Number", "FromAt", "ToAt", "Strategy", "Reason", "Actor", "Undone", "Room")
HIT = ("Number", "VisitId", "PatientId", "Outcome")
CLOSURES, FALLS = "ClosureVisits", "FallenVisits"
UNHEARD = {CLOSURES: "UnheardHits", FALLS: "UnheardFalls"}
# What a point has edited lately; an edit that is not worked off is among these.
LATELY = 50


class SpannerHits:
    """Ports Hits and UnheardHits: of closures, or of doses that did not come."""

    def __init__(self, database: Database, table: str = CLOSURES) -> None:
        self._database = database
        self._table = table

    def hits(self, point: PointId, closure: int) -> list[Hit]:
        """Return the visits that a closure has hit so far."""
        rows = self._database.read(self._table, HIT, prefix(point, closure))
        is_fall = self._table == FALLS
        return [
            Hit(r[0], VisitId(r[1]), PatientId(r[2]), Outcome(r[3]), is_fall=is_fall) for r in rows
        ]

    def phones(self, patients: Sequence[PatientId]) -> dict[PatientId, str | None]:
        """Return the telephone number of each of these people."""
        keys = Keys(exact=[(one,) for one in sorted(set(patients))])
        return dict(self._database.read("Patients", ("PatientId", "Phone"), keys))

    def unheard(self, limit: int) -> list[Unheard]:
        """Return visits that lost their place, whose people nobody has looked at yet."""
        names = self._database.read(
            self._table,
            ("PointId", "Number", "VisitId"),
            Keys(everything=True),
            index=UNHEARD[self._table],
            limit=limit,
        )
        if not names:
            return []
        columns = ("PointId", "Number", "VisitId", "PatientId")
        rows = self._database.read(self._table, columns, Keys(exact=names))
        return [
            Unheard((point, number, visit), PatientId(patient), VisitId(visit))
            for point, number, visit, patient in rows
        ]

    def looked_at(self, hits: Sequence[Unheard]) -> None:
        """Mark them as looked at."""

        def fill(batch: Batch) -> None:
            for hit in hits:
                point, number, visit = hit.key
                batch.update(
                    self._table, PointId=point, Number=number, VisitId=visit, LookedAt=True
                )

        self._database.commit(fill)

    def is_settled(self, point: PointId) -> bool:
        """Tell whether all edits of a point are worked off."""
        rows = self._database.read("SeriesEdits", ("OpenShard",), prefix(point), limit=LATELY)
        return not any(shard is not None for (shard,) in rows)


def closures_of(database: Database, points: Sequence[PointId]) -> dict[PointId, Closures]:
    """Return all closures of points, undone ones too; of a point without one there is nothing.

    Numbers are read first: what changes after that takes the next, and whoever decided by less
    clashes.
    """
    keys = Keys(prefixes=[(one,) for one in points])
    numbers: dict[PointId, int] = {}
    for point, number in database.read("ClosureChanges", ("PointId", "Number"), keys):
        numbers[point] = max(number, numbers.get(point, number))
    found: dict[PointId, list[Closure]] = {}
    for closure in map(closure_of, database.read("Closures", CLOSURE, keys)):
        found.setdefault(closure.point, []).append(closure)
    return {
        one: Closures(tuple(found.get(one, ())), numbers.get(one, -1)) for one in {*numbers, *found}
    }


def stand_on(batch: Batch, footing: Footing) -> None:
    """Make the commit clash where closures or terms of supply changed since; change them."""
    stand_on_terms(batch, footing)
    change = {"PointId": footing.point, "Number": footing.known + 1}
    batch.insert("ClosureChanges", **change)
    if footing.closure is None:
        batch.delete("ClosureChanges", key(*change.values()))
        return
    closure, closed = footing.closure, footing.closure.closed
    ends = (closed.from_, closed.to, closed.strategy.value)
    values = (closure.point, closed.number, *ends, closure.reason.value, closure.actor)
    row = dict(zip(CLOSURE, (*values, closure.undone, closed.room), strict=True))
    batch.put("Closures", **row, ChangedAt=commit_time())


def note_hit(batch: Batch, point: PointId, hit: Hit) -> None:
    """Put into a commit that a closure hit a visit, or doses that did not come."""
    values = (hit.closure, hit.visit, hit.patient, hit.outcome.value)
    batch.put(
        FALLS if hit.is_fall else CLOSURES, PointId=point, **dict(zip(HIT, values, strict=True))
    )


def closure_of(row: Sequence[Any]) -> Closure:
    """Read a row of CLOSURE."""
    point, number, from_, to, strategy, reason, actor, undone, room = row
    closed = Closed(number, from_, to, Strategy(strategy), room)
    return Closure(PointId(point), closed, ClosureReason(reason), actor, undone)

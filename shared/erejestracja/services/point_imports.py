"""Files of points: the list of points is as the file says, row by row; none is taken off it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from erejestracja.domain.delimited import BadRow, Reason
from erejestracja.domain.events import Event
from erejestracja.domain.fields import Columns, Fields
from erejestracja.domain.ids import EventId, PointId
from erejestracja.domain.imports import Listing, RowReport, Step, Verdict
from erejestracja.domain.point import Point
from erejestracja.domain.point_rows import COLUMNS, PointRow, read


class Directory(Protocol):
    """The list of points."""

    def listed(self, points: Sequence[PointId]) -> Mapping[PointId, tuple[Point, datetime]]:
        """Return which of these points there are, each with when it was written."""
        ...


@dataclass(frozen=True, slots=True)
class PointFiles:
    """Kind of file."""

    directory: Directory
    folder: ClassVar[str] = "points/"
    columns: ClassVar[Columns] = COLUMNS
    rows_a_step: int = 1000

    def read(self, fields: Fields) -> PointRow:
        """Read a row. Raises BadRow."""
        return read(fields)

    def judged(self, rows: Sequence[tuple[int, PointRow]], name: str) -> Step:
        """Take in points that are new, or otherwise than they stand; the last row of one holds."""
        listed = self.directory.listed(sorted({row.point.id for _, row in rows}))
        now = {name: point for name, (point, _) in listed.items()}
        reports = []
        for line, row in rows:
            stands = now.get(row.point.id)
            if stands == row.point:
                reports.append(RowReport(line, Verdict.REPEATED))
            elif stands and stands.powiat != row.point.powiat:
                # Sessions carry their powiat for good.
                fixed = BadRow(Reason.FIXED, "gmina")
                reports.append(RowReport(line, Verdict.REFUSED, fixed))
            else:
                now[row.point.id] = row.point
                unlikely = BadRow(Reason.UNLIKELY, row.unlikely) if row.unlikely else None
                reports.append(RowReport(line, Verdict.ACCEPTED, unlikely))
        new = [point for point in now.values() if point.id not in listed]
        changed = [
            (now[name], since) for name, (point, since) in listed.items() if now[name] != point
        ]
        told = sorted(point.id for point in [*new, *(point for point, _ in changed)])
        events = [
            Event(EventId(f"{name}.points"), "schedule", "points.listed", {"points": told})
        ] * bool(told)
        return Step(reports, Listing(new, changed), tuple(events))

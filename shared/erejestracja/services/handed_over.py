"""A file that staff of a point hand over themselves: its rows, and what was refused of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from erejestracja.domain.delimited import BadRow, Reason, layout_of, surveyed
from erejestracja.domain.fields import Columns, Fields
from erejestracja.domain.imports import RowReport
from erejestracja.domain.point import Point
from erejestracja.services.imports import rows_of

Row = TypeVar("Row")

# Whoever has more than one point's handful drops a file into the bucket.
MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class Upload(Generic[Row]):
    """A file as it was read: rows, and what was refused of it already."""

    rows: Sequence[tuple[int, Row]]
    refused: Sequence[RowReport]

    def told(self, reports: Iterable[RowReport]) -> tuple[RowReport, ...]:
        """Return what became of every row, as they stand in the file."""
        return tuple(sorted([*reports, *self.refused], key=lambda report: report.line))


def uploaded(
    point: Point, body: bytes, columns: Columns, read: Callable[[Fields], Row]
) -> Upload[Row]:
    """Read a file; its column `point` may be left out. Raises BadRow for one that is none.

    A row of another point is refused as if there were no such point.
    """

    def own(fields: Fields) -> Row:
        if fields.get("point") not in (None, "", point.id):
            raise BadRow(Reason.UNKNOWN, "point")
        return read({**fields, "point": point.id})

    header, *lines = body.split(b"\n")
    encoding, _ = surveyed([header, *lines])
    needed = {name: must and name != "point" for name, (must, _) in columns.items()}
    rows, refused = rows_of(own, layout_of(header, encoding, needed), 2, lines)
    if len(rows) + len(refused) > MOST_ROWS:
        raise BadRow(Reason.TOO_MANY)
    return Upload(rows, refused)

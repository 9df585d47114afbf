"""A file of a point's schedule handed over by its own staff: shown first, or taken in at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from erejestracja.domain.actor import Actor
from erejestracja.domain.delimited import BadRow, Reason, layout_of, surveyed
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.fields import Fields
from erejestracja.domain.imports import Planned, RowReport
from erejestracja.domain.point import Point
from erejestracja.domain.schedule_rows import COLUMNS, read
from erejestracja.domain.series import Series
from erejestracja.ports import Clash, Gone
from erejestracja.services import schedule
from erejestracja.services.imports import rows_of
from erejestracja.services.schedule import TRIES, Board, Impact
from erejestracja.services.schedule_imports import follow, judged

# A point has a handful of rules; whoever has more points drops a file into the bucket.
MOST_ROWS = 100
NEEDED = {name: must and name != "point" for name, (must, _) in COLUMNS.items()}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was read: rows, and what was refused of it already."""

    rows: Sequence[tuple[int, Series]]
    refused: Sequence[RowReport]


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of each row, and what the edits do to sessions and visits."""

    reports: tuple[RowReport, ...]
    impacts: tuple[Impact, ...]
    planned: Planned


def uploaded(point: Point, body: bytes) -> Upload:
    """Read a file; its column `point` may be left out. Raises BadRow for one that is none.

    A row of another point is refused as if there were no such point.
    """
    header, *lines = body.split(b"\n")
    encoding, _ = surveyed([header, *lines])
    layout = layout_of(header, encoding, NEEDED)
    rows, refused = rows_of(partial(_own, point), layout, 2, lines)
    if len(rows) + len(refused) > MOST_ROWS:
        raise BadRow(Reason.TOO_MANY)
    return Upload(rows, refused)


def previewed(board: Board, actor: Actor, upload: Upload) -> Judged:
    """Return what taking it in would do."""
    reports, planned = judged(board, upload.rows, actor.subject)
    impacts = tuple(schedule.impact(board, edit, ends) for edit, ends in planned.edits)
    every = sorted([*reports, *upload.refused], key=lambda report: report.line)
    return Judged(tuple(every), impacts, planned)


def taken_in(board: Board, actor: Actor, upload: Upload) -> tuple[Judged, bool]:
    """Commit all its edits as one, then let sessions follow; False where upkeep completes that.

    Raises Overloaded.
    """
    for _ in range(TRIES):
        found = previewed(board, actor, upload)
        if not found.impacts:
            return found, True
        (footing,) = found.planned.footings
        try:
            board.schedules.begin(found.planned.edits, footing)
        except (Clash, Gone):
            continue
        return found, follow(board, found.planned)
    raise Overloaded(retry_after=1)


def _own(point: Point, fields: Fields) -> Series:
    if fields.get("point") not in (None, "", point.id):
        raise BadRow(Reason.UNKNOWN, "point")
    return replace(read({**fields, "point": point.id}), powiat=point.powiat)

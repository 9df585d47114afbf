"""A file of a point's schedule handed over by its own staff: shown first, or taken in at once."""

from dataclasses import dataclass, replace

from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.imports import Planned, RowReport
from erejestracja.domain.point import Point
from erejestracja.domain.schedule_rows import COLUMNS, read
from erejestracja.domain.series import Series
from erejestracja.ports import Clash, Gone
from erejestracja.services import handed_over, schedule
from erejestracja.services.handed_over import Upload
from erejestracja.services.schedule import TRIES, Board, Impact
from erejestracja.services.schedule_imports import follow, judged


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of each row, and what the edits do to sessions and visits."""

    reports: tuple[RowReport, ...]
    impacts: tuple[Impact, ...]
    planned: Planned


def uploaded(point: Point, body: bytes) -> Upload[Series]:
    """Read a file. Raises BadRow for one that is none."""
    return handed_over.uploaded(
        point, body, COLUMNS, lambda fields: replace(read(fields), powiat=point.powiat)
    )


def previewed(board: Board, actor: Actor, upload: Upload[Series]) -> Judged:
    """Return what taking it in would do."""
    reports, planned = judged(board, upload.rows, actor.subject)
    return Judged(upload.told(reports), _impacts(board, planned), planned)


def _impacts(board: Board, planned: Planned) -> tuple[Impact, ...]:
    if not planned.edits:
        return ()
    (footing,) = planned.footings
    closures = board.schedules.closures(footing.point)
    return tuple(schedule.impacts(board, planned.edits, closures, footing))


def taken_in(board: Board, actor: Actor, upload: Upload[Series]) -> tuple[Judged, bool]:
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

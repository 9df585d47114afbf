"""Edits of several series of a point: decided by one reading, begun in one commit."""

from collections.abc import Sequence

from erejestracja.domain.actor import Actor
from erejestracja.domain.closures import Closures
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PointId
from erejestracja.domain.series import Series
from erejestracja.domain.supply import Override
from erejestracja.domain.timetable import Edit, Reach
from erejestracja.services.cover import reaching_on
from erejestracja.services.schedule import Board, Impact, begin_all, impacts, numbered_as
from erejestracja.services.settling import settle

Change = tuple[Reach, Series]


def impacts_of(
    board: Board,
    actor: Actor,
    changes: Sequence[Change],
    closures: Closures,
    footing: Footing,
) -> list[Impact]:
    """Return what changing some of a point's series at once would do, under its next numbers."""
    edits = _edits(board, actor, footing.point, changes)
    ends = [was.series.number for was, _ in changes]
    return impacts(board, list(zip(edits, ends, strict=True)), closures, footing)


def carried_out(
    board: Board, impacts: Sequence[Impact], footing: Footing, override: Override | None
) -> tuple[list[Edit], bool]:
    """Commit edits as one, then let sessions follow; False where upkeep has to complete that."""
    edits = begin_all(board, impacts, footing, override)
    left = [edit for edit in edits if not settled(board, edit)]
    return edits, not left


def settled(board: Board, edit: Edit) -> bool:
    """Let sessions follow an edit; False where upkeep has to complete that."""
    try:
        settle(board, edit)
    except Overloaded:
        return False
    return True


def _edits(board: Board, actor: Actor, point: PointId, changes: Sequence[Change]) -> list[Edit]:
    if not changes:
        return []
    supply = board.supplies.supply(point)
    horizon = board.today() + board.reach
    newest = max(board.schedules.newest_edit(point), *(was.series.number for was, _ in changes))
    edits = [
        Edit(
            point=point,
            series=was.series.id,
            number=0,
            actor=actor.subject,
            before=was.series,
            after=after,
            until=reaching_on(supply, was.series, was.until, horizon),
        )
        for was, after in changes
    ]
    return [numbered_as(edit, newest + n) for n, edit in enumerate(edits, start=1)]

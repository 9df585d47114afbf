"""Files of schedules: each row is a weekly rule, made or changed by the edit a desk would make."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar

from erejestracja.domain.closures import Closures
from erejestracja.domain.delimited import BadRow, Reason
from erejestracja.domain.fields import Columns, Fields
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PointId
from erejestracja.domain.imports import Planned, RowReport, Step, Verdict
from erejestracja.domain.point import Point
from erejestracja.domain.schedule_rows import COLUMNS, read
from erejestracja.domain.series import Series, SeriesId
from erejestracja.domain.supply import Supply
from erejestracja.domain.timetable import Edit, Reach
from erejestracja.services.cover import on_terms, reaching_by_edit, shortages
from erejestracja.services.editing import settled
from erejestracja.services.schedule import Board, numbered_as

# Whose edits these are on record.
SUBJECT = "import"


@dataclass(frozen=True, slots=True)
class ScheduleFiles:
    """Kind of file."""

    board: Board
    folder: ClassVar[str] = "schedules/"
    columns: ClassVar[Columns] = COLUMNS
    # Each row is an edit, and sessions follow it before the next step: some seconds' work at worst.
    rows_a_step: int = 20

    def read(self, fields: Fields) -> Series:
        """Read a row. Raises BadRow."""
        return read(fields)

    def judged(self, rows: Sequence[tuple[int, Series]], _: str) -> Step:
        """Edit the series that are new, or otherwise than they stand."""
        reports, planned = judged(self.board, rows, SUBJECT)
        return Step(reports, planned, then=partial(follow, self.board, planned))


def judged(
    board: Board, rows: Sequence[tuple[int, Series]], subject: str
) -> tuple[list[RowReport], Planned]:
    """Say what becomes of rows, and which edits that is; a later row of a key stands on it."""
    points: dict[PointId, Planning | None] = {}
    reports = []
    for line, series in rows:
        if series.point not in points:
            points[series.point] = _planning(board, series.point, subject)
        planning = points[series.point]
        try:
            if planning is None:
                raise BadRow(Reason.UNKNOWN, "point")  # noqa: TRY301 - as any other refusal
            verdict = planning.judged(series)
        except BadRow as bad:
            reports.append(RowReport(line, Verdict.REFUSED, bad))
        else:
            reports.append(RowReport(line, verdict))
    plannings = [one for one in points.values() if one and one.edits]
    return reports, Planned(
        [edit for one in plannings for edit in one.edits],
        [one.footing() for one in plannings],
    )


def follow(board: Board, planned: Planned) -> bool:
    """Let sessions follow committed edits; False where upkeep has to complete that."""
    left = [edit for edit, _ in planned.edits if not settled(board, edit)]
    return not left


@dataclass(slots=True)
class Planning:
    """A point while rows are judged: its series as they will stand, and the edits so far."""

    board: Board
    point: Point
    closures: Closures
    edited: frozenset[SeriesId]
    stands: dict[SeriesId, Reach]
    next: int
    subject: str
    supply: Supply
    edits: list[tuple[Edit, int | None]] = field(default_factory=list)

    def judged(self, row: Series) -> Verdict:
        """Take in a row as the point's next edit, if it says anything new. Raises BadRow."""
        if not self.point.vaccines.issuperset(row.vaccines):
            raise BadRow(Reason.UNKNOWN, "vaccine")
        was = self.stands.get(row.id)
        if was is None and row.id in self.edited:
            # Were it made again, an end that is not settled yet would withdraw its new sessions.
            raise BadRow(Reason.ENDED, "key")
        shut = self.closures.standing(self.board.clock.now())
        after = replace(row, powiat=self.point.powiat, closed=shut)
        if was:
            # Single slots and days that the desk has changed stay so.
            own = was.series
            after = replace(after, varied=own.varied, adjusted=own.adjusted)
            after = replace(after, substituted=own.substituted, fallen=own.fallen)
            as_it_stands = replace(after, number=was.series.number, closed=was.series.closed)
            if as_it_stands == was.series:
                return Verdict.REPEATED
        self._edit(was, after)
        return Verdict.ACCEPTED

    def footing(self) -> Footing:
        """Return what the edits stand on: closures and terms of supply as they were read."""
        edits = [edit for edit, _ in self.edits]
        return on_terms(self.supply, edits, Footing(self.point.id, self.closures.number))

    def _edit(self, was: Reach | None, after: Series) -> None:
        horizon = self.board.today() + self.board.reach
        reached = was.until if was else None
        edit = Edit(
            point=self.point.id,
            series=after.id,
            number=0,
            actor=self.subject,
            before=was.series if was else None,
            after=after,
            until=reaching_by_edit(self.board.supplies, after, reached, horizon),
        )
        edit = numbered_as(edit, self.next)
        edits = [*(one for one, _ in self.edits), edit]
        plans, today = self.board.schedules, self.board.today()
        if shortages(plans, self.supply, today, self.point, edits):
            raise BadRow(Reason.NOT_COVERED, "places")
        self.next += 1
        self.edits.append((edit, was.series.number if was else None))
        self.stands[after.id] = Reach(replace(after, number=edit.number), edit.until)


def _planning(board: Board, named: PointId, subject: str) -> Planning | None:
    point = board.schedules.point(named)
    if point is None:
        return None
    supply = board.supplies.supply(named)
    # Before what stands, so that a series that is made meanwhile does not look ended.
    edited = board.schedules.edited(named)
    stands = {reach.series.id: reach for reach in board.schedules.series(point)}
    numbers = [reach.series.number for reach in stands.values()]
    newest = max([*numbers, board.schedules.newest_edit(named)], default=-1)
    closures = board.schedules.closures(named)
    return Planning(board, point, closures, edited, stands, newest + 1, subject, supply)

"""Files of schedules: each row is a weekly rule, made or changed by the edit a desk would make."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar

from erejestracja.domain.cover import OfToday
from erejestracja.domain.delimited import BadRow, Reason
from erejestracja.domain.fields import Columns, Fields
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PointId
from erejestracja.domain.imports import Planned, RowReport, Step, Verdict
from erejestracja.domain.schedule_rows import COLUMNS, read
from erejestracja.domain.series import Series, SeriesId, is_cut_too_often
from erejestracja.domain.supply import Supply
from erejestracja.domain.timetable import Edit, Outlook, Reach
from erejestracja.services.cover import (
    left_without,
    of_today,
    on_terms,
    reaching_on,
    touched,
)
from erejestracja.services.editing import settled
from erejestracja.services.schedule import Board, numbered_as
from erejestracja.services.settling_together import publish_together, settle_together

# Whose edits these are on record.
SUBJECT = "import"


@dataclass(frozen=True, slots=True)
class ScheduleFiles:
    """Kind of file."""

    board: Board
    folder: ClassVar[str] = "schedules/"
    columns: ClassVar[Columns] = COLUMNS
    # Each row is an edit, and sessions follow it before the next step: some seconds' work at worst.
    rows_a_step: int = 200

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
    points = _plannings(board, sorted({series.point for _, series in rows}), subject)
    reports = []
    for line, series in rows:
        planning = points.get(series.point)
        try:
            if planning is None:
                raise BadRow(Reason.UNKNOWN, "point")  # noqa: TRY301 - as any other refusal
            verdict = planning.judged(series)
        except BadRow as bad:
            reports.append(RowReport(line, Verdict.REFUSED, bad))
        else:
            reports.append(RowReport(line, verdict))
    plannings = [one for one in points.values() if one.edits]
    return reports, Planned(
        [edit for one in plannings for edit in one.edits],
        [one.footing() for one in plannings],
    )


def follow(board: Board, planned: Planned) -> bool:
    """Let sessions follow committed edits; False where upkeep has to complete that."""
    replaced = {(edit.point, ends) for edit, ends in planned.edits}
    new: list[Edit] = []
    others: list[Edit] = []
    for edit, ends in planned.edits:
        stays = (edit.point, edit.number) not in replaced
        (new if ends is None and stays else others).append(edit)
    left = [*publish_together(board, new), *settle_together(board, others)]
    done = [settled(board, edit) for edit in left]
    return all(done)


@dataclass(slots=True)
class Planning:
    """A point while rows are judged: its series as they will stand, and the edits so far."""

    board: Board
    outlook: Outlook
    stands: dict[SeriesId, Reach]
    next: int
    subject: str
    supply: Supply
    edits: list[tuple[Edit, int | None]] = field(default_factory=list)
    there: OfToday | None = None

    def judged(self, row: Series) -> Verdict:
        """Take in a row as the point's next edit, if it says anything new. Raises BadRow."""
        point = self.outlook.point
        if not point.vaccines.issuperset(row.vaccines):
            raise BadRow(Reason.UNKNOWN, "vaccine")
        was = self.stands.get(row.id)
        if was is None and row.id in self.outlook.edited:
            # Were it made again, an end that is not settled yet would withdraw its new sessions.
            raise BadRow(Reason.ENDED, "key")
        shut = self.outlook.closures.standing(self.board.clock.now())
        after = replace(row, powiat=point.powiat, closed=shut)
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
        footing = Footing(self.outlook.point.id, self.outlook.closures.number)
        return on_terms(self.supply, edits, footing)

    def _edit(self, was: Reach | None, after: Series) -> None:
        horizon = self.board.today() + self.board.reach
        until = reaching_on(self.supply, after, was.until if was else None, horizon)
        edit = Edit(
            point=self.outlook.point.id,
            series=after.id,
            number=0,
            actor=self.subject,
            before=was.series if was else None,
            after=after,
            until=until,
        )
        if is_cut_too_often(after, self.board.today(), until):
            raise BadRow(Reason.CUT_UP, "breaks")
        edit = numbered_as(edit, self.next)
        if self._is_short(edit):
            raise BadRow(Reason.NOT_COVERED, "places")
        self.next += 1
        self.edits.append((edit, was.series.number if was else None))
        self.stands[after.id] = Reach(replace(after, number=edit.number), edit.until)

    def _is_short(self, edit: Edit) -> bool:
        """Tell whether doses do not suffice for all edits with this one."""
        edits = [*(one for one, _ in self.edits), edit]
        if not touched(self.supply, edits):
            return False
        plans, today = self.board.schedules, self.board.today()
        series = self.outlook.series
        if self.there is None:
            self.there = of_today(plans, self.outlook.point, today)
        return bool(left_without(self.supply, series, self.there, edits))


def _plannings(board: Board, named: Sequence[PointId], subject: str) -> dict[PointId, Planning]:
    """Return all there is to know of points, in a few reads."""
    supplies = board.supplies.supplies(named)
    return {
        point: Planning(
            board,
            outlook,
            {reach.series.id: reach for reach in outlook.series},
            max([outlook.newest, *(reach.series.number for reach in outlook.series)]) + 1,
            subject,
            supplies[point],
        )
        for point, outlook in board.schedules.outlooks(named).items()
    }

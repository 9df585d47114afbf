"""A point's schedule as a file over HTTP: read, previewed or taken in, each row reported."""

from typing import Protocol

from erejestracja.domain.delimited import BadRow
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound, Overloaded
from erejestracja.domain.ids import PointId
from erejestracja.domain.imports import RowReport, Verdict
from erejestracja.domain.timetable import keeping_their_time, places_in
from erejestracja.services import schedule, schedule_upload
from erejestracja.services.schedule import Board
from erejestracja.services.schedule_upload import Judged
from erejestracja.web.models import AnswerModel
from erejestracja.web.routing import CSV, Answer, Call, Route
from erejestracja.web.schedule_models import (
    PLANNERS,
    AffectedVisit,
    DryRun,
    WarningAnswer,
    affected,
)
from erejestracja.web.supply import warnings


class RowAnswer(AnswerModel):
    """What became of the row at a line (the header is 1); `reason` is as in docs/imports.md."""

    line: int
    status: str
    reason: str | None = None
    column: str | None = None


class ImportAnswer(AnswerModel):
    """What becomes of each row, and of places and visits by all of them. A preview changes nothing.

    `settled` false: sessions follow within minutes by themselves.
    """

    dry_run: bool
    settled: bool
    accepted: int
    repeated: int
    refused: int
    creates: int
    withdraws: int
    keeps: int
    affected_visits: list[AffectedVisit]
    warnings: list[WarningAnswer]
    rows: list[RowAnswer]


class Services(Protocol):
    """What this route needs of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...


def import_slots(call: Call) -> Answer:
    """Take in a file of the point's weekly rules."""
    services: Services = call.suite
    board, actor = services.board, call.caller
    point = schedule.point_of(board, actor, PointId(call.params["point"]))
    try:
        upload = schedule_upload.uploaded(point, call.body)
    except BadRow as bad:
        raise InvalidRequest({"file": str(bad)}) from None
    settled = None
    if call.query and call.query.dry_run:
        found = schedule_upload.previewed(board, actor, upload)
    else:
        found, settled = schedule_upload.taken_in(board, actor, upload)
    told = warnings(board, point, [edit for edit, _ in found.planned.edits])
    return Answer(_answer(found, told, settled=settled))


def _answer(found: Judged, told: list[WarningAnswer], *, settled: bool | None) -> ImportAnswer:
    verdicts = [report.verdict for report in found.reports]
    plans = [one.plan for one in found.impacts]
    visits = [
        affected(visit, keeps_time=visit.id in keeping_their_time(one.plan, one.visits))
        for one in found.impacts
        for visit in one.visits
    ]
    return ImportAnswer(
        dry_run=settled is None,
        settled=bool(settled),
        accepted=verdicts.count(Verdict.ACCEPTED),
        repeated=verdicts.count(Verdict.REPEATED),
        refused=verdicts.count(Verdict.REFUSED),
        creates=sum(places_in(plan.creates) for plan in plans),
        withdraws=sum(places_in(plan.withdraws) for plan in plans),
        keeps=sum(places_in(plan.keeps) for plan in plans),
        affected_visits=visits,
        warnings=told,
        rows=[_row(report) for report in found.reports],
    )


def _row(report: RowReport) -> RowAnswer:
    why = report.why
    return RowAnswer(
        line=report.line,
        status=report.verdict,
        reason=why.reason if why else None,
        column=(why.column or None) if why else None,
    )


ROUTES = (
    Route(
        "POST",
        "/v1/points/{point}/slots:import",
        import_slots,
        "Take in a file of weekly rules: rows are made, changed or as they stand, by their key",
        {200: ImportAnswer},
        roles=PLANNERS,
        query=DryRun,
        consumes=CSV,
        refusals=(NotAllowed, NotFound, Overloaded, InvalidRequest),
        limit="schedule",
        description="CSV as in docs/imports.md (schedules), without the column `point`; at most "
        "100 rows and 64 KiB. All edits are one commit.",
    ),
)

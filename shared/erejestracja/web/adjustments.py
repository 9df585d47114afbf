"""Slots of many days changed at once over HTTP: what that does is told first, and undone as one."""

from datetime import time
from typing import Annotated, Protocol

from pydantic import Field

from erejestracja.domain.adjustments import EVERY_DAY, Adjusted, AdjustmentId, Selection
from erejestracja.domain.errors import IdempotencyConflict
from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.session import Visibility
from erejestracja.services import adjusting, schedule
from erejestracja.services.adjusting import Adjusting, Asked
from erejestracja.services.schedule import Board
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.schedule_models import (
    EDIT_REFUSALS,
    PLANNERS,
    AffectedVisit,
    Clock,
    Day,
    DryRun,
    Places,
    ReleaseHours,
    Shown,
    Vaccine,
    WarningAnswer,
    Weekdays,
    affected,
)
from erejestracja.web.supply import warnings

ONCE = Header("Idempotency-Key", "A repeat with the same key changes them once.", required=True)


class BulkEditBody(RequestModel):
    """Which slots, and what they are to be; what is left out is as it was.

    All that start on the local days `from` to `to`, both included, on these `weekdays` (any without
    them), from `hourFrom` and before `hourTo`; only of the series that give `vaccine`, or only of
    one `series`. `releaseHours` before its start, everyone may book an internal slot that is free.
    A `blocked` slot is offered to nobody; who has a visit there keeps it.
    """

    from_: Day = Field(alias="from")
    to: Day
    weekdays: Weekdays | None = None
    hour_from: Clock | None = None
    hour_to: Clock | None = None
    vaccine: Vaccine | None = None
    series: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    places: Places | None = None
    visibility: Shown | None = None
    release_hours: ReleaseHours | None = None
    blocked: bool | None = None


class BulkEditAnswer(AnswerModel):
    """How many places come, go and stay, in how many series, and whose visits are hit.

    `settled` false: sessions follow within minutes by themselves. A preview changes nothing. The
    `undoToken` stands in the path of the undoing.
    """

    dry_run: bool
    settled: bool
    creates: int
    withdraws: int
    keeps: int
    series: int
    affected_visits: list[AffectedVisit]
    warnings: list[WarningAnswer]
    undo_token: str | None = None


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...


def bulk_edit(call: Call) -> Answer:
    """Change the slots of many days."""
    board, point = _point(call)
    found = adjusting.asked_for(board, call.caller, point, _asked(call))
    return _done(call, board, point, found, 201)


def undo_bulk_edit(call: Call) -> Answer:
    """Undo it in all series, whatever else was changed since."""
    board, point = _point(call)
    named = AdjustmentId(call.params["edit"])
    return _done(call, board, point, adjusting.undone(board, call.caller, point, named), 200)


def _asked(call: Call) -> Asked:
    body: BulkEditBody = call.body
    return Asked(
        which=Selection(
            body.from_,
            body.to,
            frozenset(body.weekdays or EVERY_DAY),
            time.fromisoformat(body.hour_from) if body.hour_from else time.min,
            time.fromisoformat(body.hour_to) if body.hour_to else None,
            VaccineCode(body.vaccine) if body.vaccine else None,
            body.series,
        ),
        what=Adjusted(
            body.places,
            Visibility(body.visibility) if body.visibility else None,
            body.release_hours,
            body.blocked,
        ),
        key=call.headers[ONCE.name],
    )


def _point(call: Call) -> tuple[Board, Point]:
    services: Services = call.suite
    point = PointId(call.params["point"])
    return services.board, schedule.point_of(services.board, call.caller, point)


def _done(call: Call, board: Board, point: Point, found: Adjusting, status: int) -> Answer:
    told = warnings(board, point, [one.edit for one in found.impacts])
    dry_run, override = call.query.dry_run, call.query.override
    settled = False if dry_run else adjusting.carry_out(board, found, override)
    (creates, withdraws, keeps), staying = found.places(), found.staying()
    answer = BulkEditAnswer(
        dry_run=dry_run,
        settled=settled,
        creates=creates,
        withdraws=withdraws,
        keeps=keeps,
        series=len(found.impacts),
        affected_visits=[affected(one, keeps_time=one.id in staying) for one in found.visits()],
        warnings=told,
        undo_token=None if dry_run or found.adjustment.undone else found.adjustment.id,
    )
    return Answer(answer, 200 if dry_run or not found.impacts else status)


EDITS = "/v1/points/{point}/bulkEdits"
ROUTES = (
    Route(
        "POST",
        EDITS,
        bulk_edit,
        "Change the slots of many days at once: their places, who may book, blocked or not",
        {200: BulkEditAnswer, 201: BulkEditAnswer},
        roles=PLANNERS,
        query=DryRun,
        body=BulkEditBody,
        headers=(ONCE,),
        refusals=(*EDIT_REFUSALS, IdempotencyConflict),
        limit="schedule",
    ),
    Route(
        "POST",
        EDITS + "/{edit}:undo",
        undo_bulk_edit,
        "Undo such a change as one",
        {200: BulkEditAnswer},
        roles=PLANNERS,
        query=DryRun,
        refusals=EDIT_REFUSALS,
        limit="schedule",
    ),
)

"""Days of a point's schedule copied over HTTP, with a preview, and undone as one."""

import re
from typing import Annotated, Protocol

from pydantic import Field

from erejestracja.domain.errors import (
    IdempotencyConflict,
    NotFound,
)
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Point
from erejestracja.domain.timetable import places_in
from erejestracja.services import copying, schedule
from erejestracja.services.copying import MOST_DAYS, Copied, Copying
from erejestracja.services.schedule import Board
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.schedule_models import EDIT_REFUSALS, PLANNERS, Day, DryRun, WarningAnswer
from erejestracja.web.supply import warnings

# The numbers of the first and the last of its edits.
COPY = re.compile(r"([0-9]{1,9})-([0-9]{1,9})", re.ASCII)
ONCE = Header("Idempotency-Key", "A repeat with the same key copies once.", required=True)


class CopyBody(RequestModel):
    """The first local day to copy, the first to copy to, and how many: a day or a week."""

    from_: Day = Field(alias="from")
    to: Day
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 1


class CopyAnswer(AnswerModel):
    """How many places come and go, in how many sessions. A preview changes nothing.

    `settled` false: sessions follow within minutes by themselves.
    """

    dry_run: bool
    settled: bool
    creates: int
    withdraws: int
    sessions: int
    warnings: list[WarningAnswer]
    id: str | None = None


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...


def copy_days(call: Call) -> Answer:
    """Copy a day, or a week."""
    board, point = _point(call)
    body: CopyBody = call.body
    asked = Copied(body.from_, body.to, body.days, call.headers[ONCE.name])
    return _done(call, board, point, copying.copied(board, call.caller, point, asked), 201)


def undo_copy(call: Call) -> Answer:
    """Undo a copy, all of it."""
    board, point = _point(call)
    named = COPY.fullmatch(call.params["copy"])
    if named is None:
        raise NotFound
    first, last = map(int, named.groups())
    return _done(call, board, point, copying.undone(board, call.caller, point, first, last), 200)


def _point(call: Call) -> tuple[Board, Point]:
    services: Services = call.suite
    point = PointId(call.params["point"])
    return services.board, schedule.point_of(services.board, call.caller, point)


def _done(call: Call, board: Board, point: Point, found: Copying, status: int) -> Answer:
    told = warnings(board, point, [one.edit for one in found.impacts])
    dry_run, override = call.query.dry_run, call.query.override
    edits, settled = ([], False) if dry_run else copying.carry_out(board, found, override)
    plans = [one.plan for one in found.impacts]
    answer = CopyAnswer(
        dry_run=dry_run,
        settled=settled,
        creates=sum(places_in(plan.creates) for plan in plans),
        withdraws=sum(places_in(plan.withdraws) for plan in plans),
        sessions=len(plans),
        warnings=told,
        id=f"{edits[0].number}-{edits[-1].number}" if edits else None,
    )
    return Answer(answer, 200 if dry_run or not plans else status)


COPIES = "/v1/points/{point}/copies"
ROUTES = (
    Route(
        "POST",
        COPIES,
        copy_days,
        "Copy a day or a week; what stands there already is not doubled",
        {200: CopyAnswer, 201: CopyAnswer},
        roles=PLANNERS,
        query=DryRun,
        body=CopyBody,
        headers=(ONCE,),
        refusals=(*EDIT_REFUSALS, IdempotencyConflict),
        limit="schedule",
    ),
    Route(
        "POST",
        COPIES + "/{copy}:undo",
        undo_copy,
        "Undo a copy as one",
        {200: CopyAnswer},
        roles=PLANNERS,
        query=DryRun,
        refusals=EDIT_REFUSALS,
        limit="schedule",
    ),
)

"""A point's terms of supply over HTTP, and what a schedule is warned of."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from pydantic import Field

from erejestracja.domain.advice import Advice, AdviceCode
from erejestracja.domain.errors import (
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Point
from erejestracja.domain.supply import MOST_A_WEEK, Supply
from erejestracja.domain.timetable import Edit
from erejestracja.services import schedule, supply
from erejestracja.services.schedule import Board
from erejestracja.web.conditional import version_named
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.schedule_models import PLANNERS, WarnedDay, WarningAnswer

IF_MATCH = Header("If-Match", "Only if the terms still have this etag.", True, '"3"')


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...


class SupplyPatch(RequestModel):
    """What is to be different; `weeklyLimit` null is no limit."""

    weekly_limit: Annotated[int, Field(ge=0, le=MOST_A_WEEK)] | None


class SupplyAnswer(AnswerModel):
    """How many doses the point gives in a week at most, where that was said."""

    weekly_limit: int | None = None
    etag: str


def get_supply(call: Call) -> Answer:
    """Return the point's terms."""
    board, point = _point(call)
    return Answer(_answer(board.supplies.supply(point.id)))


def patch_supply(call: Call) -> Answer:
    """Change the point's terms."""
    board, point = _point(call)
    etag = version_named(call.headers[IF_MATCH.name])
    body: SupplyPatch = call.body
    return Answer(_answer(supply.limited(board, call.caller, point, body.weekly_limit, etag)))


def warnings(board: Board, point: Point, edits: Sequence[Edit]) -> list[WarningAnswer]:
    """Return what a schedule is warned of, as edits leave it."""
    return [_warning(one) for one in supply.advice(board, point, edits)]


def _warning(advice: Advice) -> WarningAnswer:
    found = [WarnedDay(date=day.isoformat(), places=places) for day, places in advice.found]
    if advice.code is AdviceCode.OVER_WEEKLY_LIMIT:
        return WarningAnswer(code=advice.code, limit=advice.of, weeks=found)
    return WarningAnswer(
        code=advice.code, vaccine=advice.vaccine, doses_per_vial=advice.of, days=found
    )


def _point(call: Call) -> tuple[Board, Point]:
    services: Services = call.suite
    board = services.board
    return board, schedule.point_of(board, call.caller, PointId(call.params["point"]))


def _answer(found: Supply) -> SupplyAnswer:
    return SupplyAnswer(weekly_limit=found.weekly_limit, etag=f'"{found.number}"')


SUPPLY = "/v1/points/{point}/supply"
REFUSALS = (NotAllowed, NotFound, Overloaded)
ROUTES = (
    Route(
        "GET",
        SUPPLY,
        get_supply,
        "How many doses the point gives in a week",
        {200: SupplyAnswer},
        roles=PLANNERS,
        refusals=REFUSALS,
        limit="schedule",
    ),
    Route(
        "PATCH",
        SUPPLY,
        patch_supply,
        "Set how many doses the point gives in a week",
        {200: SupplyAnswer},
        roles=PLANNERS,
        body=SupplyPatch,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
        limit="schedule",
    ),
)

"""What a point has to give over HTTP: terms, deliveries, and what a schedule is warned of."""

from collections.abc import Sequence
from typing import Any, Protocol

from erejestracja.domain.advice import Advice, AdviceCode
from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    VersionMismatch,
)
from erejestracja.domain.ids import PointId, VaccineCode, derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.supply import Delivery, DeliveryId, DeliveryStatus, Supply
from erejestracja.domain.timetable import Edit
from erejestracja.services import schedule, supply
from erejestracja.services.schedule import Board
from erejestracja.services.supply import Terms
from erejestracja.web.conditional import version_named
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.schedule_models import (
    PLANNERS,
    REFUSALS,
    WarnedDay,
    WarningAnswer,
)
from erejestracja.web.supply_models import (
    DeliveryBody,
    ExpectedDeliveryAnswer,
    MissingAnswer,
    SupplyAnswer,
    SupplyPatch,
)

IF_MATCH = Header("If-Match", "Only if it still has this etag.", True, '"3"')
ONCE = Header("Idempotency-Key", "A repeat with the same key is one delivery.", required=True)
ID_LENGTH = 16


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...


def get_supply(call: Call) -> Answer:
    """Return what the point has to give."""
    board, point = _point(call)
    return Answer(_answer(board, point, board.supplies.supply(point.id)))


def patch_supply(call: Call) -> Answer:
    """Change the point's terms."""
    board, point = _point(call)
    etag, body = version_named(call.headers[IF_MATCH.name]), call.body
    known = board.supplies.supply(point.id)
    limit = body.weekly_limit if "weekly_limit" in body.model_fields_set else known.weekly_limit
    codes = known.controlled if body.controlled is None else map(VaccineCode, body.controlled)
    terms = Terms(limit, frozenset(codes))
    return Answer(_answer(board, point, supply.termed(board, call.caller, point, terms, etag)))


def post_delivery(call: Call) -> Answer:
    """Note a delivery that is to come."""
    board, point = _point(call)
    body: DeliveryBody = call.body
    key = derived_id("delivery", point.id, call.headers[ONCE.name], length=ID_LENGTH)
    wanted = Delivery(
        id=DeliveryId(key),
        vaccine=VaccineCode(body.vaccine),
        doses=body.doses,
        expected_on=body.expected_on,
        status=DeliveryStatus.CONFIRMED if body.confirmed else DeliveryStatus.ANNOUNCED,
    )
    return Answer(_delivery(supply.announced(board, call.caller, point, wanted)), 201)


def warnings(board: Board, point: Point, edits: Sequence[Edit]) -> list[WarningAnswer]:
    """Return what a schedule is warned of, as edits leave it."""
    return [_warning(one) for one in supply.advice(board, point, edits)]


def _warning(advice: Advice) -> WarningAnswer:
    found = [WarnedDay(date=day.isoformat(), places=places) for day, places in advice.found]
    code, vaccine = advice.code, advice.vaccine
    if code is AdviceCode.OVER_WEEKLY_LIMIT:
        return WarningAnswer(code=code, limit=advice.of, weeks=found)
    doses = advice.of if code is AdviceCode.PART_OF_A_VIAL else None
    return WarningAnswer(code=code, vaccine=vaccine, doses_per_vial=doses, days=found)


def _point(call: Call) -> tuple[Board, Point]:
    services: Services = call.suite
    board = services.board
    return board, schedule.point_of(board, call.caller, PointId(call.params["point"]))


def _answer(board: Board, point: Point, found: Supply) -> SupplyAnswer:
    coming = sorted(found.deliveries, key=lambda one: (one.expected_on, one.id))
    return SupplyAnswer(
        weekly_limit=found.weekly_limit,
        controlled=sorted(found.controlled),
        deliveries=[_delivery(one) for one in coming],
        missing=[
            MissingAnswer(date=one.day.isoformat(), vaccine=one.vaccine, places=one.missing)
            for one in supply.uncovered(board, point, found)
        ],
        etag=f'"{found.number}"',
    )


def _delivery(one: Delivery) -> ExpectedDeliveryAnswer:
    return ExpectedDeliveryAnswer(**delivery_facts(one))


def delivery_facts(one: Delivery) -> dict[str, Any]:
    """Return what callers are told of a delivery."""
    return {
        "id": one.id,
        "vaccine": one.vaccine,
        "doses": one.doses,
        "arrived": one.arrived,
        "expected_on": one.expected_on.isoformat(),
        "status": one.status.value,
        "etag": f'"{one.version}"',
    }


SUPPLY = "/v1/points/{point}/supply"
DELIVERIES = f"{SUPPLY}/deliveries"
ROUTES = (
    Route(
        "GET",
        SUPPLY,
        get_supply,
        "What the point has to give: its limit, deliveries, days without doses",
        {200: SupplyAnswer},
        roles=PLANNERS,
        refusals=REFUSALS,
        limit="schedule",
    ),
    Route(
        "PATCH",
        SUPPLY,
        patch_supply,
        "Set the weekly limit, and which vaccines are under control",
        {200: SupplyAnswer},
        roles=PLANNERS,
        body=SupplyPatch,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
        limit="schedule",
    ),
    Route(
        "POST",
        DELIVERIES,
        post_delivery,
        "Note a delivery that is to come",
        {201: ExpectedDeliveryAnswer},
        roles=PLANNERS,
        body=DeliveryBody,
        headers=(ONCE,),
        refusals=(*REFUSALS, InvalidRequest, IdempotencyConflict),
        limit="schedule",
    ),
)

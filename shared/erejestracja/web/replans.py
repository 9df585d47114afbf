"""Plans made anew when a delivery changes, over HTTP: previewed, carried out, watched, undone."""

from typing import Protocol

from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Point
from erejestracja.domain.replan import DayFall
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.supply import Delivery, DeliveryId
from erejestracja.services import replanning, schedule, supply
from erejestracja.services.replanning import Replanning, Replans, Wanted
from erejestracja.services.schedule import Board
from erejestracja.services.supply import Rearranged
from erejestracja.web.closures import hit_answer, number_named
from erejestracja.web.conditional import version_named
from erejestracja.web.replan_models import (
    DeliveryChangeAnswer,
    FallAnswer,
    FallenVisit,
    ReplanAnswer,
    ReplanQuery,
)
from erejestracja.web.routing import Answer, Call, Route
from erejestracja.web.schedule_models import EDIT_REFUSALS, PLANNERS, REFUSALS, UndoBody, affected
from erejestracja.web.supply import DELIVERIES, IF_MATCH, SUPPLY, delivery_facts
from erejestracja.web.supply_models import DeliveryPatch

BECOMES = {
    Strategy.REACCOMMODATE: "orphaned",
    Strategy.CANCEL: "cancelled",
    Strategy.KEEP: "stays",
}


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...

    @property
    def replans(self) -> Replans:
        """What was planned for when deliveries changed, and whom that hit."""
        ...


def patch_delivery(call: Call) -> Answer:
    """Confirm, change or cancel a delivery, and plan anew where that is asked for."""
    board, point, _ = _point(call)
    body: DeliveryPatch = call.body
    named, override = DeliveryId(call.params["delivery"]), call.query.override
    version = version_named(call.headers[IF_MATCH.name])
    wanted = Rearranged(version, body.status, body.doses, body.expected_on, override)
    if body.strategy is None and not call.query.dry_run:
        return Answer(_unplanned(supply.rearranged(board, call.caller, point, named, wanted)))
    asked = Wanted(wanted, body.strategy or Strategy.KEEP, body.reason)
    found = replanning.planned(board, call.caller, point, named, asked)
    return _done(call, board, found)


def get_replan(call: Call) -> Answer:
    """Tell how far a plan made anew is."""
    _, point, replans = _point(call)
    found = replanning.progress(replans, point, number_named(call.params["replan"]))
    return Answer(
        ReplanAnswer(
            id=str(found.replan.number),
            delivery=found.replan.after.id,
            strategy=found.replan.strategy.value,
            reason=found.replan.reason.value if found.replan.reason else None,
            undone=found.replan.undone,
            settled=found.settled,
            visits=[hit_answer(one) for one in found.hits],
            unreachable=[hit_answer(one) for one in found.unreachable],
        )
    )


def undo_replan(call: Call) -> Answer:
    """Undo a change of a delivery, and what fell by it."""
    board, point, replans = _point(call)
    number = number_named(call.params["replan"])
    if int(call.body.undo_token) != number:
        raise InvalidRequest({"undoToken": "is not this plan's"})
    return _done(call, board, replanning.taken_back(board, call.caller, point, replans, number))


def _point(call: Call) -> tuple[Board, Point, Replans]:
    services: Services = call.suite
    board = services.board
    point = schedule.point_of(board, call.caller, PointId(call.params["point"]))
    return board, point, services.replans


def _done(call: Call, board: Board, found: Replanning) -> Answer:
    """Answer a preview, or carry it out; what is cut off, upkeep completes."""
    if call.query.dry_run:
        return Answer(_planned(found, dry_run=True, settled=False))
    settled = replanning.carry_out(board, found, call.query.override)
    return Answer(_planned(found, dry_run=False, settled=settled))


def _planned(found: Replanning, *, dry_run: bool, settled: bool) -> DeliveryChangeAnswer:
    becomes = BECOMES[found.strategy]
    [delivery] = found.deliveries
    same = [affected(visit, keeps_time=found.strategy is Strategy.KEEP) for visit in found.visits]
    return DeliveryChangeAnswer(
        **delivery_facts(delivery),
        dry_run=dry_run,
        settled=settled,
        days=[_fall(one) for one in found.days],
        affected_visits=[FallenVisit(**one.model_dump(), becomes=becomes) for one in same],
        undo_token=None if dry_run else str(found.number),
    )


def _unplanned(one: Delivery) -> DeliveryChangeAnswer:
    return DeliveryChangeAnswer(**delivery_facts(one))


def _fall(one: DayFall) -> FallAnswer:
    return FallAnswer(
        date=one.day.isoformat(),
        vaccine=one.vaccine,
        places=one.free + one.booked,
        free=one.free,
        booked=one.booked,
        again=one.again,
    )


REPLANS = f"{SUPPLY}/replans"
ROUTES = (
    Route(
        "PATCH",
        DELIVERIES + "/{delivery}",
        patch_delivery,
        "Confirm, change or cancel a delivery, and plan anew",
        {200: DeliveryChangeAnswer},
        roles=PLANNERS,
        query=ReplanQuery,
        body=DeliveryPatch,
        headers=(IF_MATCH,),
        refusals=EDIT_REFUSALS,
        limit="schedule",
    ),
    Route(
        "GET",
        REPLANS + "/{replan}",
        get_replan,
        "How far a plan made anew is, and who cannot be reached",
        {200: ReplanAnswer},
        roles=PLANNERS,
        refusals=REFUSALS,
        limit="schedule",
    ),
    Route(
        "POST",
        REPLANS + "/{replan}:undo",
        undo_replan,
        "Undo a change of a delivery, and what fell by it",
        {200: DeliveryChangeAnswer},
        roles=PLANNERS,
        query=ReplanQuery,
        body=UndoBody,
        refusals=EDIT_REFUSALS,
        limit="schedule",
    ),
)

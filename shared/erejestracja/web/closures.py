"""Closures of a point, or of a room, over HTTP: previewed, made, watched, undone."""

from datetime import date
from typing import Annotated, Protocol

from pydantic import AwareDatetime, Field

from erejestracja.domain.closures import Closed, Closure, Hit, closure_of
from erejestracja.domain.errors import (
    InvalidRequest,
    NotFound,
)
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Point
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.timetable import keeping_their_time, places_in, shut_over
from erejestracja.domain.visit import Visit
from erejestracja.services import closing, schedule
from erejestracja.services.closing import Asked, Closing, Hits
from erejestracja.services.schedule import Board, Impact
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Route
from erejestracja.web.schedule_models import (
    EDIT_REFUSALS,
    PLANNERS,
    REFUSALS,
    AffectedVisit,
    DryRun,
    RoomName,
    UndoBody,
)
from erejestracja.web.slots import instant

Moment = Annotated[AwareDatetime, Field(strict=False)]


class ClosureBody(RequestModel):
    """When the point is shut, in whole minutes, why, and what becomes of visits then.

    With a `room`, one that its series name, only that is shut.
    """

    from_: Moment = Field(alias="from")
    to: Moment
    reason: ClosureReason = Field(strict=False)
    strategy: Strategy = Field(strict=False)
    room: RoomName | None = None


class ClosureAnswer(AnswerModel):
    """A closure; undone, it is so no longer."""

    id: str
    from_: str = Field(alias="from")
    to: str
    reason: str
    strategy: str
    room: str | None = None
    undone: bool


class ClosureList(AnswerModel):
    """All closures of a point, undone ones too."""

    closures: list[ClosureAnswer]


class ClosureVisit(AffectedVisit):
    """A visit on a session that is withdrawn, and what becomes of it.

    `keepsTime`: the time is offered anew, and the visit gets it. `stays`: it takes place though
    the point is shut. `orphaned`: it is kept and wants another place. `cancelled`: with a message.
    """

    becomes: str


class ClosingAnswer(AnswerModel):
    """What a closure does, or its undoing. A preview changes nothing.

    `settled` false: sessions and visits follow within minutes by themselves.
    """

    dry_run: bool
    settled: bool
    creates: int
    withdraws: int
    keeps: int
    affected_visits: list[ClosureVisit]
    closure: ClosureAnswer | None = None
    undo_token: str | None = None


class HitAnswer(AnswerModel):
    """A visit that the closure hit."""

    visit: str
    outcome: str


class ProgressAnswer(AnswerModel):
    """How far a closure is. Who is `unreachable` has no telephone that takes messages."""

    closure: ClosureAnswer
    settled: bool
    visits: list[HitAnswer]
    unreachable: list[HitAnswer]


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...

    @property
    def hits(self) -> Hits:
        """What closures have done to visits."""
        ...


def post_closure(call: Call) -> Answer:
    """Close the point, or a room of it, for some time."""
    board, point = _point(call)
    body: ClosureBody = call.body
    asked = Asked(body.from_, body.to, body.reason, body.strategy, body.room)
    return _done(call, board, closing.closed(board, call.caller, point, asked), 201)


def get_closures(call: Call) -> Answer:
    """List the point's closures."""
    board, point = _point(call)
    found = board.schedules.closures(point.id).all
    return Answer(ClosureList(closures=[_closure(one) for one in found]))


def get_closure(call: Call) -> Answer:
    """Tell how far a closure is."""
    board, point = _point(call)
    services: Services = call.suite
    found = closing.progress(board, services.hits, point, number_named(call.params["closure"]))
    return Answer(
        ProgressAnswer(
            closure=_closure(found.closure),
            settled=found.settled,
            visits=[hit_answer(one) for one in found.hits],
            unreachable=[hit_answer(one) for one in found.unreachable],
        )
    )


def undo_closure(call: Call) -> Answer:
    """Undo a closure."""
    board, point = _point(call)
    number = number_named(call.params["closure"])
    if int(call.body.undo_token) != number:
        raise InvalidRequest({"undoToken": "is not this closure's"})
    return _done(call, board, closing.reopened(board, call.caller, point, number), 200)


def _point(call: Call) -> tuple[Board, Point]:
    services: Services = call.suite
    board = services.board
    return board, schedule.point_of(board, call.caller, PointId(call.params["point"]))


def number_named(text: str) -> int:
    """Read a number out of an address. Raises NotFound."""
    if not (text.isascii() and text.isdigit()):
        raise NotFound
    return int(text)


def _done(call: Call, board: Board, found: Closing, status: int) -> Answer:
    """Answer a preview, or carry it out; what is cut off, upkeep completes."""
    if call.query.dry_run:
        return Answer(_closing(found, board.today(), dry_run=True, settled=False))
    settled = closing.carry_out(board, found, call.query.override)
    return Answer(_closing(found, board.today(), dry_run=False, settled=settled), status)


def _closing(found: Closing, today: date, *, dry_run: bool, settled: bool) -> ClosingAnswer:
    plans = [one.plan for one in found.impacts]
    return ClosingAnswer(
        dry_run=dry_run,
        settled=settled,
        creates=sum(places_in(plan.creates) for plan in plans),
        withdraws=sum(places_in(plan.withdraws) for plan in plans),
        keeps=sum(places_in(plan.keeps) for plan in plans),
        affected_visits=[v for one in found.impacts for v in _visits(one, today)],
        closure=None if dry_run else _closure(found.closure),
        undo_token=None if dry_run else str(found.closure.closed.number),
    )


def _visits(found: Impact, today: date) -> list[ClosureVisit]:
    shut = {s.key: shut_over(found.edit, s, today) for s in found.plan.withdraws}
    over = [(visit, shut.get(visit.place.slot.session, ())) for visit in found.visits]
    hit = [(visit, closure_of(visit, closures)) for visit, closures in over]
    same = keeping_their_time(found.plan, [visit for visit, closed in hit if closed is None])
    return [_visit(visit, closed, keeps=visit.id in same) for visit, closed in hit]


def _visit(visit: Visit, closed: Closed | None, *, keeps: bool) -> ClosureVisit:
    if closed is None:
        becomes = "keepsTime" if keeps else "orphaned"
    else:
        becomes = {
            Strategy.KEEP: "stays",
            Strategy.CANCEL: "cancelled",
            Strategy.REACCOMMODATE: "orphaned",
        }[closed.strategy]
    return ClosureVisit(
        id=visit.id,
        slot_id=str(visit.place.slot),
        start_at=instant(visit.starts_at),
        vaccine=visit.vaccine,
        dose=visit.dose,
        keeps_time=keeps,
        becomes=becomes,
    )


def _closure(closure: Closure) -> ClosureAnswer:
    closed = closure.closed
    return ClosureAnswer(
        id=str(closed.number),
        from_=instant(closed.from_),
        to=instant(closed.to),
        reason=closure.reason.value,
        strategy=closed.strategy.value,
        room=closed.room,
        undone=closure.undone,
    )


def hit_answer(hit: Hit) -> HitAnswer:
    """Tell of a visit what became of it."""
    return HitAnswer(visit=hit.visit, outcome=hit.outcome.value)


CLOSURES = "/v1/points/{point}/closures"
ROUTES = (
    Route(
        "POST",
        CLOSURES,
        post_closure,
        "Close a point, or one of its rooms, for some time",
        {200: ClosingAnswer, 201: ClosingAnswer},
        roles=PLANNERS,
        query=DryRun,
        body=ClosureBody,
        refusals=EDIT_REFUSALS,
        limit="schedule",
    ),
    Route(
        "GET",
        CLOSURES,
        get_closures,
        "The point's closures",
        {200: ClosureList},
        roles=PLANNERS,
        refusals=REFUSALS,
        limit="schedule",
    ),
    Route(
        "GET",
        CLOSURES + "/{closure}",
        get_closure,
        "How far a closure is, and who cannot be reached",
        {200: ProgressAnswer},
        roles=PLANNERS,
        refusals=REFUSALS,
        limit="schedule",
    ),
    Route(
        "POST",
        CLOSURES + "/{closure}:undo",
        undo_closure,
        "Undo a closure: what is ahead opens again",
        {200: ClosingAnswer},
        roles=PLANNERS,
        query=DryRun,
        body=UndoBody,
        refusals=EDIT_REFUSALS,
        limit="schedule",
    ),
)

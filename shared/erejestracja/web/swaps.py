"""Swaps at a point over HTTP: who may have a dose that nobody came for, and letting them."""

from collections.abc import Sequence
from typing import Annotated, Protocol

from pydantic import Field

from erejestracja.domain.errors import (
    AlreadyBooked,
    IdempotencyConflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    SwapStands,
    VersionMismatch,
)
from erejestracja.domain.ids import PointId, VisitId
from erejestracja.domain.swapped import SwapId
from erejestracja.domain.swaps import MOST_LINKS
from erejestracja.domain.visit import Visit
from erejestracja.services import swapping_back, swaps
from erejestracja.services.arrivals import Expected
from erejestracja.services.clinic import Clinic
from erejestracja.services.standby import Asking
from erejestracja.services.swapping_back import Mistake
from erejestracja.services.swaps import Proposal
from erejestracja.web.attendance import DESK_STAFF
from erejestracja.web.conditional import version_named
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.vaccination_models import ExpectedAnswer, Note, expected_answer
from erejestracja.web.visits import VisitAnswer, visit_answer

IF_MATCH = Header("If-Match", "Only if the missed visit still has this etag.", example='"2"')
ONCE = Header("Idempotency-Key", "A repeat with the same key undoes it once.", required=True)
VisitField = Annotated[str, Field(min_length=1, max_length=32)]


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def clinic(self) -> Clinic:
        """The use cases of a point's day."""
        ...


class SwapsQuery(RequestModel):
    """The visit whose dose is free."""

    visit: VisitField


class SwapBody(RequestModel):
    """The visit whose dose is free, and whose come: the first now, each next in turn."""

    visit: VisitField
    with_visits: Annotated[
        list[VisitField], Field(alias="with", min_length=1, max_length=MOST_LINKS)
    ]


class SwapAnswer(AnswerModel):
    """Who could come, first of `chain`, and who would then move up, one place each.

    With `keepsDate` the old date becomes that of the person's next dose.
    """

    chain: list[ExpectedAnswer]
    keeps_date: bool


class SwapsAnswer(AnswerModel):
    """Why a dose is free, until when its person may not come, and what could be done."""

    reason: str
    until: str | None = None
    proposals: list[SwapAnswer]


class SwappedAnswer(AnswerModel):
    """The visits as they now are: who has come, who has moved, and a new one.

    `undoToken` stands in the path of the undoing.
    """

    visits: list[VisitAnswer]
    undo_token: str


class MistakeBody(RequestModel):
    """Why a swap was a mistake."""

    note: Note


class UndoneAnswer(AnswerModel):
    """The visits as before: whose dose it was, who had come or moved; and one that is cancelled.

    The last is the one that the swap had booked, if it had.
    """

    visits: list[VisitAnswer]


def get_swaps(call: Call) -> Answer:
    """List what could be done with a dose; each person can read who looked."""
    dose, found = swaps.propose(_clinic(call), _asking(call), VisitId(call.query.visit))
    until = dose.until.isoformat() if dose.until else None
    proposals = [_proposal(one) for one in found]
    return Answer(SwapsAnswer(reason=dose.why.value, until=until, proposals=proposals))


def post_swap(call: Call) -> Answer:
    """Carry a swap out, all of it or none."""
    body: SwapBody = call.body
    etag = call.headers.get(IF_MATCH.name)
    chain = [VisitId(one) for one in body.with_visits]
    done = swaps.carry_out(
        _clinic(call),
        _asking(call),
        VisitId(body.visit),
        version_named(etag) if etag else None,
        chain,
    )
    return Answer(SwappedAnswer(visits=_visits(call, done.visits), undo_token=done.swap))


def undo_swap(call: Call) -> Answer:
    """Undo a swap, all of it or nothing."""
    named = SwapId(call.params["swap"])
    mistake = Mistake(named, call.body.note, call.headers[ONCE.name])
    found = swapping_back.undo(_clinic(call), _asking(call), mistake)
    return Answer(UndoneAnswer(visits=_visits(call, found)))


def _visits(call: Call, visits: Sequence[Visit]) -> list[VisitAnswer]:
    return [visit_answer(_clinic(call).desk, one) for one in visits]


def _proposal(proposal: Proposal) -> SwapAnswer:
    pairs = zip(proposal.swap.chain, proposal.people, strict=True)
    chain = [expected_answer(Expected(visit, person)) for visit, person in pairs]
    return SwapAnswer(chain=chain, keeps_date=proposal.swap.keeps_date)


def _clinic(call: Call) -> Clinic:
    services: Services = call.suite
    return services.clinic


def _asking(call: Call) -> Asking:
    return Asking(call.caller, PointId(call.params["point"]), call.request_id)


SWAPS = "/v1/points/{point}/swaps"
REFUSALS = (NotAllowed, NotFound, AlreadyBooked, InvalidRequest, Overloaded)
ROUTES = (
    Route(
        "GET",
        SWAPS,
        get_swaps,
        "Who may have the dose of a visit that was missed or put off, and how visits would move",
        {200: SwapsAnswer},
        roles=DESK_STAFF,
        query=SwapsQuery,
        refusals=REFUSALS,
        limit="record",
    ),
    Route(
        "POST",
        SWAPS,
        post_swap,
        "Somebody has come for the dose: visits change place in one commit",
        {200: SwappedAnswer},
        roles=DESK_STAFF,
        body=SwapBody,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, VersionMismatch),
        limit="bookings",
    ),
    Route(
        "POST",
        SWAPS + "/{swap}:undo",
        undo_swap,
        "A swap was a mistake: undo it as one; within a day, by who made it",
        {200: UndoneAnswer},
        roles=DESK_STAFF,
        body=MistakeBody,
        headers=(ONCE,),
        refusals=(NotAllowed, NotFound, SwapStands, IdempotencyConflict, Overloaded),
        limit="bookings",
    ),
)

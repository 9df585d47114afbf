"""A point's standby list over HTTP: who is next and why, calls, and what they came to."""

from typing import Annotated, Protocol

from pydantic import Field

from erejestracja.domain.errors import (
    AlreadyBooked,
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, PointId, ProgrammeId, VaccineCode
from erejestracja.domain.standby import CallOutcome, Origin, Standby, StandbyId
from erejestracja.domain.turn import Turn
from erejestracja.services import standby
from erejestracja.services.joining import Wish
from erejestracja.services.standby import Asking, Reserve
from erejestracja.web.attendance import DESK_STAFF
from erejestracja.web.conditional import version_named
from erejestracja.web.holds import PatientField
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.slots import instant
from erejestracja.web.vaccination_models import Day

IF_MATCH = Header("If-Match", "Only if the entry still has this etag.", example='"1"')
MOST_VACCINES = 10
Code = Annotated[str, Field(min_length=1, max_length=32)]


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def reserve(self) -> Reserve:
        """The use cases of standby lists."""
        ...


class JoinBody(RequestModel):
    """Who would come within the hour, for which vaccines, until which local day."""

    patient_id: PatientField
    programme: Code
    vaccines: Annotated[list[Code], Field(min_length=1, max_length=MOST_VACCINES)]
    until: Day


class OutcomeBody(RequestModel):
    """What a call came to."""

    outcome: CallOutcome = Field(strict=False)


class StandbyAnswer(AnswerModel):
    """An entry: `restsUntil` is when it may be called next, `standing` what was last done.

    `origin` tells whether the person asked themselves or a desk put them on.
    """

    id: str
    person: str
    point: str
    programme: str
    vaccines: list[str]
    until: str
    since: str
    standing: str
    rests_until: str
    origin: Origin
    etag: str


class NotNowAnswer(AnswerModel):
    """Why the rules allow no dose at this moment, and from when they would."""

    reason: str
    from_: str | None = Field(None, alias="from")


class TurnAnswer(AnswerModel):
    """An entry in the order of calls, and why it stands there."""

    entry: StandbyAnswer
    group: str
    may_be_called: bool
    may_have: list[str]
    referral_id: str | None = None
    dose: int | None = None
    not_now: NotNowAnswer | None = None
    given_name: str | None = None
    family_name: str | None = None


class QueueAnswer(AnswerModel):
    """The list, who is called next first; those who cannot be called now come last."""

    turns: list[TurnAnswer]


class CallAnswer(AnswerModel):
    """Whom this desk is calling, and how."""

    turn: TurnAnswer
    phone: str | None = None


def get_queue(call: Call) -> Answer:
    """List who waits; each of them can read who looked."""
    found = standby.queue(_reserve(call), _asking(call))
    return Answer(QueueAnswer(turns=[turn_answer(turn) for turn in found]))


def post_entry(call: Call) -> Answer:
    """Put a person on the list, or change what they wish."""
    body: JoinBody = call.body
    wish = Wish(
        patient=PatientId(body.patient_id),
        programme=ProgrammeId(body.programme),
        vaccines=tuple(VaccineCode(code) for code in body.vaccines),
        until=body.until,
    )
    return _answer(standby.join(_reserve(call), _asking(call), wish), 201)


def delete_entry(call: Call) -> Answer:
    """Take a person off the list."""
    standby.remove(_reserve(call), _asking(call), _entry(call), _version(call))
    return Answer(None, 204)


def call_entry(call: Call) -> Answer:
    """Keep a person for this desk while it calls them, and show how."""
    reserve, asking = _reserve(call), _asking(call)
    called = standby.call(reserve, asking, _entry(call), _version(call))
    turn, person = standby.person_called(reserve, asking, called.id)
    answer = CallAnswer(turn=turn_answer(turn), phone=person.phone)
    return Answer(answer, headers={"ETag": answer.turn.entry.etag})


def answer_entry(call: Call) -> Answer:
    """Write down what the call came to."""
    body: OutcomeBody = call.body
    asked = _reserve(call), _asking(call), _entry(call)
    return _answer(standby.answer(*asked, body.outcome, _version(call)))


def turn_answer(turn: Turn) -> TurnAnswer:
    """Return an entry in the order of calls as staff see it; a telephone is not in it."""
    no, person, referral = turn.refused, turn.person, turn.referral
    return TurnAnswer(
        entry=entry_answer(turn.standby),
        group=turn.group.value,
        may_be_called=turn.is_next,
        may_have=list(turn.may_have),
        referral_id=referral.id if referral else None,
        dose=referral.next_dose if referral else None,
        not_now=NotNowAnswer(
            reason=no.reason.value, from_=no.from_.isoformat() if no.from_ else None
        )
        if no
        else None,
        given_name=person.given_name if person else None,
        family_name=person.family_name if person else None,
    )


def entry_answer(entry: Standby) -> StandbyAnswer:
    """Return an entry as callers see it; no telephone is in it."""
    return StandbyAnswer(
        id=entry.id,
        person=entry.patient,
        point=entry.point,
        programme=entry.programme,
        vaccines=list(entry.vaccines),
        until=entry.until.isoformat(),
        since=instant(entry.since),
        standing=entry.standing.value,
        rests_until=instant(entry.rests_until),
        origin=entry.origin,
        etag=f'"{entry.number}"',
    )


def _answer(entry: Standby, status: int = 200) -> Answer:
    answer = entry_answer(entry)
    return Answer(answer, status, {"ETag": answer.etag})


def _reserve(call: Call) -> Reserve:
    services: Services = call.suite
    return services.reserve


def _asking(call: Call) -> Asking:
    return Asking(call.caller, PointId(call.params["point"]), call.request_id)


def _entry(call: Call) -> StandbyId:
    return StandbyId(call.params["entry"])


def _version(call: Call) -> str | None:
    etag = call.headers.get(IF_MATCH.name)
    return version_named(etag) if etag else None


LIST = "/v1/points/{point}/standby"
ENTRY = LIST + "/{entry}"
REFUSALS = (NotAllowed, NotFound, VersionMismatch, Overloaded)
ROUTES = (
    Route(
        "GET",
        LIST,
        get_queue,
        "The standby list, who is called next first, each with the reason",
        {200: QueueAnswer},
        roles=DESK_STAFF,
        refusals=(NotAllowed, Overloaded),
        limit="record",
    ),
    Route(
        "POST",
        LIST,
        post_entry,
        "Put a person on the standby list who can come within the hour",
        {201: StandbyAnswer},
        roles=DESK_STAFF,
        body=JoinBody,
        refusals=(NotAllowed, NotFound, AlreadyBooked, Overloaded),
        limit="bookings",
    ),
    Route(
        "DELETE",
        ENTRY,
        delete_entry,
        "Take a person off the standby list",
        {204: None},
        roles=DESK_STAFF,
        headers=(IF_MATCH,),
        refusals=REFUSALS,
        limit="bookings",
    ),
    Route(
        "POST",
        ENTRY + ":call",
        call_entry,
        "Call a person: kept for this desk for some minutes, and their telephone shown",
        {200: CallAnswer},
        roles=DESK_STAFF,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, NotEligible, AlreadyBooked),
        limit="bookings",
    ),
    Route(
        "POST",
        ENTRY + ":answer",
        answer_entry,
        "What the call came to: they come, were not reached, or declined",
        {200: StandbyAnswer},
        roles=DESK_STAFF,
        body=OutcomeBody,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, InvalidRequest),
        limit="bookings",
    ),
)

"""Holds over HTTP: take, extend, release."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from erejestracja.domain.actor import Role
from erejestracja.domain.criteria import Candidate
from erejestracja.domain.errors import (
    HoldExpired,
    NotAllowed,
    NotEligible,
    NotFound,
    Overloaded,
    OverrideNotStanding,
    SlotTaken,
)
from erejestracja.domain.ids import PatientId
from erejestracja.domain.override import OverrideId
from erejestracja.services import holds
from erejestracja.services.desk import Desk, person_in_question
from erejestracja.services.holds import Asker, Kept
from erejestracja.services.overrides import open_for
from erejestracja.web.criteria import CriteriaBody
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.slots import SlotAnswer, instant, offer_of, slot_answer, slot_document

BOOKERS = frozenset(
    {Role.PATIENT, Role.AGENT, Role.REGISTRAR, Role.MEDIC, Role.ADMIN, Role.PARTNER}
)
REPEAT = Header(
    "Idempotency-Key",
    "The same key has one effect, however often and however concurrently it comes.",
    example="0f6e1a52-8a8f-4a4e-9d0e-3f1f3b1c2d4e",
)
PatientField = Annotated[str, Field(pattern=r"^[a-z2-7]{26}$")]
OverrideField = Annotated[str, Field(min_length=1, max_length=32)]
SlotField = Annotated[str, Field(max_length=96)]


class HoldBody(RequestModel):
    """A slot, or criteria: then the best free place is found and held in one go.

    An agent's open override keeps a place that a rule refuses, until a second person decides.
    """

    slot_id: SlotField | None = None
    criteria: CriteriaBody | None = None
    patient_id: PatientField | None = None
    override_id: OverrideField | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.slot_id is None) == (self.criteria is None):
            raise ValueError("name slotId or criteria")
        return self


class HoldAnswer(AnswerModel):
    """A place kept for some minutes."""

    id: str
    slot: SlotAnswer
    expires_at: str


def post_hold(call: Call) -> Answer:
    """Hold a slot, or find and hold the best."""
    desk: Desk = call.suite.desk
    body: HoldBody = call.body
    patient = patient_of(call, body.patient_id)
    waived = None
    if body.override_id:
        override = OverrideId(body.override_id)
        waived = open_for(desk, call.caller, patient, override).rule
    asker = Asker(call.caller, patient, call.headers.get(REPEAT.name), waived)
    try:
        if body.criteria:
            kept = holds.hold_best(desk, asker, body.criteria.criteria())
        else:
            kept = holds.hold_slot(desk, asker, *offer_of(body.slot_id or ""))
    except SlotTaken as taken:
        raise with_alternatives(desk, taken) from taken
    return Answer(_answer(desk, kept, desk.tokens.seal(kept.hold)), 201)


def extend_hold(call: Call) -> Answer:
    """Keep a hold for another while."""
    desk: Desk = call.suite.desk
    text = call.params["hold"]
    kept = holds.extend(desk, holder_of(call), text)
    return Answer(_answer(desk, kept, text))


def delete_hold(call: Call) -> Answer:
    """Give a hold's place back."""
    desk: Desk = call.suite.desk
    holds.release(desk, call.caller, holder_of(call), call.params["hold"])
    return Answer(None, 204)


def patient_of(call: Call, named: str | None) -> PatientId:
    """Return whose record this call acts on."""
    return person_in_question(call.suite.desk, call.caller, PatientId(named) if named else None)


def holder_of(call: Call) -> PatientId:
    """Return whose hold a path means: one's own, or the patient that staff name in the query."""
    return patient_of(call, call.query.patient_id if call.query else None)


def with_alternatives(desk: Desk, taken: SlotTaken) -> SlotTaken:
    """Return the refusal with its alternatives as callers see slots."""
    return SlotTaken(tuple(_document(desk, candidate) for candidate in taken.alternatives))


def _document(desk: Desk, candidate: Candidate) -> dict[str, object]:
    session = candidate.state.session
    point = desk.read_model.point(session.key.point)
    if point is None:
        raise NotFound
    free = candidate.state.free(candidate.index)
    return slot_document(
        session, candidate.index, free, point, candidate.distance_km, vaccine=candidate.vaccine
    )


def _answer(desk: Desk, kept: Kept, text: str) -> HoldAnswer:
    session, index = kept.session, kept.hold.place.slot.index
    point = desk.read_model.point(session.key.point)
    state = desk.read_model.state(session.key)
    if point is None or state is None:
        raise NotFound
    return HoldAnswer(
        id=text,
        slot=slot_answer(session, index, state.free(index), point, kept.hold.vaccine),
        expires_at=instant(kept.hold.expires_at),
    )


class PatientQuery(RequestModel):
    """Staff name the patient, and so do those who act for another; others need not."""

    patient_id: PatientField | None = None


ROUTES = (
    Route(
        "POST",
        "/v1/holds",
        post_hold,
        "Hold a slot, or find and hold the best one",
        answers={201: HoldAnswer},
        roles=BOOKERS,
        body=HoldBody,
        headers=(REPEAT,),
        refusals=(NotFound, SlotTaken, NotEligible, OverrideNotStanding, NotAllowed, Overloaded),
        limit="holds",
    ),
    Route(
        "POST",
        "/v1/holds/{hold}:extend",
        extend_hold,
        "Keep a hold for another ten minutes, thirty in all",
        answers={200: HoldAnswer},
        roles=BOOKERS,
        query=PatientQuery,
        refusals=(NotFound, HoldExpired, NotAllowed, Overloaded),
        limit="bookings",
    ),
    Route(
        "DELETE",
        "/v1/holds/{hold}",
        delete_hold,
        "Give a hold's place back",
        answers={204: None},
        roles=BOOKERS,
        query=PatientQuery,
        refusals=(NotFound, NotAllowed, Overloaded),
        limit="bookings",
    ),
)

"""Visits over HTTP: book, see, move, cancel, take along as a calendar file."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from erejestracja.domain.consent import form_of
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    IdempotencyConflict,
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    Overloaded,
    OverrideNotStanding,
    SlotTaken,
    VersionMismatch,
)
from erejestracja.domain.ids import ReferralId, VisitId
from erejestracja.domain.override import OverrideId
from erejestracja.domain.phone import parse_phone
from erejestracja.domain.visit import CancelReason, ConsentForm, Visit
from erejestracja.services import booking
from erejestracja.services.booking import BookVisit
from erejestracja.services.desk import Desk
from erejestracja.services.places import Wanted
from erejestracja.services.record import note_access
from erejestracja.web.conditional import version_named
from erejestracja.web.holds import (
    BOOKERS,
    REPEAT,
    OverrideField,
    PatientField,
    SlotField,
    patient_of,
    with_alternatives,
)
from erejestracja.web.ics import calendar
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.slots import SlotAnswer, instant, offer_of, slot_answer

IF_MATCH = Header("If-Match", "Only if the visit still has this etag.", example='"1"')
HoldField = Annotated[str, Field(max_length=300)]


class WantedBody(RequestModel):
    """A held place, or a slot."""

    hold_id: HoldField | None = None
    slot_id: SlotField | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.hold_id is None) == (self.slot_id is None):
            raise ValueError("name holdId or slotId")
        return self

    def wanted(self) -> Wanted:
        """Return what the services understand. Raises NotFound."""
        return (
            Wanted(self.hold_id, *offer_of(self.slot_id)) if self.slot_id else Wanted(self.hold_id)
        )


class ContactBody(RequestModel):
    """How the person may be reached; all of it optional by law.

    Of who books for another only the phone counts: for the messages of this visit.
    """

    phone: Annotated[str, Field(max_length=24)] | None = None
    email: Annotated[str, Field(max_length=200, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = (
        None
    )
    language: Literal["pl", "en", "uk"] | None = None

    def contact(self) -> dict[str, str]:
        """Return what was given, the phone in E.164. Raises InvalidRequest."""
        given = self.model_dump(exclude_none=True)
        if self.phone:
            try:
                given["phone"] = str(parse_phone(self.phone))
            except ValueError:
                raise InvalidRequest({"contact.phone": "is no phone number"}) from None
        return given


class VisitBody(WantedBody):
    """What to book, on which referral, and by which override if two people agreed on one."""

    referral_id: Annotated[str, Field(min_length=1, max_length=32)]
    contact: ContactBody | None = None
    patient_id: PatientField | None = None
    override_id: OverrideField | None = None


class CancelBody(RequestModel):
    """Why."""

    reason: CancelReason = Field(CancelReason.PATIENT, strict=False)


class VisitPerson(AnswerModel):
    """The person, by the opaque id only."""

    id: str


class VisitAnswer(AnswerModel):
    """A person's appointment for a dose. `consentForm` is absent for who is of age."""

    id: str
    status: str
    slot: SlotAnswer
    person: VisitPerson
    referral_id: str
    programme: str
    vaccine: str
    dose: int
    created_at: str
    updated_at: str
    etag: str
    consent_form: ConsentForm | None = None


def visit_answer(desk: Desk, visit: Visit) -> VisitAnswer:
    """Return a visit as callers see it."""
    slot = visit.place.slot
    point = desk.read_model.point(slot.session.point)
    state = desk.read_model.state(slot.session)
    if point is None or state is None:
        raise NotFound
    return VisitAnswer(
        id=visit.id,
        status=visit.status.value,
        slot=slot_answer(state.session, slot.index, state.free(slot.index), point, visit.vaccine),
        person=VisitPerson(id=visit.patient),
        referral_id=visit.referral,
        programme=visit.programme,
        vaccine=visit.vaccine,
        dose=visit.dose,
        created_at=instant(visit.created_at),
        updated_at=instant(visit.updated_at),
        etag=f'"{visit.version}"',
        consent_form=form_of(desk.programmes.get(visit.programme), visit),
    )


def post_visit(call: Call) -> Answer:
    """Book; the same key again gives the same visit."""
    desk: Desk = call.suite.desk
    body: VisitBody = call.body
    request = BookVisit(
        actor=call.caller,
        patient=patient_of(call, body.patient_id),
        referral=ReferralId(body.referral_id),
        wanted=body.wanted(),
        key=call.headers.get(REPEAT.name),
        contact=body.contact.contact() if body.contact else {},
        override=OverrideId(body.override_id) if body.override_id else None,
        request_id=call.request_id,
    )
    try:
        booked = booking.book(desk, request)
    except SlotTaken as taken:
        raise with_alternatives(desk, taken) from taken
    return _answer(desk, booked.visit, 201 if booked.created else 200)


def get_visit(call: Call) -> Answer:
    """Show a visit to who may see it, and write that down."""
    return _answer(call.suite.desk, _seen(call))


def get_calendar(call: Call) -> Answer:
    """Return the visit as a calendar file."""
    desk: Desk = call.suite.desk
    visit = _seen(call)
    point = desk.read_model.point(visit.place.slot.session.point)
    if point is None:
        raise NotFound
    headers = {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": 'attachment; filename="wizyta.ics"',
    }
    return Answer(calendar(visit, point, call.language), headers=headers)


def move_visit(call: Call) -> Answer:
    """Give a visit another place."""
    desk: Desk = call.suite.desk
    visit = _visit(call)
    try:
        moved = booking.move(desk, call.caller, visit.patient, visit, call.body.wanted())
    except SlotTaken as taken:
        raise with_alternatives(desk, taken) from taken
    return _answer(desk, moved)


def cancel_visit(call: Call) -> Answer:
    """Cancel a visit; its place is free at once."""
    desk: Desk = call.suite.desk
    return _answer(desk, booking.cancel(desk, call.caller, _visit(call), call.body.reason))


def _visit(call: Call) -> Visit:
    etag = call.headers.get(IF_MATCH.name)
    visit_id = VisitId(call.params["visit"])
    version = version_named(etag) if etag else None
    return booking.visit_of(call.suite.desk, call.caller, visit_id, version)


def _seen(call: Call) -> Visit:
    visit = _visit(call)
    note_access(call.suite.desk, call.caller, visit.patient, "visit.viewed", call.request_id)
    return visit


def _answer(desk: Desk, visit: Visit, status: int = 200) -> Answer:
    answer = visit_answer(desk, visit)
    return Answer(answer, status, {"ETag": answer.etag})


ROUTES = (
    Route(
        "POST",
        "/v1/visits",
        post_visit,
        "Book a visit of a held place, or of a slot",
        answers={201: VisitAnswer, 200: VisitAnswer},
        roles=BOOKERS,
        body=VisitBody,
        headers=(REPEAT,),
        refusals=(
            NotFound,
            SlotTaken,
            HoldExpired,
            AlreadyBooked,
            NotEligible,
            OverrideNotStanding,
            IdempotencyConflict,
            NotAllowed,
            Overloaded,
        ),
        limit="bookings",
    ),
    Route(
        "GET",
        "/v1/visits/{visit}",
        get_visit,
        "Show a visit",
        answers={200: VisitAnswer},
        roles=BOOKERS,
        refusals=(NotFound, NotAllowed, Overloaded),
        limit="record",
    ),
    Route(
        "GET",
        "/v1/visits/{visit}.ics",
        get_calendar,
        "The visit as a calendar file",
        answers={200: None},
        roles=BOOKERS,
        refusals=(NotFound, NotAllowed, Overloaded),
        limit="record",
        produces="text/calendar",
    ),
    Route(
        "POST",
        "/v1/visits/{visit}:move",
        move_visit,
        "Move a visit: the old place is freed and the new one taken, or neither",
        answers={200: VisitAnswer},
        roles=BOOKERS,
        body=WantedBody,
        headers=(IF_MATCH,),
        refusals=(
            NotFound,
            SlotTaken,
            HoldExpired,
            NotEligible,
            VersionMismatch,
            NotAllowed,
            Overloaded,
        ),
        limit="bookings",
    ),
    Route(
        "POST",
        "/v1/visits/{visit}:cancel",
        cancel_visit,
        "Cancel a visit; its place is free at once",
        answers={200: VisitAnswer},
        roles=BOOKERS,
        body=CancelBody,
        headers=(IF_MATCH,),
        refusals=(NotFound, VersionMismatch, NotAllowed, Overloaded),
        limit="bookings",
    ),
)

"""One's own place on a point's standby list over HTTP: ask for it, see it, give it up."""

from typing import Annotated, Literal

from pydantic import Field

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import (
    AlreadyBooked,
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
)
from erejestracja.domain.ids import PointId, ProgrammeId, VaccineCode
from erejestracja.domain.phone import parse_phone
from erejestracja.services import own_standby
from erejestracja.services.joining import Wish
from erejestracja.services.record import note_access
from erejestracja.services.standby import Asking, Reserve
from erejestracja.web.holds import PatientField, PatientQuery, patient_of
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Route
from erejestracja.web.standby import MOST_VACCINES, Code, Services, StandbyAnswer, entry_answer
from erejestracja.web.vaccination_models import Day

PATIENTS = frozenset({Role.PATIENT})


class OwnStandbyBody(RequestModel):
    """Where one would come within the hour, for which vaccines, until which local day.

    `consent` is to be called for a dose that is left over; it ends with the entry. `phone` is where
    to, if not the number on record.
    """

    point: Code
    programme: Code
    vaccines: Annotated[list[Code], Field(min_length=1, max_length=MOST_VACCINES)]
    until: Day
    within_the_hour: Literal[True]
    consent: Literal[True]
    phone: Annotated[str, Field(max_length=24)] | None = None
    patient_id: PatientField | None = None

    def called_at(self) -> str | None:
        """Return the number that was given, in E.164. Raises InvalidRequest."""
        try:
            return str(parse_phone(self.phone)) if self.phone else None
        except ValueError:
            raise InvalidRequest({"phone": "is no phone number"}) from None


class LeaveQuery(PatientQuery):
    """Of which programme; of all where none is named."""

    programme: Code | None = None


class OwnStandbyAnswer(AnswerModel):
    """Where a person waits for a dose left over: at one point of each programme."""

    entries: list[StandbyAnswer]


def post_own(call: Call) -> Answer:
    """Wait on a point's list, or wish otherwise."""
    body: OwnStandbyBody = call.body
    wish = Wish(
        patient=patient_of(call, body.patient_id),
        programme=ProgrammeId(body.programme),
        vaccines=tuple(VaccineCode(code) for code in body.vaccines),
        until=body.until,
        phone=body.called_at(),
    )
    asking = Asking(call.caller, PointId(body.point), call.request_id)
    answer = entry_answer(own_standby.ask(_reserve(call), asking, wish))
    return Answer(answer, 201, {"ETag": answer.etag})


def get_own(call: Call) -> Answer:
    """Show where one waits, and write down that it was looked at."""
    patient = patient_of(call, call.query.patient_id)
    note_access(call.suite.desk, call.caller, patient, "reserve.viewed", call.request_id)
    found = own_standby.entries(_reserve(call), patient)
    return Answer(OwnStandbyAnswer(entries=[entry_answer(one) for one in found]))


def delete_own(call: Call) -> Answer:
    """Wait no more."""
    query: LeaveQuery = call.query
    patient = patient_of(call, query.patient_id)
    only = ProgrammeId(query.programme) if query.programme else None
    own_standby.withdraw(_reserve(call), call.caller, call.request_id, patient, only)
    return Answer(None, 204)


def _reserve(call: Call) -> Reserve:
    services: Services = call.suite
    return services.reserve


PATH = "/v1/standby"
ROUTES = (
    Route(
        "POST",
        PATH,
        post_own,
        "Wait on a point's standby list for a dose that is left over, or wish otherwise",
        answers={201: StandbyAnswer},
        roles=PATIENTS,
        body=OwnStandbyBody,
        refusals=(InvalidRequest, NotAllowed, NotFound, AlreadyBooked, Overloaded),
        limit="bookings",
    ),
    Route(
        "GET",
        PATH,
        get_own,
        "On which standby lists one waits",
        answers={200: OwnStandbyAnswer},
        roles=PATIENTS,
        query=PatientQuery,
        refusals=(NotAllowed, Overloaded),
        limit="record",
    ),
    Route(
        "DELETE",
        PATH,
        delete_own,
        "Wait on a standby list no more: of one programme, or of any",
        answers={204: None},
        roles=PATIENTS,
        query=LeaveQuery,
        refusals=(NotAllowed, Overloaded),
        limit="bookings",
    ),
)

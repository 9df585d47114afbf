"""What staff do with a visit of the day: there, did not come, had the dose, may not have it now.

The front door sends all of /v1/visits to one function, so booking answers these, too.
"""

from collections import Counter
from typing import Protocol

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import (
    AlreadyBooked,
    ConsentMissing,
    IdempotencyConflict,
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, PointId, ReferralId, VaccineCode, VisitId
from erejestracja.domain.visit import Visit
from erejestracja.services import arrivals, doses, next_dose, walk_ins
from erejestracja.services.clinic import Clinic, visit_here
from erejestracja.services.next_dose import Next
from erejestracja.services.walk_ins import WalkIn
from erejestracja.web.conditional import version_named
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.slots import SlotAnswer, slot_answer
from erejestracja.web.vaccination_models import (
    ArriveBody,
    CompleteAnswer,
    CompleteBody,
    DayListAnswer,
    DayQuery,
    DeferBody,
    WalkInBody,
    expected_answer,
    vaccination_answer,
)
from erejestracja.web.visits import IF_MATCH, VisitAnswer, visit_answer

DESK_STAFF = frozenset({Role.REGISTRAR, Role.MEDIC, Role.ADMIN})
# A point's own software may be what its people tick them off in.
WHO_COMES = DESK_STAFF | {Role.PARTNER}
ONCE = Header("Idempotency-Key", "A repeat with the same key is the same visit.", required=True)
MEDICS = frozenset({Role.MEDIC})


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def clinic(self) -> Clinic:
        """The use cases of a point's day."""
        ...


def get_day(call: Call) -> Answer:
    """List who comes, and write down for each of them that it was seen."""
    clinic = _clinic(call)
    day = call.query.date or clinic.today()
    point = PointId(call.params["point"])
    found = arrivals.day_list(clinic, call.caller, point, day, call.request_id)
    counts = Counter(one.visit.status.value for one in found)
    visits = [expected_answer(one) for one in found]
    return Answer(DayListAnswer(date=day.isoformat(), visits=visits, counts=dict(counts)))


def post_walk_in(call: Call) -> Answer:
    """Give a visit to who came without one."""
    body: WalkInBody = call.body
    request = WalkIn(
        patient=PatientId(body.patient_id),
        referral=ReferralId(body.referral_id),
        point=PointId(call.params["point"]),
        vaccine=VaccineCode(body.vaccine),
        key=call.headers[ONCE.name],
        consent=body.consent_form,
    )
    return _answer(call, walk_ins.walk_in(_clinic(call), call.caller, request), 201)


def arrive_visit(call: Call) -> Answer:
    """Write down that the person is there, and what who is not of age has shown."""
    body: ArriveBody = call.body
    arrived = arrivals.arrive(_clinic(call), call.caller, _visit(call), body.consent_form)
    return _answer(call, arrived)


def miss_visit(call: Call) -> Answer:
    """Write down that the person did not come."""
    return _answer(call, arrivals.miss(_clinic(call), call.caller, _visit(call)))


def defer_visit(call: Call) -> Answer:
    """End the visit without a dose."""
    body: DeferBody = call.body
    clinic, visit = _clinic(call), _visit(call)
    return _answer(call, arrivals.defer(clinic, call.caller, visit, body.reason, body.until))


def complete_visit(call: Call) -> Answer:
    """Record the dose; then book the next one, or say where it could be."""
    clinic, body = _clinic(call), call.body
    given = doses.give(clinic, call.caller, _visit(call), body.dose())
    follow = next_dose.book_next if body.book_next else next_dose.propose
    return Answer(_completed(clinic, given, follow(clinic, call.caller, given.visit)))


def _completed(clinic: Clinic, given: doses.Given, following: Next) -> CompleteAnswer:
    desk = clinic.desk
    return CompleteAnswer(
        visit=visit_answer(desk, given.visit),
        vaccination=vaccination_answer(given.vaccination),
        next_visit=visit_answer(desk, following.visit) if following.visit else None,
        proposals=_slots(clinic, following),
    )


def _slots(clinic: Clinic, following: Next) -> list[SlotAnswer]:
    slots = []
    for place in following.proposals:
        session = place.state.session
        point = clinic.desk.read_model.point(session.key.point)
        if point:
            free = place.state.free(place.index)
            slots.append(slot_answer(session, place.index, free, point, place.vaccine))
    return slots


def _clinic(call: Call) -> Clinic:
    services: Services = call.suite
    return services.clinic


def _visit(call: Call) -> Visit:
    etag = call.headers.get(IF_MATCH.name)
    version = version_named(etag) if etag else None
    return visit_here(_clinic(call), call.caller, VisitId(call.params["visit"]), version)


def _answer(call: Call, visit: Visit, status: int = 200) -> Answer:
    answer = visit_answer(_clinic(call).desk, visit)
    return Answer(answer, status, {"ETag": answer.etag})


REFUSALS = (NotAllowed, NotFound, Overloaded)
DAY_ROUTES = (
    Route(
        "GET",
        "/v1/points/{point}/day",
        get_day,
        "Who comes on a day",
        {200: DayListAnswer},
        roles=WHO_COMES,
        query=DayQuery,
        refusals=(NotAllowed, Overloaded),
        limit="record",
    ),
    Route(
        "POST",
        "/v1/points/{point}/walkIns",
        post_walk_in,
        "A visit for who came without one; the one they had elsewhere is cancelled",
        {201: VisitAnswer},
        roles=DESK_STAFF,
        body=WalkInBody,
        headers=(ONCE,),
        refusals=(*REFUSALS, AlreadyBooked, NotEligible, IdempotencyConflict),
        limit="bookings",
    ),
)
VISIT_ROUTES = (
    Route(
        "POST",
        "/v1/visits/{visit}:arrive",
        arrive_visit,
        "The person is there",
        {200: VisitAnswer},
        roles=WHO_COMES,
        body=ArriveBody,
        may_lack_body=True,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
        limit="bookings",
    ),
    Route(
        "POST",
        "/v1/visits/{visit}:noShow",
        miss_visit,
        "The person did not come",
        {200: VisitAnswer},
        roles=WHO_COMES,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
        limit="bookings",
    ),
    Route(
        "POST",
        "/v1/visits/{visit}:defer",
        defer_visit,
        "No dose now: again from a day on, or never",
        {200: VisitAnswer},
        roles=MEDICS,
        body=DeferBody,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, VersionMismatch, NotEligible),
        limit="bookings",
    ),
    Route(
        "POST",
        "/v1/visits/{visit}:complete",
        complete_visit,
        "The dose was given: visit, record, vials and next dose in one",
        {200: CompleteAnswer},
        roles=MEDICS,
        body=CompleteBody,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, VersionMismatch, NotEligible, ConsentMissing),
        limit="bookings",
    ),
)

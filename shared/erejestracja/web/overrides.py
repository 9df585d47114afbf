"""Overrides over HTTP: an agent asks for one, a supervisor consents or refuses."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from erejestracja.domain.actor import Role
from erejestracja.domain.call import CallId
from erejestracja.domain.errors import (
    NotAllowed,
    NotEligible,
    NotFound,
    NotOverridable,
    Overloaded,
    OverrideNotStanding,
    OverrideWaiting,
    Reason,
    SecondPersonNeeded,
)
from erejestracja.domain.ids import PatientId, ReferralId
from erejestracja.domain.override import Ground, Override, OverrideId
from erejestracja.services import overrides
from erejestracja.services.desk import Desk
from erejestracja.services.overrides import AskFor
from erejestracja.web.holds import PatientField
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Route
from erejestracja.web.slots import instant

ASKING, DECIDING = frozenset({Role.AGENT}), frozenset({Role.SUPERVISOR})
IdField = Annotated[str, Field(min_length=1, max_length=32)]


class OverrideBody(RequestModel):
    """Which refusal is to be set aside, for whose referral, why, and in which call."""

    patient_id: PatientField
    referral_id: IdField
    reason: Reason = Field(strict=False)
    ground: Ground = Field(strict=False)
    call_id: IdField


class OverrideAnswer(AnswerModel):
    """An override: what is needed to decide, and nothing that says who the person is.

    `reason` is the refusal that is set aside and `rules` the version of the programme that refused;
    `otherwiseFrom` is when it would be allowed anyway. It is open until `endsAt`.
    """

    id: str
    status: str
    reason: str
    ground: str
    programme: str
    rules: int
    kind: str
    dose: int
    age: int
    otherwise_from: str | None = None
    asked_by: str
    asked_at: str
    ends_at: str
    decided_by: str | None = None
    visit_id: str | None = None


class OverridesAnswer(AnswerModel):
    """What waits to be decided, the first to run out first."""

    overrides: tuple[OverrideAnswer, ...]


def post_override(call: Call) -> Answer:
    """Ask for an override; asked again while it is open, it is the same."""
    desk: Desk = call.suite.desk
    body: OverrideBody = call.body
    wanted = AskFor(
        patient=PatientId(body.patient_id),
        referral=ReferralId(body.referral_id),
        rule=body.reason,
        ground=body.ground,
        call=CallId(body.call_id),
    )
    asked = overrides.ask(desk, call.caller, wanted, call.request_id)
    return Answer(_answer(desk, asked.override), 201 if asked.created else 200)


def list_overrides(call: Call) -> Answer:
    """List what waits to be decided."""
    desk: Desk = call.suite.desk
    found = overrides.waiting(desk, call.caller)
    return Answer(OverridesAnswer(overrides=tuple(_answer(desk, one) for one in found)))


def get_override(call: Call) -> Answer:
    """Show an override to who asked for it and to supervisors."""
    desk: Desk = call.suite.desk
    return Answer(_answer(desk, overrides.override_of(desk, call.caller, _named(call))))


def consent(call: Call) -> Answer:
    """Consent: the agent may book by it, once."""
    return _decided(call, consents=True)


def refuse(call: Call) -> Answer:
    """Refuse: the rule stands."""
    return _decided(call, consents=False)


def withdraw(call: Call) -> Answer:
    """Withdraw what one asked for oneself."""
    desk: Desk = call.suite.desk
    found = overrides.withdraw(desk, call.caller, _named(call), call.request_id)
    return Answer(_answer(desk, found))


def _decided(call: Call, *, consents: bool) -> Answer:
    desk: Desk = call.suite.desk
    found = overrides.decide(desk, call.caller, _named(call), call.request_id, consents=consents)
    return Answer(_answer(desk, found))


def _named(call: Call) -> OverrideId:
    return OverrideId(call.params["override"])


def _answer(desk: Desk, one: Override) -> OverrideAnswer:
    return OverrideAnswer(
        id=one.id,
        status=one.state(desk.clock.now()).value,
        reason=one.rule.value,
        ground=one.ground.value,
        programme=one.programme,
        rules=one.rules,
        kind=one.kind.value,
        dose=one.dose,
        age=one.age,
        otherwise_from=one.otherwise_from.isoformat() if one.otherwise_from else None,
        asked_by=one.asked_by,
        asked_at=instant(one.asked_at),
        ends_at=instant(one.ends_at),
        decided_by=one.decided_by,
        visit_id=one.visit,
    )


def _decision(verb: str, handler: Callable[[Call], Answer], summary: str) -> Route:
    return Route(
        "POST",
        f"/v1/overrides/{{override}}:{verb}",
        handler,
        summary,
        answers={200: OverrideAnswer},
        roles=DECIDING,
        refusals=(NotFound, NotAllowed, SecondPersonNeeded, OverrideNotStanding, Overloaded),
        limit="bookings",
    )


ROUTES = (
    Route(
        "POST",
        "/v1/overrides",
        post_override,
        "Ask a second person to set a refusal aside for somebody's booking",
        answers={201: OverrideAnswer, 200: OverrideAnswer},
        roles=ASKING,
        body=OverrideBody,
        refusals=(NotAllowed, NotEligible, NotOverridable, OverrideWaiting, Overloaded),
        limit="bookings",
    ),
    Route(
        "GET",
        "/v1/overrides",
        list_overrides,
        "What waits to be decided by a second person",
        answers={200: OverridesAnswer},
        roles=DECIDING,
        refusals=(NotAllowed, Overloaded),
        limit="record",
    ),
    Route(
        "GET",
        "/v1/overrides/{override}",
        get_override,
        "Show an override to who asked for it and to supervisors",
        answers={200: OverrideAnswer},
        roles=ASKING | DECIDING,
        refusals=(NotFound, NotAllowed, Overloaded),
        limit="record",
    ),
    _decision("consent", consent, "Consent to an override: a visit may be booked by it, once"),
    _decision("refuse", refuse, "Refuse an override: the rule stands"),
    Route(
        "POST",
        "/v1/overrides/{override}:withdraw",
        withdraw,
        "Withdraw an override that one asked for oneself",
        answers={200: OverrideAnswer},
        roles=ASKING,
        refusals=(NotFound, NotAllowed, Overloaded),
        limit="bookings",
    ),
)

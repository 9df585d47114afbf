"""Overriding a refusal over HTTP, in process."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.ids import SlotKey
from erejestracja.services.desk import Desk
from erejestracja.web.health import Health
from tests.functions.test_booking import Caller, code
from tests.support import functions
from tests.support.builders import a_session
from tests.support.override_case import (
    AGENT,
    ANNA,
    BOTH,
    COLLEAGUE,
    SECOND,
    SUPERVISOR,
    Case,
    a_case,
    an_early_referral,
)

SLOT = str(SlotKey(a_session().key, 0))
BODY = {
    "patientId": ANNA,
    "referralId": an_early_referral().id,
    "reason": "cohort_not_open",
    "ground": "physician",
    "callId": "call",
}


class KnownTokens:
    def actor(self, token: str) -> Actor:
        known = {one.subject: one for one in (AGENT, COLLEAGUE, SUPERVISOR, SECOND, BOTH)}
        return known.get(token) or Actor("anna", frozenset({Role.PATIENT}), ANNA)


@dataclass
class OverrideSuite:
    desk: Desk
    tokens: KnownTokens = field(default_factory=KnownTokens)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))


@pytest.fixture
def case() -> Case:
    return a_case()


@pytest.fixture
def call(case: Case) -> Caller:
    return Caller(functions.load("booking", OverrideSuite(case.desk)))


def asked(call: Caller, who: str = "agent", **changes: Any) -> Any:
    answer = call(who, "POST", "/v1/overrides", json=BODY | changes)
    assert answer.status_code in (200, 201), answer.text
    return answer.get_json()


def test_two_people_agree_and_a_visit_is_booked(call: Caller) -> None:
    override = asked(call)
    assert (override["status"], override["otherwiseFrom"]) == ("asked", "2026-12-31")
    place = {"slotId": SLOT, "patientId": ANNA}
    assert code(call("agent", "POST", "/v1/holds", json=place)) == (422, "not_eligible")
    by_it = {"patientId": ANNA, "overrideId": override["id"]}
    hold = call("agent", "POST", "/v1/holds", json={"slotId": SLOT, **by_it})
    assert hold.status_code == 201, hold.text
    body = {"holdId": hold.get_json()["id"], "referralId": BODY["referralId"], **by_it}
    refused = call("agent", "POST", "/v1/visits", json=body)
    assert code(refused) == (409, "override_not_standing")
    assert refused.get_json()["override"] == "asked"
    [waits] = call("adam", "GET", "/v1/overrides").get_json()["overrides"]
    assert waits == override
    agreed = call("adam", "POST", f"/v1/overrides/{override['id']}:consent")
    assert agreed.get_json()["decidedBy"] == "adam"
    visit = call("agent", "POST", "/v1/visits", json=body)
    assert visit.status_code == 201, visit.text
    assert call("agent", "POST", "/v1/visits", json=body).status_code == 200
    used = call("agent", "GET", f"/v1/overrides/{override['id']}").get_json()
    assert (used["status"], used["visitId"]) == ("used", visit.get_json()["id"])


def test_nothing_in_it_says_who_the_person_is(call: Caller) -> None:
    override = asked(call)
    assert ANNA not in str(override)
    assert BODY["referralId"] not in override.values()


def test_asked_again_it_is_the_same_and_no_other_beside(call: Caller) -> None:
    assert asked(call) == asked(call)
    other = call("agent", "POST", "/v1/overrides", json=BODY | {"ground": "order"})
    assert code(other) == (409, "override_waiting")


def test_whoever_refuses_first_has_decided(call: Caller) -> None:
    path = f"/v1/overrides/{asked(call)['id']}"
    assert call("beata", "POST", f"{path}:refuse").get_json()["status"] == "refused"
    assert code(call("adam", "POST", f"{path}:consent")) == (409, "override_not_standing")
    assert not call("adam", "GET", "/v1/overrides").get_json()["overrides"]


def test_whoever_asked_does_not_consent(call: Caller) -> None:
    path = f"/v1/overrides/{asked(call, 'both')['id']}"
    assert code(call("both", "POST", f"{path}:consent")) == (403, "second_person_needed")


def test_an_agent_withdraws_their_own(call: Caller) -> None:
    path = f"/v1/overrides/{asked(call)['id']}"
    assert code(call("colleague", "POST", f"{path}:withdraw")) == (404, "not_found")
    assert call("agent", "POST", f"{path}:withdraw").get_json()["status"] == "withdrawn"


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"reason": "age"}, (422, "not_overridable")),
        ({"reason": "whim"}, (400, "invalid_request")),
        ({"ground": "money"}, (400, "invalid_request")),
        ({"referralId": "none"}, (422, "not_eligible")),
    ],
)
def test_what_cannot_be_is_refused(
    call: Caller, changes: dict[str, str], answer: tuple[int, str]
) -> None:
    assert code(call("agent", "POST", "/v1/overrides", json=BODY | changes)) == answer


def test_each_may_do_their_own_part_alone(call: Caller) -> None:
    path = f"/v1/overrides/{asked(call)['id']}"
    forbidden = [
        ("anna", "POST", "/v1/overrides"),
        ("adam", "POST", "/v1/overrides"),
        ("agent", "GET", "/v1/overrides"),
        ("agent", "POST", f"{path}:consent"),
        ("anna", "GET", path),
        ("adam", "POST", f"{path}:withdraw"),
    ]
    for who, method, where in forbidden:
        body = {"json": BODY} if where == "/v1/overrides" and method == "POST" else {}
        assert code(call(who, method, where, **body)) == (403, "not_allowed")


def test_a_patient_books_nothing_by_it(case: Case, call: Caller) -> None:
    body = {"slotId": SLOT, "referralId": BODY["referralId"], "overrideId": case.agreed().id}
    assert code(call("anna", "POST", "/v1/visits", json=body)) == (404, "not_found")

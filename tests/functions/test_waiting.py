"""Waiting over HTTP, in process: booking answers people, waiting_list hears events."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.services.desk import Desk
from erejestracja.services.waiting import WaitingRoom
from erejestracja.web.health import Health
from erejestracja.web.waiting import ROUTES
from tests.functions.test_booking import Caller, code
from tests.support import functions
from tests.support.builders import NOW, a_representation, an_actor
from tests.support.fake_representations import FakeRepresentations
from tests.support.waiting_case import ADAM, ANNA, EWA, SESSION, Case, a_full_case, actor

CRITERIA: dict[str, Any] = {
    "powiat": "0663",
    "vaccine": "cov19.pfizer",
    "from": "2026-12-02",
    "to": "2026-12-24",
    "hourFrom": "08:00",
    "hourTo": "16:00",
}
TOMASZ = PatientId("t" * 26)
AGENT = an_actor(Role.AGENT, points=frozenset())


class KnownTokens:
    def actor(self, token: str) -> Actor:
        known: dict[str, Actor] = {
            "anna": actor(ANNA),
            "ewa": actor(EWA),
            "tomasz": actor(TOMASZ),
            "agent": AGENT,
        }
        return known[token]


@dataclass
class WaitingSuite:
    desk: Desk
    waiting: WaitingRoom
    tokens: KnownTokens = field(default_factory=KnownTokens)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))


@pytest.fixture
def case() -> Case:
    return a_full_case()[0]


@pytest.fixture
def call(case: Case) -> Caller:
    return Caller(functions.load("booking", WaitingSuite(case.desk, case.room)))


@pytest.fixture
def hears(case: Case) -> Any:
    """Return what delivers all that was told, by pushes."""
    client = functions.load("waiting_list", WaitingSuite(case.desk, case.room))

    def deliver() -> None:
        while case.untold:
            event, case.heard = case.untold[0], case.heard + 1
            body = {"id": event.id, "type": event.type, "data": dict(event.data)}
            answer = functions.push(client, body, type=event.type, committed=NOW.isoformat())
            assert answer.status_code == 204, answer.text

    return deliver


def waits(call: Caller, **criteria: Any) -> Any:
    answer = call("anna", "POST", "/v1/waiting", json={"criteria": CRITERIA | criteria})
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def entries(call: Caller) -> Any:
    return call("anna", "GET", "/v1/waiting").get_json()["entries"]


def offered(call: Caller, case: Case, hears: Any) -> Any:
    """Let Anna wait, and a place become free; return what she is offered."""
    waits(call)
    case.cancel(case.store.visits(EWA)[0])
    hears()
    [entry] = entries(call)
    return entry


def test_a_wish_is_kept_as_it_was_said(call: Caller) -> None:
    entry = waits(call)
    wish = {name: value for name, value in CRITERIA.items() if name != "powiat"}
    assert entry["criteria"] == {**wish, "teryt": "0663", "access": []}
    assert (entry["dose"], entry["hasLostVisit"], entry["since"]) == (
        1,
        False,
        "2026-12-01T09:00:00Z",
    )
    assert (entry["waitLonger"], entry["lostVisit"]) == ({"least": 0, "most": 0},) * 2
    assert entries(call) == [entry]


def test_a_circle_and_a_point_are_wishes_too(call: Caller) -> None:
    near = waits(call, powiat=None, near="51.25,22.57", radiusKm=10)
    assert (near["criteria"]["near"], near["criteria"]["radiusKm"]) == ("51.25,22.57", 10)
    there = waits(call, powiat=None, point=SESSION.key.point)
    assert there["criteria"]["point"] == SESSION.key.point
    assert there["id"] == near["id"]


def test_a_freed_place_is_offered_accepted_and_waited_for_no_more(
    call: Caller, case: Case, hears: Any
) -> None:
    entry = offered(call, case, hears)
    assert entry["offer"]["slot"]["id"] == str(SlotKey(SESSION.key, 0))
    assert entry["offer"]["expiresAt"] == "2026-12-01T09:30:00Z"
    answer = call("anna", "POST", f"/v1/waiting/{entry['id']}:accept")
    assert answer.status_code == 200
    assert answer.get_json()["slot"]["id"] == str(SlotKey(SESSION.key, 0))
    assert entries(call) == []
    assert code(call("anna", "POST", f"/v1/waiting/{entry['id']}:accept")) == (404, "not_found")


def test_who_declines_waits_on(call: Caller, case: Case, hears: Any) -> None:
    entry = offered(call, case, hears)
    answer = call("anna", "POST", f"/v1/waiting/{entry['id']}:decline")
    assert answer.status_code == 200
    assert "offer" not in answer.get_json()
    assert code(call("anna", "POST", f"/v1/waiting/{entry['id']}:accept")) == (409, "hold_expired")


def test_what_has_run_out_is_no_offer(call: Caller, case: Case, hears: Any) -> None:
    offered(call, case, hears)
    case.pass_time(minutes=31)
    [entry] = entries(call)
    assert "offer" not in entry


def test_who_withdraws_waits_for_nothing(call: Caller) -> None:
    entry = waits(call)
    assert call("anna", "DELETE", f"/v1/waiting?entry={entry['id']}").status_code == 204
    assert call("anna", "DELETE", "/v1/waiting").status_code == 204
    assert entries(call) == []


def test_a_wish_without_a_place_is_refused(call: Caller) -> None:
    answer = call("anna", "POST", "/v1/waiting", json={"criteria": {"dose": 1}})
    assert code(answer) == (400, "invalid_request")
    assert "criteria" in answer.get_json()["fields"]


def test_an_agent_lets_a_caller_wait_and_the_look_is_written_down(call: Caller, case: Case) -> None:
    body = {"criteria": {"powiat": "0663"}, "patientId": ADAM}
    assert call("agent", "POST", "/v1/waiting", json=body).status_code == 201
    found = call("agent", "GET", f"/v1/waiting?patientId={ADAM}").get_json()["entries"]
    # Adam has a visit: he waits for a better one.
    assert found[0]["visit"] == case.store.visits(ADAM)[0].id
    assert [access.action for _, access in case.store.seen_by] == ["waiting.viewed"]
    assert code(call("ewa", "GET", f"/v1/waiting?patientId={ADAM}")) == (403, "not_allowed")


def every_step(call: Caller, case: Case, who: str) -> dict[str, Any]:
    """Do everything that may be done with Anna's waiting, as somebody; return each answer."""
    mine, body = f"patientId={ANNA}", {"criteria": CRITERIA, "patientId": ANNA}
    answers = {"POST": call(who, "POST", "/v1/waiting", json=body)}
    entry = case.ask(ANNA).id
    case.cancel(case.store.visits(EWA)[0])
    case.cancel(case.store.visits(ADAM)[0])
    case.tell()
    answers["GET"] = call(who, "GET", f"/v1/waiting?{mine}")
    answers["decline"] = call(who, "POST", f"/v1/waiting/{entry}:decline?{mine}")
    case.tell()
    answers["accept"] = call(who, "POST", f"/v1/waiting/{entry}:accept?{mine}")
    answers["DELETE"] = call(who, "DELETE", f"/v1/waiting?{mine}")
    return answers


def test_who_acts_for_a_person_waits_for_them(case: Case) -> None:
    desk = replace(case.desk, representations=FakeRepresentations(a_representation(TOMASZ, ANNA)))
    case.desk = desk
    call = Caller(functions.load("booking", WaitingSuite(desk, case.room)))
    answers = every_step(call, case, "tomasz")
    assert {name: one.status_code for name, one in answers.items()} == {
        "POST": 201,
        "GET": 200,
        "decline": 200,
        "accept": 200,
        "DELETE": 204,
    }
    assert len(answers) == len(ROUTES)


def test_anybody_else_is_refused_all_of_it(call: Caller, case: Case) -> None:
    answers = every_step(call, case, "ewa")
    assert {code(one) for one in answers.values()} == {(403, "not_allowed")}
    assert case.asked(ANNA) is not None

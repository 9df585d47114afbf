"""The booking function for people who act for others, and for those who only try to."""

from dataclasses import dataclass
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.services.standby import Reserve
from erejestracja.web.booking import ROUTES
from tests.functions import test_booking
from tests.functions.test_booking import ANNA, JAN, SLOT, BookingSuite, Caller, code
from tests.support import functions
from tests.support.builders import (
    COVID,
    PFIZER,
    POINT,
    a_person,
    a_point,
    a_referral,
    a_representation,
    a_session,
    an_actor,
)
from tests.support.desk import WatchedDesk, a_desk
from tests.support.fake_representations import FakeRepresentations
from tests.support.fake_standby import reserve_of
from tests.support.fake_store import FakeStore

TOMASZ = PatientId("t" * 26)
OTHER_SLOT = str(SlotKey(a_session().key, 1))
# A key of nobody's record is needed for it; staff only.
NOT_FOR_PATIENTS = frozenset({"POST /v1/patients:identify"})


@pytest.fixture(autouse=True)
def _tomasz(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(test_booking.ACTORS, "tomasz", an_actor(patient=TOMASZ, subject="tomasz"))


@dataclass
class Suite(BookingSuite):
    """Nobody who is refused gets as far as the waiting list."""

    waiting: None = None
    reserve: Reserve | None = None


@dataclass
class World:
    store: FakeStore
    desk: WatchedDesk
    call: Caller


@pytest.fixture
def world() -> World:
    """Anna with a referral; Tomasz is her proxy, Jan is not."""
    store = FakeStore()
    store.tables.sessions[a_session().key] = a_session()
    referral = a_referral(ANNA)
    store.all_referrals[ANNA, referral.id] = referral
    store.people |= {one: a_person(one) for one in (ANNA, JAN, TOMASZ)}
    known = FakeRepresentations(a_representation(TOMASZ, ANNA))
    desk = a_desk(store, [a_session()], [a_point()], representations=known)
    return World(
        store, desk, Caller(functions.load("booking", Suite(desk, reserve=reserve_of(desk))))
    )


def every_step(world: World, who: str) -> dict[str, Any]:
    """Do everything a patient can with Anna's record, as somebody; return each route's answer."""
    call, mine = world.call, {"patientId": ANNA}
    hold = call("anna", "POST", "/v1/holds", json={"slotId": SLOT}).get_json()["id"]
    other = call("anna", "POST", "/v1/holds", json={"slotId": OTHER_SLOT}).get_json()["id"]
    answers = {
        "GET /v1/me": call(who, "GET", "/v1/me", query_string=mine),
        "GET /v1/me/access": call(who, "GET", "/v1/me/access", query_string=mine),
        "POST /v1/holds": call(who, "POST", "/v1/holds", json={"slotId": SLOT, **mine}),
        "POST /v1/holds/{hold}:extend": call(
            who, "POST", f"/v1/holds/{hold}:extend", query_string=mine
        ),
        "DELETE /v1/holds/{hold}": call(who, "DELETE", f"/v1/holds/{other}", query_string=mine),
    }
    body = {"holdId": hold, "referralId": a_referral(ANNA).id}
    answers["POST /v1/visits"] = call(who, "POST", "/v1/visits", json={**body, **mine})
    visit = call("anna", "POST", "/v1/visits", json=body).get_json()
    path = f"/v1/visits/{visit.get('id') or visit['visit']}"
    for method, action, asked in (
        ("GET", "", None),
        ("GET", ".ics", None),
        ("POST", ":move", {"slotId": str(SlotKey(a_session().key, 2))}),
        ("POST", ":cancel", {"reason": "illness"}),
    ):
        template = f"{method} /v1/visits/{{visit}}{action}"
        answers[template] = call(who, method, f"{path}{action}", json=asked)
    return answers


def every_step_of_waiting(world: World, who: str) -> dict[str, Any]:
    """Try everything a patient can with what Anna waits for, as somebody."""
    call, mine = world.call, {"patientId": ANNA}
    entry = f"/v1/waiting/{'e' * 20}"
    wish = {"criteria": {"powiat": "0663"}, **mine}
    return {
        "POST /v1/waiting": call(who, "POST", "/v1/waiting", json=wish),
        "GET /v1/waiting": call(who, "GET", "/v1/waiting", query_string=mine),
        "DELETE /v1/waiting": call(who, "DELETE", "/v1/waiting", query_string=mine),
        "POST /v1/waiting/{entry}:accept": call(who, "POST", f"{entry}:accept", query_string=mine),
        "POST /v1/waiting/{entry}:decline": call(
            who, "POST", f"{entry}:decline", query_string=mine
        ),
    }


def every_step_of_standby(world: World, who: str) -> dict[str, Any]:
    """Try everything a patient can with a point's list that Anna waits on, as somebody."""
    call, mine = world.call, {"patientId": ANNA}
    wish = {"point": POINT, "programme": COVID, "vaccines": [PFIZER], "until": "2026-12-24"}
    agreed = {"consent": True, "withinTheHour": True, **mine}
    return {
        "POST /v1/standby": call(who, "POST", "/v1/standby", json=wish | agreed),
        "GET /v1/standby": call(who, "GET", "/v1/standby", query_string=mine),
        "DELETE /v1/standby": call(who, "DELETE", "/v1/standby", query_string=mine),
    }


def test_who_acts_for_a_person_asks_for_a_place_on_a_standby_list(world: World) -> None:
    answers = every_step_of_standby(world, "tomasz")
    assert [one.status_code for one in answers.values()] == [201, 200, 204]
    [entry] = answers["GET /v1/standby"].get_json()["entries"]
    assert (entry["person"], entry["origin"]) == (ANNA, "self")


def test_who_acts_for_a_person_does_everything_that_they_may(world: World) -> None:
    answers = every_step(world, "tomasz")
    assert {name: one.status_code for name, one in answers.items() if one.status_code > 204} == {}
    assert [v.status for v in world.store.visits(ANNA)] == ["cancelled"]


def test_anybody_else_is_refused_everything_and_learns_nothing(world: World) -> None:
    answers = every_step(world, "jan") | every_step_of_waiting(world, "jan")
    answers |= every_step_of_standby(world, "jan")
    assert {code(one) for one in answers.values()} == {(403, "not_allowed"), (404, "not_found")}
    assert {one.get_json()["detail"] for one in answers.values()}.isdisjoint({ANNA})
    [visit] = world.store.visits(ANNA)
    assert (visit.status, visit.version) == ("booked", 1)
    assert [access.by for _, access in world.store.seen_by] == []


def test_no_route_of_patients_was_left_out(world: World) -> None:
    theirs = {f"{one.method} {one.path}" for one in ROUTES.all if Role.PATIENT in (one.roles or ())}
    walked = every_step(world, "jan") | every_step_of_waiting(world, "jan")
    walked |= every_step_of_standby(world, "jan")
    assert set(walked) == theirs - NOT_FOR_PATIENTS


def test_a_hold_for_another_is_not_one_s_own(world: World) -> None:
    asked = {"slotId": SLOT, "patientId": ANNA}
    hold = world.call("tomasz", "POST", "/v1/holds", json=asked).get_json()["id"]
    assert code(world.call("tomasz", "DELETE", f"/v1/holds/{hold}"))[0] == 404


def test_me_lists_whom_one_may_act_for(world: World) -> None:
    me = world.call("tomasz", "GET", "/v1/me").get_json()
    assert me["represents"] == [
        {
            "patientId": ANNA,
            "givenName": "Anna",
            "familyName": "Przykładowa",
            "kind": "proxy",
            "validFrom": "2026-12-01T08:00:00Z",
        }
    ]
    # Whom the represented may act for is not the representative's business.
    of_anna = world.call("tomasz", "GET", "/v1/me", query_string={"patientId": ANNA}).get_json()
    assert of_anna["represents"] == []


def test_the_person_sees_who_looked_as_what_and_by_name(world: World) -> None:
    world.call("tomasz", "GET", "/v1/me", query_string={"patientId": ANNA})
    world.call("anna", "GET", "/v1/me")
    seen = world.call("anna", "GET", "/v1/me/access").get_json()["accesses"]
    assert [(one["who"], one["role"], one.get("name")) for one in seen] == [
        ("anna", "patient", None),
        ("tomasz", "proxy", "Tomasz Pomocny"),
    ]

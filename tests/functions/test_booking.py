"""The booking function in process: real web layer, real services, a fake store."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import Unauthenticated
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.services.desk import Desk
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.builders import (
    MODERNA,
    PFIZER,
    a_person,
    a_point,
    a_referral,
    a_session,
    an_actor,
)
from tests.support.desk import a_desk
from tests.support.fake_store import FakeStore

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
SLOT = str(SlotKey(a_session().key, 0))
ACTORS = {
    "anna": an_actor(patient=ANNA, subject="anna"),
    "jan": an_actor(patient=JAN, subject="jan"),
    "agent": an_actor(Role.AGENT, points=frozenset()),
    "registrar": an_actor(Role.REGISTRAR),
    "coordinator": an_actor(Role.COORDINATOR),
}


class KnownTokens:
    def actor(self, token: str) -> Actor:
        try:
            return ACTORS[token]
        except KeyError:
            raise Unauthenticated from None


@dataclass
class BookingSuite:
    desk: Desk
    tokens: KnownTokens = field(default_factory=KnownTokens)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))


class Caller:
    def __init__(self, client: Any) -> None:
        self._client = client

    def __call__(self, who: str | None, method: str, path: str, **kwargs: Any) -> Any:
        headers = kwargs.pop("headers", {})
        if who:
            headers["Authorization"] = f"Bearer {who}"
        return self._client.open(path, method=method, headers=headers, **kwargs)


@pytest.fixture
def store() -> FakeStore:
    store = FakeStore()
    store.tables.sessions[a_session().key] = a_session()
    for patient in (ANNA, JAN):
        referral = a_referral(patient)
        store.all_referrals[patient, referral.id] = referral
        store.people[patient] = a_person(patient)
    return store


@pytest.fixture
def call(store: FakeStore) -> Caller:
    desk = a_desk(store, store.tables.sessions.values(), [a_point()])
    return Caller(functions.load("booking", BookingSuite(desk)))


def held(call: Caller, who: str = "anna", slot: str = SLOT) -> Any:
    answer = call(who, "POST", "/v1/holds", json={"slotId": slot})
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def booked(call: Caller, who: str = "anna", slot: str = SLOT, key: str | None = None) -> Any:
    patient = ANNA if who == "anna" else JAN
    body = {"holdId": held(call, who, slot)["id"], "referralId": a_referral(patient).id}
    headers = {"Idempotency-Key": key} if key else {}
    answer = call(who, "POST", "/v1/visits", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


class TestHolds:
    def test_a_held_slot_is_shown_with_its_point_and_end(self, call: Caller) -> None:
        hold = held(call)
        assert hold["expiresAt"] == "2026-12-01T09:10:00Z"
        slot = hold["slot"]
        assert (slot["id"], slot["startAt"]) == (SLOT, "2026-12-07T07:00:00Z")
        assert slot["point"]["name"] == a_point().name

    def test_criteria_find_and_hold_the_best(self, call: Caller) -> None:
        body = {"criteria": {"powiat": "0663", "vaccine": "cov19.pfizer", "dose": 1}}
        answer = call("anna", "POST", "/v1/holds", json=body)
        assert answer.status_code == 201
        assert answer.get_json()["slot"]["id"] == SLOT

    def test_a_slot_held_by_the_id_it_was_offered_with_is_for_that_vaccine(
        self, store: FakeStore
    ) -> None:
        several = a_session(vaccine=MODERNA, also=(PFIZER,))
        store.tables.sessions = {several.key: several}
        desk = a_desk(store, [several], [a_point()])
        call = Caller(functions.load("booking", BookingSuite(desk)))
        hold = held(call, slot=f"{SLOT}~{PFIZER}")["slot"]
        assert (hold["vaccine"], hold["vaccines"]) == (PFIZER, [MODERNA, PFIZER])
        assert hold["id"] == f"{SLOT}~{PFIZER}"
        visit = booked(call, "jan", slot=f"{SLOT}~{PFIZER}")
        assert (visit["vaccine"], visit["slot"]["vaccine"]) == (PFIZER, PFIZER)
        unnamed = held(call, slot=str(SlotKey(several.key, 1)))["slot"]
        assert unnamed["vaccine"] == MODERNA
        answer = call("anna", "POST", "/v1/holds", json={"slotId": f"{SLOT}~other"})
        assert code(answer) == (422, "not_eligible")

    def test_the_loser_hears_alternatives(self, call: Caller) -> None:
        held(call, "anna")
        held(call, "jan")
        answer = call("anna", "POST", "/v1/holds", json={"slotId": SLOT})
        assert code(answer) == (409, "slot_taken")
        others = answer.get_json()["alternatives"]
        assert [slot["id"][-2:] for slot in others] == ["-1", "-2", "-3"]

    def test_a_hold_is_extended_and_released(self, call: Caller) -> None:
        hold = held(call)["id"]
        assert call("anna", "POST", f"/v1/holds/{hold}:extend").get_json()["id"] == hold
        assert call("anna", "DELETE", f"/v1/holds/{hold}").status_code == 204
        assert code(call("anna", "POST", f"/v1/holds/{hold}:extend"))[0] in {200, 409}

    def test_another_persons_hold_does_not_exist(self, call: Caller) -> None:
        hold = held(call, "anna")["id"]
        assert code(call("jan", "DELETE", f"/v1/holds/{hold}")) == (404, "not_found")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"slotId": SLOT, "criteria": {}},
            {"criteria": {"from": "2026-12-09", "to": "2026-12-08"}},
            {"criteria": {"powiat": "0663", "voivodeship": "06"}},
            {"criteria": {"hourFrom": "25:00"}},
            {"criteria": {"dose": "1"}},
            {"slotId": SLOT, "colour": "red"},
        ],
    )
    def test_what_is_malformed_is_named(self, call: Caller, body: Any) -> None:
        answer = call("anna", "POST", "/v1/holds", json=body)
        assert code(answer) == (400, "invalid_request")
        assert answer.get_json()["fields"]

    def test_an_unknown_slot_is_not_found(self, call: Caller) -> None:
        for slot in ("nonsense", "aaaaaaaaaa-20261207-16-99", "zzz-20261207-1-0"):
            assert code(call("anna", "POST", "/v1/holds", json={"slotId": slot}))[0] == 404


class TestVisits:
    def test_a_confirmed_hold_is_a_visit(self, call: Caller) -> None:
        visit = booked(call)
        assert (visit["status"], visit["dose"], visit["etag"]) == ("booked", 1, '"1"')
        assert visit["person"] == {"id": ANNA}

    def test_a_repeat_is_answered_with_200_and_the_same_visit(self, call: Caller) -> None:
        body = {"slotId": SLOT, "referralId": a_referral(ANNA).id}
        headers = {"Idempotency-Key": "k"}
        first = call("anna", "POST", "/v1/visits", json=body, headers=dict(headers))
        again = call("anna", "POST", "/v1/visits", json=body, headers=dict(headers))
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.get_json()["id"] == again.get_json()["id"]

    def test_another_request_under_the_same_key_is_a_conflict(self, call: Caller) -> None:
        booked(call, key="k")
        body = {"slotId": SLOT, "referralId": a_referral(ANNA).id}
        answer = call("anna", "POST", "/v1/visits", json=body, headers={"Idempotency-Key": "k"})
        assert code(answer) == (422, "idempotency_conflict")

    def test_a_second_visit_for_the_dose_names_the_first(self, call: Caller) -> None:
        visit = booked(call)
        body = {"slotId": SLOT, "referralId": a_referral(ANNA).id}
        answer = call("anna", "POST", "/v1/visits", json=body)
        assert code(answer) == (409, "already_booked")
        assert answer.get_json()["visit"] == visit["id"]

    def test_a_refusal_says_why(self, call: Caller) -> None:
        body = {"slotId": SLOT, "referralId": "none"}
        answer = call("anna", "POST", "/v1/visits", json=body)
        assert code(answer) == (422, "not_eligible")
        assert answer.get_json()["reason"] == "no_referral"

    def test_a_visit_is_moved_and_cancelled(self, call: Caller, store: FakeStore) -> None:
        visit = booked(call)
        hold = held(call, slot=SLOT[:-1] + "2")["id"]
        path = f"/v1/visits/{visit['id']}"
        moved = call("anna", "POST", f"{path}:move", json={"holdId": hold})
        assert moved.get_json()["slot"]["id"] == SLOT[:-1] + "2"
        cancelled = call("anna", "POST", f"{path}:cancel", json={"reason": "patient"})
        assert cancelled.get_json()["status"] == "cancelled"
        assert store.tables.places == {}

    def test_an_outdated_etag_changes_nothing(self, call: Caller) -> None:
        visit = booked(call)
        path = f"/v1/visits/{visit['id']}:cancel"
        body, old = {"reason": "patient"}, {"If-Match": '"7"'}
        assert code(call("anna", "POST", path, json=body, headers=old)) == (412, "version_mismatch")
        now = {"If-Match": visit["etag"]}
        assert call("anna", "POST", path, json=body, headers=now).status_code == 200

    def test_a_visit_is_a_calendar_file_without_the_disease(self, call: Caller) -> None:
        visit = booked(call)
        answer = call("anna", "GET", f"/v1/visits/{visit['id']}.ics")
        assert answer.mimetype == "text/calendar"
        assert "DTSTART:20261207T070000Z" in answer.text
        assert "COVID" not in answer.text.upper()
        assert "PFIZER" not in answer.text.upper()

    def test_another_persons_visit_does_not_exist(self, call: Caller) -> None:
        visit = booked(call)
        for method, suffix, body in (
            ("GET", "", None),
            ("GET", ".ics", None),
            ("POST", ":cancel", {"reason": "patient"}),
            ("POST", ":move", {"slotId": SLOT}),
        ):
            answer = call("jan", method, f"/v1/visits/{visit['id']}{suffix}", json=body)
            assert code(answer) == (404, "not_found")

    def test_a_phone_is_kept_in_its_international_form(
        self, call: Caller, store: FakeStore
    ) -> None:
        body = {
            "slotId": SLOT,
            "referralId": a_referral(ANNA).id,
            "contact": {"phone": "600 000 000", "language": "uk"},
        }
        assert call("anna", "POST", "/v1/visits", json=body).status_code == 201
        (change,) = store.tables.changes.values()
        assert change.contact == {"phone": "+48600000000", "language": "uk"}

    def test_no_phone_number_is_refused_without_repeating_it(self, call: Caller) -> None:
        body = {
            "slotId": SLOT,
            "referralId": a_referral(ANNA).id,
            "contact": {"phone": "12345678x"},
        }
        answer = call("anna", "POST", "/v1/visits", json=body)
        assert code(answer) == (400, "invalid_request")
        assert "12345678" not in answer.text


class TestRecord:
    def test_me_shows_referrals_offers_and_visits(self, call: Caller) -> None:
        visit = booked(call)
        me = call("anna", "GET", "/v1/me").get_json()
        assert [one["id"] for one in me["visits"]] == [visit["id"]]
        assert me["referrals"][0]["status"] == "issued"
        assert me["eligibility"][0]["dose"] == 1
        assert me["accessLog"] == "/v1/me/access"

    def test_who_looked_is_written_down(self, call: Caller) -> None:
        call("anna", "GET", "/v1/me")
        accesses = call("anna", "GET", "/v1/me/access").get_json()["accesses"]
        assert [(one["who"], one["action"]) for one in accesses] == [("anna", "record.viewed")]

    def test_staff_find_a_person_masked(self, call: Caller) -> None:
        assert code(call("anna", "POST", "/v1/patients:identify", json={"pesel": "1"}))[0] == 403
        answer = call("registrar", "POST", "/v1/patients:identify", json={"pesel": "34671512345"})
        assert code(answer) == (400, "invalid_request")

    def test_an_agent_needs_a_call(self, call: Caller) -> None:
        answer = call("agent", "POST", "/v1/patients:identify", json={"pesel": "34671512344"})
        assert code(answer) == (400, "invalid_request")

    def test_an_agent_books_for_a_caller(self, call: Caller) -> None:
        body = {"slotId": SLOT, "referralId": a_referral(ANNA).id, "patientId": ANNA}
        assert call("agent", "POST", "/v1/visits", json=body).status_code == 201
        del body["patientId"]
        assert code(call("agent", "POST", "/v1/visits", json=body)) == (403, "not_allowed")


def test_without_a_token_nothing_is_shown(call: Caller) -> None:
    for who in (None, "stranger"):
        assert code(call(who, "GET", "/v1/me")) == (401, "unauthenticated")


def test_a_role_that_books_nothing_is_refused(call: Caller) -> None:
    assert code(call("coordinator", "POST", "/v1/holds", json={})) == (403, "not_allowed")

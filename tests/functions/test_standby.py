"""A point's standby list over HTTP, in process: real web layer, real services, fake stores."""

from typing import Any

import pytest

from erejestracja.domain.ids import PatientId
from tests.functions.test_vaccination import Caller, code
from tests.support.builders import COVID, PFIZER, POINT, a_person, a_referral
from tests.support.clinic_case import ANNA, JAN, ClinicCase

LIST = f"/v1/points/{POINT}/standby"
BODY = {"patientId": JAN, "programme": COVID, "vaccines": [PFIZER], "until": "2026-12-24"}


@pytest.fixture
def call() -> Caller:
    case = ClinicCase()
    case.store.people[JAN] = a_person(JAN)
    case.store.all_referrals[JAN, a_referral(JAN).id] = a_referral(JAN)
    return Caller(case)


def joined(call: Caller, who: PatientId = JAN, **changes: Any) -> Any:
    return call("registrar", "POST", LIST, json=BODY | {"patientId": who} | changes)


def entry(call: Caller) -> str:
    return f"{LIST}/{joined(call).get_json()['id']}"


def test_who_is_put_on_stands_on_the_list_with_the_reason_and_no_telephone(call: Caller) -> None:
    made = joined(call)
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    answer = call("registrar", "GET", LIST)
    [turn] = answer.get_json()["turns"]
    assert (turn["group"], turn["mayBeCalled"], turn["mayHave"]) == ("from60", True, [PFIZER])
    assert (turn["givenName"], turn["dose"]) == ("Anna", 1)
    assert (turn["entry"]["standing"], turn["entry"]["origin"]) == ("waiting", "desk")
    assert str(a_person(JAN).phone) not in answer.text


def test_a_call_shows_the_telephone_and_keeps_other_desks_away(call: Caller) -> None:
    named = entry(call)
    called = call("registrar", "POST", f"{named}:call", headers={"If-Match": '"1"'})
    assert called.get_json()["phone"] == a_person(JAN).phone
    assert called.headers["ETag"] == '"2"'
    assert code(call("medic", "POST", f"{named}:call")) == (412, "version_mismatch")
    outcome = {"outcome": "coming"}
    answered = call("registrar", "POST", f"{named}:answer", json=outcome)
    assert answered.get_json()["standing"] == "coming"
    [turn] = call("admin", "GET", LIST).get_json()["turns"]
    assert turn["mayBeCalled"] is False


def test_who_may_not_have_a_dose_yet_stands_with_the_day(call: Caller) -> None:
    joined(call)
    referral = call.case.referral(JAN)
    born = referral.birth_date.replace(year=2015)
    young = a_referral(JAN, birth_date=born)
    call.case.store.all_referrals[JAN, referral.id] = young
    [turn] = call("registrar", "GET", LIST).get_json()["turns"]
    assert turn["notNow"] == {"reason": "age", "from": "2027-03-04"}
    assert "referralId" not in turn
    refused = call("registrar", "POST", f"{LIST}/{turn['entry']['id']}:call")
    assert code(refused) == (422, "not_eligible")


def test_who_is_not_to_wait_is_refused_by_the_reason(call: Caller) -> None:
    booked = joined(call, ANNA)
    assert code(booked) == (409, "already_booked")
    assert booked.get_json()["visit"] == call.case.anna.id
    assert code(joined(call, vaccines=["none"])) == (400, "invalid_request")
    assert code(joined(call, until="soon")) == (400, "invalid_request")
    assert code(call("stranger", "GET", LIST)) == (403, "not_allowed")
    assert code(call("anna", "GET", LIST)) == (403, "not_allowed")


def test_who_wishes_no_more_is_taken_off(call: Caller) -> None:
    named = entry(call)
    assert code(call("registrar", "DELETE", named, headers={"If-Match": '"9"'}))[0] == 412
    assert call("registrar", "DELETE", named).status_code == 204
    assert code(call("registrar", "DELETE", named)) == (404, "not_found")
    assert call("registrar", "GET", LIST).get_json() == {"turns": []}

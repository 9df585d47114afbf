"""The day at a point over HTTP, in process: real web layer, real services, fake stores."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import Unauthenticated
from erejestracja.domain.exports import ExportStatus
from erejestracja.domain.ids import PointId
from erejestracja.services.clinic import Clinic
from erejestracja.services.desk import Desk
from erejestracja.services.standby import Reserve
from erejestracja.services.work_list import WorkList
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.builders import (
    DAY,
    PFIZER,
    POINT,
    a_person,
    a_point,
    a_referral,
    an_actor,
)
from tests.support.clinic_case import ANNA, JAN, LOT, MEDIC, NEXT, NPWZ, REGISTRAR, ClinicCase
from tests.support.exports import FakeExports, an_export
from tests.support.fake_standby import FakeStandby

ACTORS = {
    "medic": MEDIC,
    "registrar": REGISTRAR,
    "admin": an_actor(Role.ADMIN),
    "stranger": an_actor(Role.MEDIC, points=frozenset({PointId("bbbbbbbbbb")})),
    "anna": an_actor(patient=ANNA, subject="anna"),
}
DOSE = {
    "lot": "abc 123",
    "vaccine": PFIZER,
    "doseNumber": 1,
    "site": "leftDeltoid",
    "performer": NPWZ,
    "at": "2026-12-07T08:04:00+01:00",
}
STOCK = f"/v1/points/{POINT}/stock"


class KnownTokens:
    def actor(self, token: str) -> Actor:
        try:
            return ACTORS[token]
        except KeyError:
            raise Unauthenticated from None


@dataclass
class PointSuite:
    clinic: Clinic
    desk: Desk
    work_list: WorkList
    reserve: Reserve
    tokens: KnownTokens = field(default_factory=KnownTokens)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))


class Caller:
    """Asks booking for what is below /v1/visits, as the front door does."""

    def __init__(self, case: ClinicCase) -> None:
        self.case = case
        self.exports = FakeExports()
        work_list = WorkList(self.exports, case.desk.publisher)
        reserve = Reserve(case.clinic, FakeStandby(case.store))
        suite = PointSuite(case.clinic, case.desk, work_list, reserve)
        self._booking = functions.load("booking", suite)
        self._vaccination = functions.load("vaccination", suite)

    def __call__(self, who: str, method: str, path: str, **kwargs: Any) -> Any:
        client = self._booking if path.startswith("/v1/visits") else self._vaccination
        headers = {"Authorization": f"Bearer {who}"} | kwargs.pop("headers", {})
        return client.open(path, method=method, headers=headers, **kwargs)

    def verb(self, verb: str, who: str = "medic", **kwargs: Any) -> Any:
        return self(who, "POST", f"/v1/visits/{self.case.anna.id}:{verb}", **kwargs)

    def completed(self, **changes: Any) -> Any:
        answer = self.verb("complete", json=DOSE | changes)
        assert answer.status_code == 200, answer.text
        return answer.get_json()


@pytest.fixture
def call() -> Caller:
    return Caller(ClinicCase())


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def test_the_day_says_who_comes_and_how_many_are_in_which_state(call: Caller) -> None:
    day = call("registrar", "GET", f"/v1/points/{POINT}/day").get_json()
    [visit] = day["visits"]
    assert (day["date"], day["counts"]) == (DAY.isoformat(), {"booked": 1})
    assert visit["startAt"] == "2026-12-07T07:00:00Z"
    assert (visit["person"]["givenName"], visit["etag"]) == ("Anna", '"1"')
    other = call("registrar", "GET", f"/v1/points/{POINT}/day?date=2026-12-08").get_json()
    assert other == {"date": "2026-12-08", "visits": [], "counts": {}}


def test_somebody_who_is_not_registered_is_shown_by_their_visit_alone(call: Caller) -> None:
    call.case.store.people.clear()
    [visit] = call("admin", "GET", f"/v1/points/{POINT}/day").get_json()["visits"]
    assert visit["person"] == {"id": ANNA}


@pytest.mark.parametrize("who", ["stranger", "anna"])
def test_nobody_else_sees_the_day(call: Caller, who: str) -> None:
    assert code(call(who, "GET", f"/v1/points/{POINT}/day")) == (403, "not_allowed")


def test_who_is_there_is_written_down_as_the_caller_saw_them(call: Caller) -> None:
    arrived = call.verb("arrive", "registrar", headers={"If-Match": '"1"'})
    assert arrived.get_json()["status"] == "arrived"
    assert arrived.headers["ETag"] == '"2"'
    stale = call.verb("noShow", "registrar", headers={"If-Match": '"1"'})
    assert code(stale) == (412, "version_mismatch")


def test_who_is_not_of_age_shows_a_form_on_arrival_or_at_the_latest_before_the_dose(
    call: Caller,
) -> None:
    child = date(2010, 3, 4)
    call.case.changed(birth_date=child)
    call.case.store.people[ANNA] = a_person(ANNA, birth_date=child)
    call.case.store.tables.visits[call.case.anna.id] = (replace(call.case.anna, born=child), "d")
    [expected] = call("registrar", "GET", f"/v1/points/{POINT}/day").get_json()["visits"]
    assert expected["consentForm"] == "required"
    assert call.verb("arrive", "registrar").get_json()["consentForm"] == "required"
    refused = call.verb("complete", json=DOSE)
    assert code(refused) == (422, "consent_missing")
    assert refused.get_json()["signed"] == "both"
    shown = call.verb("arrive", "registrar", json={"consentForm": "presented"})
    assert shown.get_json()["consentForm"] == "presented"
    unknown = call.verb("arrive", "registrar", json={"consentForm": "seen"})
    assert code(unknown) == (400, "invalid_request")
    done = call.completed(consentForm="representativePresent")
    assert done["visit"]["consentForm"] == "representativePresent"


def test_of_who_is_of_age_no_form_is_told_or_taken(call: Caller) -> None:
    [expected] = call("registrar", "GET", f"/v1/points/{POINT}/day").get_json()["visits"]
    assert "consentForm" not in expected
    refused = call.verb("arrive", "registrar", json={"consentForm": "presented"})
    assert refused.get_json()["fields"] == {"consentForm": "is for who is not of age"}


def test_who_did_not_come(call: Caller) -> None:
    assert call.verb("noShow", "registrar").get_json()["status"] == "noShow"


def test_only_a_medic_defers_and_records(call: Caller) -> None:
    until = {"reason": "illness", "until": "2026-12-24"}
    assert code(call.verb("defer", "registrar", json=until)) == (403, "not_allowed")
    assert code(call.verb("complete", "registrar", json=DOSE)) == (403, "not_allowed")
    assert call.verb("defer", json=until).get_json()["status"] == "cancelled"


def test_a_dose_is_given_and_the_next_is_booked(call: Caller) -> None:
    done = call.completed(bookNext=True)
    assert done["visit"]["status"] == "completed"
    assert (done["vaccination"]["lot"], done["vaccination"]["doses"]) == (LOT, 2)
    assert done["vaccination"]["performedAt"] == "2026-12-07T07:04:00Z"
    assert done["nextVisit"]["dose"] == 2
    assert done["proposals"] == []
    assert call("medic", "GET", STOCK).get_json()["lots"][0]["doses"] == 9


def test_a_dose_is_given_and_the_next_is_proposed(call: Caller) -> None:
    done = call.completed()
    assert "nextVisit" not in done
    assert {p["point"]["name"] for p in done["proposals"]} == {a_point().name}
    assert done["proposals"][0]["startAt"].startswith(NEXT.key.day.isoformat())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("performer", "2234568"),
        ("lot", "a;b;c"),
        ("at", "2026-12-07T08:04:00"),
        ("site", "nose"),
        ("doseNumber", 0),
        ("lot", "NONE12"),
    ],
)
def test_what_is_wrong_is_named(call: Caller, field: str, value: object) -> None:
    answer = call.verb("complete", json=DOSE | {field: value})
    assert code(answer) == (400, "invalid_request")
    assert set(answer.get_json()["fields"]) == {field}


def test_a_record_says_how_it_fares_on_its_way_to_the_national_one(call: Caller) -> None:
    name = call.completed()["vaccination"]["id"]
    record = f"/v1/vaccinations/{name}"
    assert "export" not in call("anna", "GET", record).get_json()
    kept = an_export(vaccination=name, status=ExportStatus.ACCEPTED)
    call.exports.rows[name, 1] = kept
    export = call("anna", "GET", record).get_json()["export"]
    assert export == {"vaccination": name, "version": 1, "status": "accepted"}


def test_a_record_is_seen_corrected_and_taken_back(call: Caller) -> None:
    record = f"/v1/vaccinations/{call.completed()['vaccination']['id']}"
    seen = call("anna", "GET", record)
    assert (seen.headers["ETag"], len(seen.get_json()["versions"])) == ('"1"', 1)
    right = {"note": "druga ręka", "site": "rightDeltoid", "performer": "1234567P"}
    corrected = call("medic", "PATCH", record, json=right, headers={"If-Match": '"1"'})
    assert corrected.get_json()["site"] == "rightDeltoid"
    moment = {"note": "godzina", "at": "2026-12-07T08:01:00+01:00", "lot": LOT}
    again = call("medic", "PATCH", record, json=moment, headers={"If-Match": '"2"'})
    assert again.status_code == 200
    undo = {"note": "nie podano"}
    headers = {"If-Match": '"3"'}
    undone = call("medic", "POST", f"{record}:undo", json=undo, headers=headers)
    assert undone.get_json()["vaccination"]["status"] == "enteredInError"
    assert undone.get_json()["visit"]["status"] == "arrived"
    assert len(call("medic", "GET", record).get_json()["versions"]) == 4
    assert code(call("medic", "POST", f"{record}:undo", json=undo)) == (400, "invalid_request")


def enter(call: Caller, key: str, **body: Any) -> Any:
    return call("medic", "POST", STOCK, json=body, headers={"Idempotency-Key": key})


def test_the_stock_is_a_ledger(call: Caller) -> None:
    product = {"vaccine": PFIZER, "expiresOn": "2027-01-31", "dosesPerVial": 6}
    came = enter(call, "k1", movement="delivery", lot=LOT, doses=8, **product)
    assert (came.status_code, came.get_json()["doses"], came.get_json()["vials"]) == (201, 18, 3)
    again = enter(call, "k1", movement="delivery", lot=LOT, doses=8, **product)
    assert again.get_json()["doses"] == 18
    gone = enter(call, "k2", movement="waste", lot=LOT, doses=2, reason="leftInVial")
    assert gone.get_json()["doses"] == 16
    assert enter(call, "k3", movement="return", lot=LOT, doses=6).get_json()["doses"] == 10
    on = enter(call, "k4", movement="transfer", lot=LOT, doses=6, toPoint="bbbbbbbbbb")
    assert on.get_json()["doses"] == 4
    short = enter(call, "k5", movement="return", lot=LOT, doses=5)
    assert short.get_json()["fields"] == {"doses": "are more than the 4 left"}


@pytest.mark.parametrize(
    "body",
    [
        {"movement": "delivery", "lot": LOT, "doses": 1},
        {"movement": "waste", "lot": LOT, "doses": 1},
        {"movement": "return", "lot": LOT, "doses": 1, "reason": "broken"},
        {"movement": "transfer", "lot": LOT, "doses": 0, "toPoint": "bbbbbbbbbb"},
    ],
)
def test_an_entry_names_what_it_moves(call: Caller, body: dict[str, Any]) -> None:
    assert code(enter(call, "k", **body)) == (400, "invalid_request")


def test_a_dose_may_be_recorded_late(call: Caller) -> None:
    call.case.later(timedelta(days=3))
    assert call.completed()["vaccination"]["recordedAt"].startswith("2026-12-10")


def test_who_comes_without_a_visit_is_let_in_once(call: Caller) -> None:
    store = call.case.store
    store.people[JAN] = a_person(JAN)
    store.all_referrals[JAN, a_referral(JAN).id] = a_referral(JAN)
    body = {"patientId": JAN, "referralId": a_referral(JAN).id, "vaccine": PFIZER}
    path = f"/v1/points/{POINT}/walkIns"
    headers = {"Idempotency-Key": "k"}
    made = call("registrar", "POST", path, json=body, headers=headers)
    assert (made.status_code, made.get_json()["status"]) == (201, "arrived")
    here = call("registrar", "POST", path, json=body, headers={"Idempotency-Key": "other"})
    assert code(here) == (409, "already_booked")
    assert here.get_json()["visit"] == made.get_json()["id"]
    assert code(call("registrar", "POST", path, json=body)) == (400, "invalid_request")

"""Booking and vaccination answer as their document says, whatever is asked: over fakes."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import schemathesis
from flask import Request
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from erejestracja.auth import patients
from erejestracja.domain.actor import Role
from erejestracja.domain.exports import ExportStatus
from erejestracja.domain.region import NATION
from erejestracja.domain.waiting import Terms
from erejestracja.services.clinic import Clinic
from erejestracja.services.desk import Desk
from erejestracja.services.forecast import Forecaster
from erejestracja.services.oversight import Overseer
from erejestracja.services.standby import Reserve
from erejestracja.services.waiting import WaitingRoom
from erejestracja.services.work_list import WorkList
from erejestracja.web import booking, openapi, vaccination
from erejestracja.web.edge import answer
from erejestracja.web.problems import ANSWERS
from erejestracja.web.routing import Answer, Call, Route, Routes
from tests.support.builders import (
    NOW,
    POINT,
    a_person,
    a_point,
    a_referral,
    a_session,
    a_visit,
    an_actor,
)
from tests.support.clinic_case import LOT, a_lot
from tests.support.courses_contract import FakeCourses
from tests.support.desk import RememberingPublisher, a_desk
from tests.support.exports import FakeExports, an_export
from tests.support.fake_clinic import FakeClinicStore, FakeDayBook
from tests.support.fake_standby import FakeStandby
from tests.support.fake_waiting import FakeQueue
from tests.support.oversight_case import OversightCase
from tests.support.standby_contract import a_standby
from tests.support.waiting_case import FixedAtlas
from tests.unit.web.fakes import FakeSuite, FakeTokens

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
TOKEN = "patient-token"


def a_clinic_with_a_patient_who_waits() -> Reserve:
    store = FakeClinicStore()
    store.tables.sessions[a_session().key] = a_session()
    person, referral, visit = a_person(), a_referral(), a_visit()
    store.people[person.id] = person
    store.all_referrals[person.id, referral.id] = referral
    store.tables.visits[visit.id] = (visit, "")
    store.tables.lots[POINT, LOT] = a_lot()
    desk = a_desk(store, store.tables.sessions.values(), [a_point()])
    waits = a_standby(person.id)
    store.tables.standby[waits.patient, waits.programme] = waits
    return Reserve(
        Clinic(desk, store, store, FakeDayBook(store), store.supplies), FakeStandby(store)
    )


def a_list_with_a_failure() -> WorkList:
    refused = an_export(status=ExportStatus.REJECTED, failure="unknown_lot", since=NOW)
    return WorkList(FakeExports.of(refused), RememberingPublisher())


@dataclass
class BookingSuite(FakeSuite):
    reserve: Reserve = field(default_factory=a_clinic_with_a_patient_who_waits)
    work_list: WorkList = field(default_factory=a_list_with_a_failure)

    @property
    def waiting(self) -> WaitingRoom:
        return WaitingRoom(self.desk, FakeQueue(self.store), FixedAtlas((a_point(),)), Terms())

    @property
    def store(self) -> Any:
        return self.desk.bookings

    @property
    def clinic(self) -> Clinic:
        return self.reserve.clinic

    @property
    def forecaster(self) -> Forecaster:
        return Forecaster(self.clinic, FakeCourses(self.store), FakeExports())

    @property
    def overseer(self) -> Overseer:
        return OversightCase().overseer

    @property
    def desk(self) -> Desk:
        return self.clinic.desk


def document(_: Call) -> Answer:
    return Answer(openapi.described([booking.ROUTES, vaccination.ROUTES]))


DOCUMENT = Route("GET", "/openapi.json", document, "The document", {200: None})
TABLE = Routes("both", [*booking.ROUTES.all, *vaccination.ROUTES.all, DOCUMENT])
STAFF = replace(an_actor(Role.REGISTRAR, Role.MEDIC, Role.COORDINATOR), region=NATION)
SUITE = BookingSuite(
    tokens=FakeTokens({TOKEN: an_actor(patient=a_person().id), "staff-token": STAFF})
)


def application(environ, start_response):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - WSGI
    return answer(Request(environ), TABLE, SUITE)(environ, start_response)


schema = schemathesis.openapi.from_wsgi("/openapi.json", application)


@pytest.fixture(autouse=True)
def _patient_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATIENT_KEY", "of-these-tests-only")
    patients._key.cache_clear()


@pytest.mark.parametrize("token", [TOKEN, "staff-token"])
@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_any_request_is_answered_as_described(case: schemathesis.Case[Any], token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)


def test_every_refusal_that_a_route_names_has_an_answer() -> None:
    for route in booking.ROUTES.all:
        assert set(route.refusals) <= set(ANSWERS)

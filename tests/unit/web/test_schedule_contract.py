"""The schedule answers as its OpenAPI document says, whatever is asked: over fakes, in process."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from flask import Request
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from erejestracja.domain.actor import Role
from erejestracja.services.closing import Hits
from erejestracja.services.replanning import Replans
from erejestracja.services.schedule import Board
from erejestracja.services.webhooks import Switchboard
from erejestracja.web import openapi, schedule
from erejestracja.web.edge import answer
from erejestracja.web.problems import ANSWERS
from erejestracja.web.routing import Answer, Call, Route, Routes
from tests.support.builders import POINT, an_actor
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.schedule_case import Case
from tests.support.webhooks import FakeDeliveries, FakeVault, FakeWebhooks, a_webhook
from tests.unit.web.fakes import FakeSuite, FakeTokens

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
TOKEN = "admin-token"


def a_case() -> Case:
    case = Case()
    case.made()
    case.close()
    return case


def a_switchboard() -> Switchboard:
    parts = (FakeWebhooks.having(a_webhook()), FakeDeliveries(), FakeVault())
    return Switchboard(*parts, RememberingPublisher(), SetClock())


@dataclass
class ScheduleSuite(FakeSuite):
    case: Case = field(default_factory=a_case)
    switchboard: Switchboard = field(default_factory=a_switchboard)

    @property
    def board(self) -> Board:
        return self.case.board

    @property
    def hits(self) -> Hits:
        return self.case.schedules

    @property
    def replans(self) -> Replans:
        return self.case.schedules.replans()


def document(_: Call) -> Answer:
    return Answer(openapi.described([schedule.ROUTES]))


DOCUMENT = Route("GET", "/openapi.json", document, "The document", {200: None})
TABLE = Routes("schedule", [*schedule.ROUTES.all, DOCUMENT])
SUITE = ScheduleSuite(tokens=FakeTokens({TOKEN: an_actor(Role.ADMIN)}))


def application(environ, start_response):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - WSGI
    return answer(Request(environ), TABLE, SUITE)(environ, start_response)


schema = schemathesis.openapi.from_wsgi("/openapi.json", application)


@schema.parametrize()
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_any_request_is_answered_as_described(case: schemathesis.Case[Any]) -> None:
    case.path_parameters = {**(case.path_parameters or {}), "point": POINT}
    case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"}, checks=CHECKS)


def test_every_refusal_that_a_route_names_has_an_answer() -> None:
    assert len(schedule.ROUTES.all) == 31
    for route in schedule.ROUTES.all:
        assert set(route.refusals) <= set(ANSWERS)


@pytest.mark.parametrize(
    "route", schedule.ROUTES.all, ids=lambda route: f"{route.method} {route.path}"
)
def test_every_route_is_for_planners_and_counted(route: Route) -> None:
    assert route.roles == frozenset({Role.ADMIN, Role.PARTNER})
    assert route.limit == "schedule"

"""Search answers as its OpenAPI document says, whatever is asked: over fakes, in process."""

from dataclasses import dataclass, field
from typing import Any

import schemathesis
from flask import Request
from hypothesis import HealthCheck, settings

from erejestracja.services.search import Search
from erejestracja.web import openapi, search
from erejestracja.web.edge import answer
from erejestracja.web.routing import Answer, Call, Route, Routes
from erejestracja.web.search import AnswerCache
from tests.support.builders import a_point, a_state
from tests.support.desk import SetClock
from tests.support.fake_read_model import FakeMarket
from tests.unit.web.fakes import FakeSuite
from tests.unit.web.test_booking_contract import CHECKS


@dataclass
class SearchSuite(FakeSuite):
    answers: AnswerCache = field(default_factory=AnswerCache)
    search: Search = field(
        default_factory=lambda: Search(FakeMarket([a_point()], [a_state()]), SetClock())
    )


def document(_: Call) -> Answer:
    return Answer(openapi.described([search.ROUTES]))


QUESTIONS = [route for route in search.ROUTES.all if route.path != "/openapi.json"]
DOCUMENT = Route("GET", "/openapi.json", document, "The document", {200: None})
TABLE = Routes("search", [*QUESTIONS, DOCUMENT])
SUITE = SearchSuite()


def application(environ, start_response):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - WSGI
    return answer(Request(environ), TABLE, SUITE)(environ, start_response)


schema = schemathesis.openapi.from_wsgi("/openapi.json", application)


@schema.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_any_question_is_answered_as_described(case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(checks=CHECKS)

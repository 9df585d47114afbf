"""What every answer of every function has, whatever was asked."""

import json
import logging

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import NotEligible, Overloaded, Reason, SlotTaken
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route, Routes
from tests.unit.web.fakes import PATIENT, FakeLimiter, FakeSuite, caller, problem


class Greeting(RequestModel):
    how_often: int = 1


class Echo(AnswerModel):
    how_often: int
    language: str
    nothing: str | None = None


class ServiceUnavailable(Exception):  # noqa: N818 - stands for Google's class of that name
    """Google's way of saying that Spanner is away."""


ServiceUnavailable.__module__ = "google.api_core.exceptions"


class Spanner503(ServiceUnavailable):
    """A subclass, from another module."""


FAULTS: dict[str, Exception] = {
    "taken": SlotTaken(({"id": "s-1"},)),
    "age": NotEligible(Reason.AGE),
    "busy": Overloaded(retry_after=3),
    "away": ServiceUnavailable("at 10.0.0.1"),
    "away-too": Spanner503(),
    "bug": RuntimeError("patient Jan Kowalski, tel. 600 700 800"),
}


def greet(call: Call) -> Answer:
    return Answer(Echo(how_often=call.body.how_often, language=call.language), 201)


def show(call: Call) -> Answer:
    return Answer({"subject": call.caller.subject, "id": call.params["thing"]})


def tagged(_: Call) -> Answer:
    return Answer(b'{"a":1}', headers={"ETag": '"v1"'})


def fail(call: Call) -> Answer:
    raise FAULTS[call.params["how"]]


def repeat(call: Call) -> Answer:
    return Answer(dict(call.headers))


ROUTES = Routes(
    "booking",
    [
        Route("POST", "/v1/greetings", greet, "Greet", {201: Echo}, body=Greeting),
        Route(
            "GET",
            "/v1/things/{thing}",
            show,
            "Show",
            {200: None},
            roles=frozenset({Role.PATIENT}),
            limit="record",
        ),
        Route("DELETE", "/v1/things/{thing}", lambda _: Answer(status=204), "Drop", {204: None}),
        Route("GET", "/v1/tagged", tagged, "Tag", {200: None}, cache="public, s-maxage=5"),
        Route("GET", "/v1/limited", tagged, "Limit", {200: None}, limit="search"),
        Route("GET", "/v1/faults/{how}", fail, "Fail", {200: None}),
        Route(
            "GET",
            "/v1/headers",
            repeat,
            "Headers",
            {200: None},
            headers=(Header("X-Must", "Needed.", required=True), Header("X-May", "Not needed.")),
        ),
    ],
)
BEARER = {"Authorization": "Bearer patient-token"}


def test_every_answer_says_who_may_read_and_keep_it() -> None:
    for path in ("/v1/tagged", "/v1/nowhere", "/healthz", "/v1/faults/bug"):
        headers = caller(ROUTES).get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "max-age" in headers["Strict-Transport-Security"]
        assert headers["X-Request-Id"]
        assert headers["Cache-Control"]


def test_a_route_says_how_long_its_answer_may_be_kept() -> None:
    assert caller(ROUTES).get("/v1/tagged").headers["Cache-Control"] == "public, s-maxage=5"


def test_a_sane_request_id_is_taken_over_and_another_is_replaced() -> None:
    client = caller(ROUTES)
    kept = client.get("/v1/tagged", headers={"X-Request-Id": "web-7f3a9c21"})
    assert kept.headers["X-Request-Id"] == "web-7f3a9c21"
    for bad in ("short", "a" * 65, "with space", "34671512344", "pesel-34671512344"):
        made = client.get("/v1/tagged", headers={"X-Request-Id": bad}).headers["X-Request-Id"]
        assert made != bad
        assert len(made) == 32


def test_a_body_becomes_its_model_and_a_model_becomes_camel_case() -> None:
    response = caller(ROUTES).post(
        "/v1/greetings", json={"howOften": 3}, headers={"Accept-Language": "uk"}
    )
    assert response.status_code == 201
    assert response.get_json() == {"howOften": 3, "language": "uk"}
    assert response.mimetype == "application/json"


def test_an_unknown_path_is_a_problem() -> None:
    assert problem(caller(ROUTES).get("/v1/nowhere"))["code"] == "not_found"


def test_a_wrong_method_is_told_which_are_right() -> None:
    for method in ("PUT", "BREW", "TRACE"):
        response = caller(ROUTES).open("/v1/things/a", method=method)
        assert problem(response)["code"] == "method_not_allowed"
        assert response.status_code == 405
        assert response.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS"


def test_options_lists_the_methods() -> None:
    response = caller(ROUTES).options("/v1/greetings")
    assert (response.status_code, response.headers["Allow"]) == (204, "OPTIONS, POST")


def test_head_is_get_without_a_body() -> None:
    response = caller(ROUTES).head("/v1/tagged")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["ETag"] == '"v1"'


def test_a_version_that_is_known_is_not_sent_again() -> None:
    client = caller(ROUTES)
    again = client.get("/v1/tagged", headers={"If-None-Match": '"v0", W/"v1"'})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == '"v1"'
    assert client.get("/v1/tagged", headers={"If-None-Match": '"v2"'}).status_code == 200


def test_nothing_to_say_has_no_body() -> None:
    response = caller(ROUTES).delete("/v1/things/a")
    assert (response.status_code, response.data) == (204, b"")


@pytest.mark.parametrize("sent", [None, "", "Bearer", "Bearer ", "Basic cGF0aWVudA==", "Bearer x"])
def test_a_route_with_roles_wants_a_good_token(sent: str | None) -> None:
    headers = {} if sent is None else {"Authorization": sent}
    response = caller(ROUTES).get("/v1/things/a", headers=headers)
    assert problem(response)["code"] == "unauthenticated"
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_caller_in_another_role_is_refused() -> None:
    headers = {"Authorization": "Bearer coordinator-token"}
    response = caller(ROUTES).get("/v1/things/a", headers=headers)
    assert problem(response)["code"] == "not_allowed"


def test_a_caller_in_the_right_role_is_known_to_the_handler() -> None:
    response = caller(ROUTES).get("/v1/things/a", headers=BEARER)
    assert response.get_json() == {"subject": PATIENT.subject, "id": "a"}


def test_public_routes_do_not_look_at_tokens() -> None:
    suite = FakeSuite()
    assert caller(ROUTES, suite).get("/v1/tagged", headers=BEARER).status_code == 200
    assert suite.tokens.asked == 0


def test_a_caller_counts_by_name_and_a_stranger_by_address() -> None:
    suite = FakeSuite()
    client = caller(ROUTES, suite)
    client.get("/v1/things/a", headers=BEARER)
    client.get("/v1/limited", headers={"X-Forwarded-For": "198.51.100.9, 203.0.113.5"})
    assert suite.limiter.seen == [("record", "subject-1"), ("search", "203.0.113.5")]


def test_a_caller_over_the_limit_is_told_when_to_come_again() -> None:
    response = caller(ROUTES, FakeSuite(limiter=FakeLimiter(full=True))).get("/v1/limited")
    body = problem(response)
    assert (body["code"], body["retryAfter"], body["retry"]) == ("rate_limited", 7, True)
    assert response.headers["Retry-After"] == "7"


def test_a_refusal_carries_its_facts() -> None:
    body = problem(caller(ROUTES).get("/v1/faults/taken"))
    assert (body["status"], body["code"]) == (409, "slot_taken")
    assert body["alternatives"] == [{"id": "s-1"}]


@pytest.mark.parametrize(
    ("accept", "language", "word"),
    [
        (None, "pl", "wieku"),
        ("", "pl", "wieku"),
        ("en-GB,en;q=0.9", "en", "age"),
        ("de, uk;q=0.8, en;q=0.7", "uk", "віку"),
        ("en;q=0.2, uk;q=0.4", "uk", "віку"),
        ("en;q=0", "pl", "wieku"),
        ("en;q=x, *", "pl", "wieku"),
        ("x" * 300, "pl", "wieku"),
    ],
)
def test_a_refusal_speaks_the_callers_language(
    accept: str | None, language: str, word: str
) -> None:
    headers = {} if accept is None else {"Accept-Language": accept}
    response = caller(ROUTES).get("/v1/faults/age", headers=headers)
    assert word in str(problem(response)["detail"])
    assert response.headers["Content-Language"] == language
    assert response.headers["Vary"] == "Accept-Language"


@pytest.mark.parametrize("how", ["away", "away-too"])
def test_a_store_that_is_away_is_overload(how: str) -> None:
    response = caller(ROUTES).get(f"/v1/faults/{how}")
    assert problem(response)["code"] == "overloaded"
    assert response.headers["Retry-After"] == "1"
    assert "10.0.0.1" not in response.text


def test_a_fault_of_ours_tells_the_caller_nothing_and_the_log_nobodys_data(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        body = problem(caller(ROUTES).get("/v1/faults/bug"))
    assert (body["status"], body["code"]) == (500, "internal")
    assert "Kowalski" not in json.dumps(body)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_declared_headers_reach_the_handler() -> None:
    client = caller(ROUTES)
    sent = {"X-Must": "a", "X-Other": "b"}
    assert client.get("/v1/headers", headers=sent).get_json() == {"X-Must": "a"}
    assert problem(client.get("/v1/headers"))["fields"] == {"X-Must": "required"}
    for bad in ("", "a" * 201, "zażółć", " padded"):
        response = client.get("/v1/headers", headers={"X-Must": "a", "X-May": bad})
        if response.status_code == 200:
            assert response.get_json()["X-May"] == bad.strip()
        else:
            assert "X-May" in str(problem(response)["fields"])


def test_health_answers_get_and_head_only() -> None:
    client = caller(ROUTES)
    assert client.get("/healthz").get_json() == {"status": "ok", "checks": {}}
    assert client.head("/healthz").status_code == 200
    assert client.post("/healthz").headers["Allow"] == "GET, HEAD"

"""What is let in, and how what is not is named."""

import io
import json
from datetime import date
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator
from werkzeug.test import TestResponse

from erejestracja.web.models import RequestModel
from erejestracja.web.reading import LARGEST_BODY
from erejestracja.web.routing import FORM, Answer, Call, Route, Routes
from tests.unit.web.fakes import caller, problem

SECRET = "34671512344"


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Inner(RequestModel):
    radius_km: float | None = Field(None, gt=0, le=100)
    day: date | None = None


class Order(RequestModel):
    count: int = Field(ge=1, le=9)
    colour: Colour = Colour.RED
    inner: Inner | None = None
    note: str = ""
    codes: list[str] = Field(default_factory=list, max_length=3)

    @field_validator("note")
    @classmethod
    def _no_shouting(cls, note: str) -> str:
        if note.isupper():
            raise ValueError(f"do not shout {note}")
        return note


class Form(RequestModel):
    text: str = Field(max_length=9)
    count: int = 1


class Search(RequestModel):
    powiat: str | None = Field(None, pattern=r"^\d{4}$")
    page_size: int = Field(20, ge=1, le=100)
    access: list[str] = Field(default_factory=list)
    from_: date | None = Field(None, alias="from")


def take(call: Call) -> Answer:
    return Answer(call.body or {})


def search(call: Call) -> Answer:
    return Answer(call.query or {})


def fill(call: Call) -> Answer:
    form: Form = call.body
    return Answer(form.model_dump())


ROUTES = Routes(
    "booking",
    [
        Route("POST", "/orders", take, "Order", {200: None}, body=Order),
        Route("POST", "/bare", take, "Nothing", {200: None}),
        Route("POST", "/form", fill, "Form", {200: None}, body=Form, consumes=FORM),
        Route("GET", "/search", search, "Search", {200: None}, query=Search),
        Route("GET", "/plain", search, "Plain", {200: None}),
        Route(
            "POST",
            "/hook",
            lambda call: Answer({"length": len(call.request.get_data())}),
            "Hook",
            {200: None},
            reads_body=False,
        ),
    ],
)


def send(data: bytes, content_type: str | None = "application/json") -> TestResponse:
    return caller(ROUTES).post("/orders", data=data, content_type=content_type)


def fields(response: TestResponse) -> dict[str, str]:
    body = problem(response)
    assert (body["status"], body["code"]) == (400, "invalid_request")
    named = body["fields"]
    assert isinstance(named, dict)
    return named


def test_a_good_body_is_let_in() -> None:
    body = {"count": 2, "colour": "green", "inner": {"radiusKm": 3, "day": "2026-12-01"}}
    response = send(json.dumps(body).encode(), "application/json; charset=utf-8")
    assert response.get_json()["colour"] == "green"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"count": "required"}),
        ({"count": 0}, {"count": "must be at least 1"}),
        ({"count": "2"}, {"count": "must be a whole number"}),
        ({"count": True}, {"count": "must be a whole number"}),
        ({"count": 1, "Count": 1}, {"Count": "unknown field"}),
        ({"count": 1, "inner": {"radius_km": 1}}, {"inner.radius_km": "unknown field"}),
        ({"count": 1, "inner": []}, {"inner": "must be an object"}),
        ({"count": 1, "colour": SECRET}, {"colour": "must be 'red' or 'green'"}),
        ({"count": 1, "inner": {"day": SECRET}}, {"inner.day": "must be a date, YYYY-MM-DD"}),
        ({"count": 1, "note": "x" * 301}, {"note": "at most 300 characters"}),
        ({"count": 1, "note": 5}, {"note": "must be text"}),
        ({"count": 1, "codes": ["a"] * 4}, {"codes": "at most 3 items"}),
        ({"count": 1, "codes": [1]}, {"codes.0": "must be text"}),
        ([], {"body": "must be an object"}),
        (None, {"body": "must be an object"}),
        ("text", {"body": "must be an object"}),
    ],
)
def test_each_wrong_field_is_named(body: object, named: dict[str, str]) -> None:
    assert fields(send(json.dumps(body).encode())) == named


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"\xff\xfe",
        b'{"count": NaN}',
        b'{"count": -Infinity}',
        b'{"count": 1, "note": "\\ud800"}',
        b'{"count": 1, "note": "\xc0\xaf"}',
        b"\xef\xbb\xbf{}",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b'{"count": ' + b"9" * 5_000 + b"}",
        b'{"count": 1} {}',
        b'{"count": 1,}',
        b"'count'",
        b" ",
    ],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    assert fields(send(data))["body"] == "not valid JSON"


def test_a_number_out_of_range_is_refused() -> None:
    data = b'{"count": 1, "inner": {"radiusKm": 1e999}}'
    assert "inner.radiusKm" in fields(send(data))


def test_a_field_given_twice_is_refused_at_any_depth() -> None:
    assert fields(send(b'{"count": 1, "count": 2}')) == {"count": "given more than once"}
    data = b'{"count": 1, "inner": {"day": null, "day": null}}'
    assert fields(send(data)) == {"day": "given more than once"}


def test_a_body_is_required_and_is_json() -> None:
    assert fields(send(b"", None)) == {"body": "required"}
    for other in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", None):
        assert fields(send(b"{}", other)) == {"Content-Type": "must be application/json"}


def test_a_large_body_is_refused_whether_or_not_it_says_its_size() -> None:
    data = b'{"note": "' + b"x" * LARGEST_BODY + b'"}'
    assert "at most" in fields(send(data))["body"]
    chunked = caller(ROUTES).post(
        "/orders",
        input_stream=io.BytesIO(data),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert "at most" in fields(chunked)["body"]


def test_a_chunked_body_is_read() -> None:
    chunked = caller(ROUTES).post(
        "/orders",
        input_stream=io.BytesIO(b'{"count": 5}'),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert chunked.get_json()["count"] == 5


def test_a_body_that_is_cut_off_is_the_callers_fault() -> None:
    response = caller(ROUTES).post(
        "/orders",
        input_stream=io.BytesIO(b'{"cou'),
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": "50"},
    )
    assert fields(response) == {"body": "cut off"}


def test_where_no_body_belongs_only_an_empty_one_may_come() -> None:
    client = caller(ROUTES)
    assert client.post("/bare").status_code == 200
    assert client.post("/bare", data=b" {} ").status_code == 200
    assert fields(client.post("/bare", data=b'{"a": 1}')) == {"body": "nothing is expected here"}


def test_a_webhook_reads_its_own_body() -> None:
    response = caller(ROUTES).post("/hook", data={"MsgId": "1"})
    assert response.get_json() == {"length": 7}


def test_a_form_becomes_its_model() -> None:
    client = caller(ROUTES)
    assert client.post("/form", data={"text": "Cześć", "count": "2"}).get_json() == {
        "text": "Cześć",
        "count": 2,
    }
    kind = {"content_type": FORM}
    assert client.post("/form", data=b"text=a&text=b", **kind).get_json()["text"] == "a"
    assert client.post("/form", data=b"text=", **kind).get_json()["text"] == ""
    assert client.post("/form", data=b"text=%FF", **kind).get_json()["text"] == "\ufffd"


@pytest.mark.parametrize(
    ("data", "content_type", "named"),
    [
        (b"", FORM, {"body": "required"}),
        (b'{"text": "a"}', "application/json", {"Content-Type": f"must be {FORM}"}),
        (b"text=a&" * 60, FORM, {"body": "not a form"}),
        (b"count=1", FORM, {"text": "required"}),
        (b"text=a&colour=red", FORM, {"colour": "unknown field"}),
        (f"text={SECRET}".encode(), FORM, {"text": "at most 9 characters"}),
    ],
)
def test_what_is_no_form_is_refused(data: bytes, content_type: str, named: dict[str, str]) -> None:
    response = caller(ROUTES).post("/form", data=data, content_type=content_type)
    assert fields(response) == named
    assert SECRET not in response.text


def test_our_own_words_about_a_field_are_shown_without_what_could_be_somebodys() -> None:
    named = fields(send(json.dumps({"count": 1, "note": f"PESEL {SECRET}"}).encode()))
    assert "do not shout" in named["note"]
    assert SECRET not in named["note"]


def test_a_query_becomes_its_model() -> None:
    response = caller(ROUTES).get(
        "/search?powiat=1465&pageSize=5&access=a&access=b&from=2026-12-01"
    )
    assert response.get_json() == {
        "powiat": "1465",
        "pageSize": 5,
        "access": ["a", "b"],
        "from": "2026-12-01",
    }


def test_an_empty_value_counts_as_absent() -> None:
    assert caller(ROUTES).get("/search?powiat=&from=&pageSize=").get_json() == {
        "pageSize": 20,
        "access": [],
    }


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("powiaty=1465", {"powiaty": "unknown field"}),
        ("from_=2026-12-01", {"from_": "unknown field"}),
        ("page_size=5", {"page_size": "unknown field"}),
        ("powiat=14655", {"powiat": "must match ^\\d{4}$"}),
        ("pageSize=101", {"pageSize": "must be at most 100"}),
        ("pageSize=abc", {"pageSize": "must be a whole number"}),
        ("powiat=1465&powiat=1466", {"powiat": "given more than once"}),
        ("from=2026-02-30", {"from": "must be a date, YYYY-MM-DD"}),
        ("powiat=%FF", {"query": "not valid"}),
        ("powiat=%00", {"powiat": "printable characters only"}),
        ("&".join(f"a{n}=1" for n in range(51)), {"query": "not valid"}),
        ("x" * 99 + "=1", {"x" * 60: "unknown field"}),
    ],
)
def test_each_wrong_parameter_is_named(query: str, named: dict[str, str]) -> None:
    assert fields(caller(ROUTES).get(f"/search?{query}")) == named


def test_a_route_without_parameters_refuses_them() -> None:
    assert caller(ROUTES).get("/plain?").status_code == 200
    assert fields(caller(ROUTES).get("/plain?a=1")) == {"a": "unknown field"}


@given(st.binary(max_size=200), st.sampled_from(["application/json", "text/plain", "", "a;b=\x7f"]))
def test_no_body_is_a_fault_of_ours(data: bytes, content_type: str) -> None:
    assert send(data, content_type).status_code in (200, 400)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["count", "inner", "day", "x"]), inner)
    ),
)


@given(JSON)
def test_no_json_is_a_fault_of_ours(value: object) -> None:
    assert send(json.dumps(value).encode()).status_code in (200, 400)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#")))
def test_no_query_is_a_fault_of_ours(query: str) -> None:
    assert caller(ROUTES).get(f"/search?{query}").status_code in (200, 400)

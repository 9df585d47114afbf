"""The OpenAPI document: it is what the code does, and the file is it."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from jsonschema_rs import Draft202012Validator, meta

from erejestracja.web import openapi, search
from erejestracja.web.api import TABLES, tables
from erejestracja.web.openapi_refusals import refusals_of
from erejestracja.web.problems import ANSWERS
from tests.unit.web.fakes import caller

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    parsed: dict[str, Any] = orjson.loads(openapi.rendered())
    return parsed


def test_the_file_is_generated() -> None:
    assert (DOCS / "openapi.yaml").read_text("utf-8") == openapi.page(), (
        "run: python -m erejestracja.web.openapi"
    )


def test_every_route_is_in_it_and_nothing_else(document: dict[str, Any]) -> None:
    written = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert written == {(route.method, route.path) for table in tables() for route in table.all}


def test_tables_are_named_by_their_function() -> None:
    assert [table.function for table in tables()] == list(TABLES)


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    ]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in re.findall(r'"\$ref":"#/([^"]+)"', openapi.rendered().decode()):
        place: Any = document
        for part in reference.split("/"):
            place = place[part]


def test_every_schema_is_one(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        meta.validate(schema | {"$schema": DRAFT})


def test_every_refusal_of_a_route_is_written_at_its_status(document: dict[str, Any]) -> None:
    shared = document["components"]["responses"]
    for table in tables():
        for route in table.all:
            responses = document["paths"][route.path][route.method.lower()]["responses"]
            for kind in refusals_of(route):
                reference = responses[str(ANSWERS[kind][0])]["$ref"].rpartition("/")[2]
                assert (
                    kind.code
                    in shared[reference]["content"]["application/problem+json"]["examples"]
                )


def test_examples_are_what_they_are_examples_of(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Problem"]
    for response in document["components"]["responses"].values():
        for example in response["content"]["application/problem+json"]["examples"].values():
            Draft202012Validator(schema).validate(example["value"])


def test_only_routes_with_roles_want_a_token(document: dict[str, Any]) -> None:
    for table in tables():
        for route in table.all:
            operation = document["paths"][route.path][route.method.lower()]
            assert ("security" in operation) is (route.roles is not None)
            assert ("401" in operation["responses"]) is (route.roles is not None)


def test_a_query_parameter_is_never_null(document: dict[str, Any]) -> None:
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                assert "null" not in orjson.dumps(parameter["schema"]).decode()


def test_the_document_is_served() -> None:
    response = caller(search.ROUTES).get("/openapi.json")
    assert response.get_json()["openapi"].startswith("3.1")
    assert "max-age" in response.headers["Cache-Control"]


def test_the_file_is_yaml_without_anchors() -> None:
    text = openapi.page()
    assert yaml.safe_load(text)["paths"]
    assert not re.search(r"[:-] [&*]id\d", text)

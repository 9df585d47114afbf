"""The OpenAPI 3.1 document of all routes: `python -m erejestracja.web.openapi` writes it to docs/.

Nothing is written down twice: paths, models, roles, refusals and limits are those the edge obeys.
"""

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import orjson
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from erejestracja.web.api import tables
from erejestracja.web.openapi_refusals import (
    HEADERS,
    PROBLEM,
    REQUEST_ID,
    Schema,
    problem_responses,
    refused,
)
from erejestracja.web.routing import JSON, PARAMETER, PARAMETER_VALUE, Answer, Call, Route, Routes

PAGE = Path("docs/openapi.yaml")
LINE_WIDTH = 100
OK = 200
SCHEMA = "#/components/schemas/{model}"


def described(routes: Iterable[Routes]) -> Schema:
    """Return the document of some functions' routes."""
    all_of_them = list(routes)
    schemas = _schemas(all_of_them)
    paths: dict[str, Schema] = {}
    for table in all_of_them:
        for route in table.all:
            operation = _operation(table.function, route, schemas)
            paths.setdefault(route.path, {})[route.method.lower()] = operation
    queries = {r.query.__name__ for t in all_of_them for r in t.all if r.query}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "e-Rejestracja",
            "version": "1",
            "description": "Registers a nation for vaccination. Instants are RFC 3339 in UTC, days "
            "are local to Europe/Warsaw, ids are opaque, unknown fields are refused.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM}
            | {name: schema for name, schema in schemas.items() if name not in queries},
            "responses": problem_responses(all_of_them),
            "headers": HEADERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


@cache
def rendered() -> bytes:
    """Return the document of every public function as JSON."""
    return orjson.dumps(described(tables()))


def get_openapi(_: Call) -> Answer:
    """Answer with the document; it changes only with a deploy."""
    return Answer(rendered())


def _schemas(routes: Iterable[Routes]) -> dict[str, Schema]:
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for table in routes:
        for route in table.all:
            for model in (route.query, route.body):
                if model:
                    wanted[model, "validation"] = None
            for answer in route.answers.values():
                if answer:
                    wanted[answer, "serialization"] = None
    _, schema = models_json_schema(list(wanted), by_alias=True, ref_template=SCHEMA)
    found: dict[str, Schema] = schema.get("$defs", {})
    return dict(sorted(found.items()))


def _operation(function: str, route: Route, schemas: Mapping[str, Schema]) -> Schema:
    operation: Schema = {
        "operationId": _camel(getattr(route.handle, "__name__", route.summary)),
        "tags": [function],
        "summary": route.summary,
    }
    if route.description:
        operation["description"] = route.description
    if route.roles is not None:
        roles = ", ".join(sorted(route.roles)) or "anybody with a token"
        operation["description"] = f"{operation.get('description', '')} For: {roles}.".strip()
        operation["security"] = [{"bearer": []}]
    parameters = _parameters(route, schemas)
    if parameters:
        operation["parameters"] = parameters
    if route.body:
        operation["requestBody"] = {
            "required": not route.may_lack_body,
            "content": {route.consumes: {"schema": _ref(route.body)}},
        }
    elif route.consumes != JSON:
        content = {route.consumes: {"schema": {"type": "string"}}}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = _good(route) | refused(route)
    return operation


def _parameters(route: Route, schemas: Mapping[str, Schema]) -> list[Schema]:
    found: list[Schema] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{PARAMETER_VALUE}$"},
        }
        for name in PARAMETER.findall(route.path)
    ]
    if route.query:
        schema = schemas[route.query.__name__]
        required = schema.get("required", [])
        for name, property_ in schema.get("properties", {}).items():
            found.append(_query_parameter(name, property_, required=name in required))
    for header in route.headers:
        parameter: Schema = {
            "name": header.name,
            "in": "header",
            "required": header.required,
            "description": header.says,
            "schema": {"type": "string", "maxLength": 200},
        }
        found.append(parameter | ({"example": header.example} if header.example else {}))
    return found


def _query_parameter(name: str, property_: Schema, *, required: bool) -> Schema:
    """Return a parameter. A query has no null: what may be absent is simply not required."""
    schema = {k: v for k, v in property_.items() if k not in ("title", "anyOf", "description")}
    choices = [one for one in property_.get("anyOf", []) if one.get("type") != "null"]
    schema |= choices[0] if len(choices) == 1 else ({"anyOf": choices} if choices else {})
    if schema.get("default", ...) in (None, []):
        del schema["default"]
    parameter: Schema = {"name": name, "in": "query", "required": required, "schema": schema}
    if "description" in property_:
        parameter["description"] = property_["description"]
    return parameter


def _good(route: Route) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for status, model in route.answers.items():
        answer: Schema = {"description": route.summary, "headers": REQUEST_ID}
        if model is not None:
            answer["content"] = {route.produces: {"schema": _ref(model)}}
        elif status == OK:
            answer["content"] = {route.produces: {}}
        found[str(status)] = answer
    return found


def _ref(model: type[BaseModel]) -> Schema:
    return {"$ref": SCHEMA.format(model=model.__name__)}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def page() -> str:
    """Return docs/openapi.yaml."""
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, _: object) -> bool:
            return True

    plain = orjson.loads(orjson.dumps(described(tables())))
    return yaml.dump(plain, Dumper=Plain, sort_keys=False, allow_unicode=True, width=LINE_WIDTH)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")

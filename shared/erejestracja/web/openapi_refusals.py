"""Refusals in the OpenAPI document: the problem schema, and a shared response for each."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from erejestracja.domain.errors import (
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    RateLimited,
    Refusal,
    Unauthenticated,
)
from erejestracja.web.errors_page import EXAMPLE_REQUEST, EXAMPLES
from erejestracja.web.problems import ANSWERS, MEDIA_TYPE, document, summary
from erejestracja.web.routing import PARAMETER, Route, Routes

Schema = dict[str, Any]
PROBLEM: Schema = {
    "type": "object",
    "description": "A refusal (RFC 9457); see docs/errors.md. Each code has facts of its own.",
    "required": ["type", "title", "status", "code", "detail", "retry", "requestId"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": [kind.code for kind in ANSWERS]},
        "detail": {"type": "string"},
        "retry": {"type": "boolean", "description": "May the same request succeed later?"},
        "requestId": {"type": "string"},
    },
}
HEADERS = {
    "RequestId": {
        "description": "Names this answer in the logs; the caller's own where it sent a sane one.",
        "schema": {"type": "string"},
    },
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
}
REQUEST_ID = {"X-Request-Id": {"$ref": "#/components/headers/RequestId"}}


def refusals_of(route: Route) -> list[type[Refusal]]:
    """Return every refusal a route may answer with: its own and what follows from what it is."""
    found = {*route.refusals, InvalidRequest, Overloaded}
    if route.roles is not None:
        found |= {Unauthenticated, NotAllowed}
    if route.limit is not None:
        found.add(RateLimited)
    if PARAMETER.search(route.path):
        found.add(NotFound)
    return [kind for kind in ANSWERS if kind in found]


def refused(route: Route) -> dict[str, Schema]:
    """Return a route's refusals by status, each a reference to a shared response."""
    groups = groupby(_by_status(route), key=lambda kind: ANSWERS[kind][0])
    return {
        str(status): {"$ref": f"#/components/responses/{_name(list(kinds))}"}
        for status, kinds in groups
    }


def problem_responses(routes: Iterable[Routes]) -> dict[str, Schema]:
    """Return each refusal, or several of one status that a route may answer with, once."""
    found: dict[str, Schema] = {}
    for route in (route for table in routes for route in table.all):
        for _, group in groupby(_by_status(route), key=lambda kind: ANSWERS[kind][0]):
            kinds = list(group)
            found[_name(kinds)] = _problem(kinds)
    return dict(sorted(found.items()))


def _name(kinds: list[type[Refusal]]) -> str:
    return "-".join(kind.code for kind in kinds)


def _by_status(route: Route) -> list[type[Refusal]]:
    return sorted(refusals_of(route), key=lambda kind: ANSWERS[kind][0])


def _problem(kinds: list[type[Refusal]]) -> Schema:
    headers: Schema = dict(REQUEST_ID)
    if any("retryAfter" in EXAMPLES[kind].facts() for kind in kinds):
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    return {
        "description": " ".join(f"`{kind.code}`: {summary(kind)}" for kind in kinds),
        "headers": headers,
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Problem"},
                        {"properties": {"code": {"enum": [kind.code for kind in kinds]}}},
                    ]
                },
                "examples": {
                    kind.code: {"value": document(EXAMPLES[kind], "pl", EXAMPLE_REQUEST)[1]}
                    for kind in kinds
                },
            }
        },
    }

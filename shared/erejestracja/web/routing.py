"""Routes: what a function answers, as data. The edge, the OpenAPI document and the tests read it.

A module of routes ends with `ROUTES = Routes("search", (Route("GET", "/v1/points", ...), ...))`;
its handlers are plain functions of a `Call`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Request
from pydantic import BaseModel

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import Refusal

NO_STORE = "no-store"
JSON, CSV, FORM = "application/json", "text/csv", "application/x-www-form-urlencoded"
# What all our ids are made of; anything else in their place is a thing that does not exist.
PARAMETER = re.compile(r"{(\w+)}")
PARAMETER_VALUE = r"[A-Za-z0-9._~-]{1,300}"


@dataclass(slots=True)
class Call:
    """One request, understood: its parts are checked against its route.

    `query` and `body` are instances of the route's models (None where it has none), `headers` the
    declared headers that came, `actor` the verified caller (None on public routes), `language` one
    of "pl", "en", "uk". `suite` is whatever the function was built with; a handler says what it
    needs by an annotation: `services: SearchServices = call.suite`.
    """

    request: Request
    params: Mapping[str, str]
    query: Any
    body: Any
    headers: Mapping[str, str]
    actor: Actor | None
    language: str
    request_id: str
    suite: Any

    @property
    def caller(self) -> Actor:
        """Return the actor of a route that has roles."""
        if self.actor is None:
            raise LookupError("a public route has no caller")
        return self.actor


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler returns. Bytes are sent as they are; mappings and models become JSON."""

    body: bytes | Mapping[str, Any] | BaseModel | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """A request header that a route reads; `example` goes into the OpenAPI document."""

    name: str
    says: str
    required: bool = False
    example: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path.

    `path` is in AIP style: `/v1/visits/{visit}:move`, `/v1/visits/{visit}.ics`. `roles` None is
    public; an empty set is anybody with a good token. `answers` maps each status that is no refusal
    to its model (None: no JSON body). `refusals` are those the handler may raise; the edge adds
    what follows from roles, limit, query and body. `limit` names a row of auth/limits.py. `cache`
    is the Cache-Control of good answers; refusals are never stored. A body that is neither
    JSON nor a form by `consumes` is handed over as bytes; `reads_body` False leaves one of any kind
    to the handler (webhooks), `may_lack_body` takes none for one of defaults. `recall` may answer
    from memory, given the request and the suite, before anything is parsed.
    """

    method: str
    path: str
    handle: Callable[[Call], Answer]
    summary: str
    answers: Mapping[int, type[BaseModel] | None]
    roles: frozenset[Role] | None = None
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    headers: tuple[Header, ...] = ()
    refusals: tuple[type[Refusal], ...] = ()
    limit: str | None = None
    cache: str = NO_STORE
    produces: str = JSON
    consumes: str = JSON
    description: str = ""
    reads_body: bool = True
    may_lack_body: bool = False
    recall: Callable[[Request, Any], Answer | None] | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The routes of one path by method, and the path's parameters."""

    methods: Mapping[str, Route]
    params: Mapping[str, str]

    @property
    def allow(self) -> str:
        """Return the Allow header's value."""
        head = {"HEAD"} if "GET" in self.methods else set()
        return ", ".join(sorted({*self.methods, "OPTIONS", *head}))


class Routes:
    """A function's routes, compiled once: fixed paths by dictionary, the others by pattern."""

    def __init__(self, function: str, routes: Iterable[Route]) -> None:
        self.function = function
        self.all = tuple(routes)
        by_path: dict[str, dict[str, Route]] = {}
        for route in self.all:
            methods = by_path.setdefault(route.path, {})
            if route.method in methods:
                raise ValueError(f"{route.method} {route.path} is there twice")
            methods[route.method] = route
        self._fixed = {p: Match(m, {}) for p, m in by_path.items() if "{" not in p}
        # More literal text is more particular: `{visit}.ics` and `{visit}:move` before `{visit}`.
        templates = sorted((p for p in by_path if "{" in p), key=_literal_length, reverse=True)
        self._patterns = [(_pattern(path), by_path[path]) for path in templates]

    def match(self, path: str) -> Match | None:
        """Return what answers at a path, if anything."""
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed
        for pattern, methods in self._patterns:
            found = pattern.fullmatch(path)
            if found:
                return Match(methods, found.groupdict())
        return None


def _literal_length(path: str) -> int:
    return len(PARAMETER.sub("", path))


def _pattern(path: str) -> re.Pattern[str]:
    parts = PARAMETER.split(path)
    literals, names = parts[::2], parts[1::2]
    text = re.escape(literals[0])
    for name, literal in zip(names, literals[1:], strict=True):
        text += f"(?P<{name}>{PARAMETER_VALUE}){re.escape(literal)}"
    return re.compile(text)

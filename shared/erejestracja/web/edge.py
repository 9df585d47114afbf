"""The HTTP edge of every function: who calls, may they, what do they ask, and the answer."""

import logging
import os
import random
import time
from collections.abc import Mapping
from typing import Any, Protocol

import orjson
from flask import Request, Response
from pydantic import BaseModel

from erejestracja import logs
from erejestracja.auth.addresses import client_of
from erejestracja.auth.limits import limit_name
from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import (
    NotAllowed,
    NotFound,
    Overloaded,
    Refusal,
    Unauthenticated,
)
from erejestracja.i18n.negotiation import language_of
from erejestracja.ports import Limiter
from erejestracja.web import problems
from erejestracja.web.conditional import is_not_modified
from erejestracja.web.health import PATH as HEALTH_PATH
from erejestracja.web.health import Health
from erejestracja.web.reading import read_body, read_file, read_form, read_headers, read_query
from erejestracja.web.routing import FORM, JSON, Answer, Call, Match, Route, Routes

UNKNOWN = "(unknown)"
# The platform logs every request by itself. Ours, which cost a search a tenth of its time, are of
# what went wrong or took long, and of all that concerns a person.
BAD, SLOW_S = 400, 0.5
# Request ids need not be unguessable, and the system's randomness costs a switch of threads; each
# worker is forked from one process and must not repeat the others.
IDS = random.Random()
os.register_at_fork(after_in_child=IDS.seed)
OK = 200
READS = ("GET", "HEAD")
SECURITY = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
)
# What stores raise when they are away, by module and class, so that no client is imported here.
AWAY = {
    "google.api_core.exceptions": {
        "Aborted",
        "DeadlineExceeded",
        "GatewayTimeout",
        "ResourceExhausted",
        "RetryError",
        "ServiceUnavailable",
        "TooManyRequests",
    },
    "google.auth.exceptions": {"TransportError"},
    "redis.exceptions": {"ConnectionError", "TimeoutError"},
}

log = logging.getLogger(__name__)


class Tokens(Protocol):
    """Verifies who calls."""

    def actor(self, token: str) -> Actor:
        """Return whom an access token names. Raises Unauthenticated, Overloaded."""
        ...


class Gate(Protocol):
    """What the edge needs of a suite; each part is built when first asked for."""

    @property
    def tokens(self) -> Tokens:
        """Asked on routes with roles only."""
        ...

    @property
    def limiter(self) -> Limiter:
        """Asked on routes with a limit only."""
        ...

    @property
    def health(self) -> Health:
        """Asked by /healthz only."""
        ...


def answer(request: Request, routes: Routes, suite: Gate) -> Response:
    """Answer a request, whatever it is; nothing is raised."""
    began = time.perf_counter()
    request_id = logs.request_id_of(request.headers.get("X-Request-Id")) or _new_id()
    logs.begin(request_id, request.headers.get("X-Cloud-Trace-Context"))
    template, match = UNKNOWN, None
    try:
        match = routes.match(request.path)
        if match is not None:
            template = next(iter(match.methods.values())).path
            response = _routed(request, match, request_id, suite)
        elif request.path == HEALTH_PATH:
            template = HEALTH_PATH
            response = _health(request, suite)
        else:
            raise NotFound  # noqa: TRY301 - one place turns refusals into answers
    except Exception as raised:  # noqa: BLE001 - the last place: a caller always gets an answer
        response = _refused(raised, request, request_id)
    for name, value in SECURITY:
        response.headers[name] = value
    response.headers["X-Request-Id"] = request_id
    seconds = time.perf_counter() - began
    if response.status_code >= BAD or seconds > SLOW_S or not _is_public(match):
        logs.access(request.method, template, response.status_code, seconds)
    return response


def _new_id() -> str:
    return f"{IDS.getrandbits(128):032x}"


def _is_public(match: Match | None) -> bool:
    return match is not None and all(one.roles is None for one in match.methods.values())


def _routed(request: Request, match: Match, request_id: str, suite: Gate) -> Response:
    method = "GET" if request.method == "HEAD" else request.method
    route = match.methods.get(method)
    if route is None:
        if method == "OPTIONS":
            return Response(status=204, headers={"Allow": match.allow})
        raise problems.MethodNotAllowed(match.allow)
    actor = None
    if route.roles is not None:
        actor = suite.tokens.actor(_bearer(request))
        if route.roles and not route.roles & actor.roles:
            raise NotAllowed
    if route.limit is not None:
        who = actor.subject if actor else client_of(request)
        suite.limiter.admit(limit_name(route.limit, actor), who)
    known = route.recall(request, suite) if route.recall else None
    if known is not None:
        return _response(request, route, known)
    call = Call(
        request=request,
        params=match.params,
        query=read_query(request.query_string, route.query),
        body=_body(request, route),
        headers=read_headers(request, route.headers) if route.headers else {},
        actor=actor,
        language=language_of(request.headers.get("Accept-Language")),
        request_id=request_id,
        suite=suite,
    )
    return _response(request, route, route.handle(call))


def _body(request: Request, route: Route) -> BaseModel | bytes | None:
    if not route.reads_body:
        return None
    if route.consumes == FORM and route.body:
        return read_form(request, route.body)
    if route.consumes != JSON:
        return read_file(request, route.consumes)
    return read_body(request, route.body, may_lack=route.may_lack_body)


def _health(request: Request, suite: Gate) -> Response:
    if request.method not in READS:
        raise problems.MethodNotAllowed("GET, HEAD")
    return suite.health.answer()


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token.strip()


def _response(request: Request, route: Route, given: Answer) -> Response:
    headers = {"Content-Type": route.produces, "Cache-Control": route.cache, **given.headers}
    if (
        given.status == OK
        and request.method in READS
        and is_not_modified(request, headers.get("ETag"))
    ):
        del headers["Content-Type"]
        return Response(status=304, headers=headers)
    if given.body is None:
        del headers["Content-Type"]
        return Response(status=given.status, headers=headers)
    return Response(_encoded(given.body), given.status, headers)


def _encoded(body: bytes | Mapping[str, Any] | BaseModel) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, BaseModel):
        return body.model_dump_json(by_alias=True, exclude_none=True).encode()
    return orjson.dumps(body)


def _refused(raised: Exception, request: Request, request_id: str) -> Response:
    if isinstance(raised, Refusal) and type(raised) in problems.ANSWERS:
        refusal: Refusal = raised
    elif is_away(raised):
        log.warning("a store is away: %s", type(raised).__name__)
        refusal = Overloaded(retry_after=1)
    else:
        log.error("a request failed", exc_info=raised)
        refusal = problems.Internal()
    language = language_of(request.headers.get("Accept-Language"))
    body, status, headers = problems.rendered(refusal, language, request_id)
    return Response(body, status, headers)


def is_away(raised: BaseException) -> bool:
    """Tell whether this means that a store cannot be reached, now."""
    return any(kind.__name__ in AWAY.get(kind.__module__, ()) for kind in type(raised).__mro__)

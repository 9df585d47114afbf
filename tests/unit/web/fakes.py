"""A suite that answers from memory, and a caller that speaks to the edge without a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Request, Response
from werkzeug.test import Client
from werkzeug.wrappers.response import Response as WsgiResponse

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import RateLimited, Unauthenticated
from erejestracja.domain.ids import PatientId
from erejestracja.web.edge import answer
from erejestracja.web.health import Health
from erejestracja.web.routing import Routes

PATIENT = Actor("subject-1", frozenset({Role.PATIENT}), PatientId("a" * 26))
COORDINATOR = Actor("subject-2", frozenset({Role.COORDINATOR}))
ACTORS = {"patient-token": PATIENT, "coordinator-token": COORDINATOR}


@dataclass
class FakeTokens:
    """Knows tokens by heart; `asked` counts."""

    actors: Mapping[str, Actor] = field(default_factory=lambda: ACTORS)
    asked: int = 0

    def actor(self, token: str) -> Actor:
        self.asked += 1
        if token not in self.actors:
            raise Unauthenticated
        return self.actors[token]


@dataclass
class FakeLimiter:
    """Remembers who was counted; refuses when told to."""

    full: bool = False
    seen: list[tuple[str, str]] = field(default_factory=list)

    def admit(self, name: str, who: str) -> None:
        self.seen.append((name, who))
        if self.full:
            raise RateLimited(retry_after=7)


@dataclass
class FakeSuite:
    """What the edge needs of a suite."""

    tokens: FakeTokens = field(default_factory=FakeTokens)
    limiter: FakeLimiter = field(default_factory=FakeLimiter)
    health: Health = field(default_factory=lambda: Health({}))


def caller(routes: Routes, suite: FakeSuite | None = None) -> Client:
    """Return a client whose requests go straight to the edge."""
    gate = suite or FakeSuite()

    def application(environ, start_response):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - WSGI
        return answer(Request(environ), routes, gate)(environ, start_response)

    return Client(application, Response)


def problem(response: WsgiResponse) -> dict[str, object]:
    """Return a problem document, after checking what all of them have in common."""
    assert isinstance(response, Response)
    assert response.mimetype == "application/problem+json"
    body: dict[str, object] = response.get_json()
    assert body["status"] == response.status_code
    assert body["requestId"] == response.headers["X-Request-Id"]
    assert response.headers["Cache-Control"] == "no-store"
    assert body["type"] == f"urn:erejestracja:problem:{body['code']}"
    assert isinstance(body["retry"], bool)
    return body

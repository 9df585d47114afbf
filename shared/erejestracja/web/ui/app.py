"""A web application: blueprints of pages around one design, one session and three languages.

Server-rendered, and whole with scripts off. Each application is a Flask application of its own
inside one function, built when the first request comes.
"""

import gzip
import io
import logging
import os
import random
import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from flask import Blueprint, Flask, Request, Response, g, request
from jinja2 import FileSystemLoader, StrictUndefined

from erejestracja import logs
from erejestracja.auth.form_tokens import FormTokens
from erejestracja.auth.sessions import Sessions
from erejestracja.ports import Limiter
from erejestracja.web.health import PATH as HEALTH_PATH
from erejestracja.web.health import Health
from erejestracja.web.ui import cross_site, language, modes, refusals, security, texts, visitors
from erejestracja.web.ui.assets import BASE, Assets
from erejestracja.web.ui.folders import TEMPLATES

SUITE = "erejestracja.suite"
LARGEST_FORM = 64 * 1024
MOST_FIELDS = 300
SMALLEST_PACKED = 1024
STATIC_RULE = f"{BASE}<path:name>"
PACKED_TYPES = frozenset({"text/html", "text/calendar", "text/csv"})
IDS = random.Random()
os.register_at_fork(after_in_child=IDS.seed)

log = logging.getLogger(__name__)


class Site(Protocol):
    """What every web application needs of the suite; each part is built when first asked for."""

    @property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        ...

    @property
    def form_tokens(self) -> FormTokens:
        """What tells our own forms from others'."""
        ...

    @property
    def limiter(self) -> Limiter:
        """Counts requests by caller."""
        ...

    @property
    def mode(self) -> modes.Mode:
        """How far the application is open."""
        ...

    @property
    def assets(self) -> Assets:
        """Files for browsers, by the names that their content gives them."""
        ...

    @property
    def health(self) -> Health:
        """Asked by /healthz only."""
        ...


def application(
    name: str, blueprints: Iterable[Blueprint], globals_: Mapping[str, Any] | None = None
) -> Flask:
    """Return a web application of these pages; `globals_` are given to each of its templates."""
    app = Flask(name, static_folder=None, template_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=MOST_FIELDS,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    _templates(app, dict(globals_ or {}))
    app.before_request(_begin)
    app.before_request(modes.check)
    app.before_request(cross_site.check)
    app.after_request(language.remember)
    app.after_request(_end)
    refusals.answer_with_pages(app)
    app.add_url_rule(HEALTH_PATH, "healthz", _health)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app


def answer(incoming: Request, app: Flask, suite: Site) -> Response:
    """Answer a request that a function was given with an application's page."""
    # The framework reads the body once more after us, so it is read by its own request.
    body = io.BytesIO(incoming.get_data())
    environ = {**incoming.environ, SUITE: suite, "wsgi.input": body}
    # Not by way of WSGI, which the framework's own application speaks around us already.
    with app.request_context(environ):
        return app.full_dispatch_request()


def suite() -> Any:
    """Return what this request's function was built with."""
    return request.environ[SUITE]


def _templates(app: Flask, globals_: Mapping[str, Any]) -> None:
    app.jinja_loader = FileSystemLoader(TEMPLATES)
    environment = app.jinja_env
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.undefined = StrictUndefined
    environment.auto_reload = False
    environment.globals.update(
        {"acting": lambda: None, **globals_},
        asset=_asset,
        visitor=visitors.visitor,
        csrf_token=cross_site.token,
        mode_notice=modes.notice,
    )
    app.context_processor(texts.for_templates)


def _asset(name: str) -> str:
    return str(suite().assets.url(name))


def _begin() -> None:
    g.began = time.perf_counter()
    sent = logs.request_id_of(request.headers.get("X-Request-Id"))
    g.request_id = sent or f"{IDS.getrandbits(128):032x}"
    logs.begin(g.request_id, request.headers.get("X-Cloud-Trace-Context"))


def _end(response: Response) -> Response:
    security.protect(response)
    response.headers["X-Request-Id"] = g.request_id
    if request.url_rule is None or request.url_rule.rule != STATIC_RULE:
        template = request.url_rule.rule if request.url_rule else "(unknown)"
        seconds = time.perf_counter() - g.began
        logs.access(request.method, template, response.status_code, seconds)
    return _packed(response)


def _packed(response: Response) -> Response:
    """Pack pages: Cloud Run does not. Tokens in them are salted anew, so nothing leaks (BREACH)."""
    response.vary.add("Accept-Encoding")
    if (
        response.mimetype in PACKED_TYPES
        and request.accept_encodings.quality("gzip") > 0
        and "Content-Encoding" not in response.headers
        and not response.is_streamed
        and (response.content_length or 0) >= SMALLEST_PACKED
    ):
        response.set_data(gzip.compress(response.get_data(), 5, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _health() -> Response:
    health: Health = suite().health
    return health.answer()

"""Publish what was committed and did not get through."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.chores import routes_of
from erejestracja.web.edge import answer

ROUTES = routes_of("outbox_relay")


@functions_framework.http
def outbox_relay(request: Request) -> Response:
    """Publish once."""
    return answer(request, ROUTES, suite())

"""Tell points' own software what happened there."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.pushes import routes_of

# The suite is built when the first event comes, not while this module loads.
ROUTES = routes_of("webhooks", lambda event: suite().messenger.hear(event))  # noqa: PLW0108


@functions_framework.http
def webhooks(request: Request) -> Response:
    """Deliver an event; who does not take it is told later, and the push is acknowledged."""
    return answer(request, ROUTES, suite())

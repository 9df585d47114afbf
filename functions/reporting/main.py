"""Write each event once to BigQuery, and only then strike it off the outbox."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.pushes import routes_of

# The suite is built when the first event comes, not while this module loads.
ROUTES = routes_of("reporting", lambda event: suite().reporter.report(event))  # noqa: PLW0108


@functions_framework.http
def reporting(request: Request) -> Response:
    """Archive one event."""
    return answer(request, ROUTES, suite())

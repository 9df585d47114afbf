"""Send each dose to the national record, and write down what became of it."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.pushes import routes_of

ROUTES = routes_of("record_export", lambda event: suite().exporter.export(event.data))


@functions_framework.http
def record_export(request: Request) -> Response:
    """Send what is on record; a refusal to acknowledge asks Pub/Sub to deliver again."""
    return answer(request, ROUTES, suite())

"""A point's series: made, changed, ended, each with a preview."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.schedule import ROUTES


@functions_framework.http
def schedule(request: Request) -> Response:
    """Answer one request."""
    return answer(request, ROUTES, suite())

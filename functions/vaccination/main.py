"""The day at a point: who comes, and the doses given there."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.vaccination import ROUTES


@functions_framework.http
def vaccination(request: Request) -> Response:
    """Answer one request."""
    return answer(request, ROUTES, suite())

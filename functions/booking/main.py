"""Hold, book, move, cancel, wait; one's own record."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.booking import ROUTES
from erejestracja.web.edge import answer


@functions_framework.http
def booking(request: Request) -> Response:
    """Answer one request."""
    return answer(request, ROUTES, suite())

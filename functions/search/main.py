"""Free places, points and proposals: public and cacheable."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.search import ROUTES


@functions_framework.http
def search(request: Request) -> Response:
    """Answer one request."""
    return answer(request, ROUTES, suite())

"""Keep the search read model in step with what was committed."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.pushes import routes_of

ROUTES = routes_of(
    "availability", lambda event: suite().follower.follow(event.data, event.committed)
)


@functions_framework.http
def availability(request: Request) -> Response:
    """Take in one event."""
    return answer(request, ROUTES, suite())

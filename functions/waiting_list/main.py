"""Give freed places to those who wait, in order."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.services.waiting_list import hear
from erejestracja.web.edge import answer
from erejestracja.web.pushes import routes_of

ROUTES = routes_of("waiting_list", lambda event: hear(suite().waiting, event.type, event.data))


@functions_framework.http
def waiting_list(request: Request) -> Response:
    """Take in one event; a refusal asks Pub/Sub to deliver again."""
    return answer(request, ROUTES, suite())

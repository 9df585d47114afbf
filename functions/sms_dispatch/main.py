"""Send one text message, once, within the gateway's rate."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.pushes import routes_of

ROUTES = routes_of("sms_dispatch", lambda event: suite().dispatcher.dispatch(event.data))


@functions_framework.http
def sms_dispatch(request: Request) -> Response:
    """Send what was asked for; a refusal asks Pub/Sub to deliver again."""
    return answer(request, ROUTES, suite())

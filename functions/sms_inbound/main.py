"""The gateway's webhook: dialogues and delivery receipts."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.inbound import ROUTES


@functions_framework.http
def sms_inbound(request: Request) -> Response:
    """Answer one request."""
    return answer(request, ROUTES, suite())

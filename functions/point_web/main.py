"""What staff of a vaccination point see and do in a browser."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.clinic.application import point_application
from erejestracja.web.ui.app import answer


@functions_framework.http
def point_web(request: Request) -> Response:
    """Answer one request."""
    return answer(request, point_application(), suite())

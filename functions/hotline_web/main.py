"""What agents of the hotline see and do in a browser."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.hotline.application import hotline_application
from erejestracja.web.ui.app import answer


@functions_framework.http
def hotline_web(request: Request) -> Response:
    """Answer one request."""
    return answer(request, hotline_application(), suite())

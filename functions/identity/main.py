"""Signing in and out, for people in a browser."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.identity.application import identity_application
from erejestracja.web.ui.app import answer


@functions_framework.http
def identity(request: Request) -> Response:
    """Answer one request."""
    return answer(request, identity_application(), suite())

"""Holds run out, schedules reach on, copies are mended, invariants watched."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.chores import routes_of
from erejestracja.web.edge import answer

ROUTES = routes_of("upkeep")


@functions_framework.http
def upkeep(request: Request) -> Response:
    """Run the chores once."""
    return answer(request, ROUTES, suite())

"""Take in files that are dropped into a bucket, with a report row per row."""

import functions_framework
from flask import Request, Response

from erejestracja.bootstrap import suite
from erejestracja.web.edge import answer
from erejestracja.web.pushes import files_of

ROUTES = files_of(
    "imports",
    lambda file: suite().importer.take(file),  # noqa: PLW0108 - built when the first file comes
    lambda event: suite().importer.go_on(event.data["import"]),
)


@functions_framework.http
def imports(request: Request) -> Response:
    """Take in a file, or go on with one."""
    return answer(request, ROUTES, suite())

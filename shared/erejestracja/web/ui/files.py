"""Files for browsers: styles, scripts, fonts; named by what is in them, so kept for ever."""

from flask import Blueprint, Response, request

from erejestracja.domain.errors import NotFound
from erejestracja.web.ui.app import STATIC_RULE, suite

PAGES = Blueprint("files", __name__)


@PAGES.get(STATIC_RULE)
def file(name: str) -> Response:  # noqa: ARG001 - the whole path names the file
    """Answer with a file. Raises NotFound."""
    found = suite().assets.answer(request.path, request.headers.get("Accept-Encoding", ""))
    if found is None:
        raise NotFound
    content, headers = found
    return Response(content, headers=headers)

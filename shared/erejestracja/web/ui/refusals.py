"""Refusals and faults as pages that say what happened and what to do next."""

import logging
from typing import Any

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from erejestracja.domain import errors
from erejestracja.domain.errors import Overloaded, Refusal
from erejestracja.web import problems
from erejestracja.web.edge import is_away
from erejestracja.web.ui.language import language

log = logging.getLogger(__name__)


def answer_with_pages(app: Flask) -> None:
    """Have an application answer whatever is raised with a page."""
    app.register_error_handler(Exception, _refused)


def _refused(raised: Exception) -> Response:
    refusal = _refusal(raised)
    if not _reads_pages():
        body, status, headers = problems.rendered(refusal, language(), g.request_id)
        return Response(body, status, headers)
    return page_of(refusal)


def page_of(refusal: Refusal, **facts: Any) -> Response:
    """Return a refusal as a page, with its status."""
    status, document = problems.document(refusal, language(), g.request_id)
    page = render_template("ui/refusal.html", refusal=document, **facts)
    answer = Response(page, status)
    if "retryAfter" in document:
        answer.headers["Retry-After"] = str(document["retryAfter"])
    if isinstance(refusal, problems.MethodNotAllowed):
        answer.headers["Allow"] = refusal.allow
    return answer


def _refusal(raised: Exception) -> Refusal:
    if isinstance(raised, Refusal) and type(raised) in problems.ANSWERS:
        return raised
    if isinstance(raised, NotFound):
        return errors.NotFound()
    if isinstance(raised, MethodNotAllowed):
        return problems.MethodNotAllowed(", ".join(sorted(raised.valid_methods or ())))
    if isinstance(raised, HTTPException):
        return errors.InvalidRequest({})
    if is_away(raised):
        log.warning("a store is away: %s", type(raised).__name__)
        return Overloaded(retry_after=1)
    log.error("a page failed", exc_info=raised)
    return problems.Internal()


def _reads_pages() -> bool:
    """Tell whether the caller shows pages: programs that miss a path get a problem document."""
    return "text/html" in request.headers.get("Accept", "")

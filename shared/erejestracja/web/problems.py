"""Refusals as HTTP answers: problem documents after RFC 9457."""

from collections.abc import Mapping
from typing import Any

import orjson

from erejestracja.domain.errors import (
    AlreadyBooked,
    ConsentMissing,
    HoldExpired,
    IdempotencyConflict,
    InvalidRequest,
    NotAllowed,
    NotCovered,
    NotEligible,
    NotFound,
    NotOverridable,
    Overloaded,
    OverrideNotStanding,
    OverrideWaiting,
    RateLimited,
    Refusal,
    SecondPersonNeeded,
    SlotTaken,
    SwapStands,
    Unauthenticated,
    VersionMismatch,
)
from erejestracja.i18n.catalogue import catalogue

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:erejestracja:problem:"


class MethodNotAllowed(Refusal):
    """The path is there, the method is not; the `Allow` header lists those that are."""

    code = "method_not_allowed"

    def __init__(self, allow: str) -> None:
        super().__init__()
        self.allow = allow


class Internal(Refusal):
    """A fault of ours. Says nothing about itself but the request id it was logged under."""

    code = "internal"


# refusal: (HTTP status, may the same request succeed later?)
ANSWERS: Mapping[type[Refusal], tuple[int, bool]] = {
    InvalidRequest: (400, False),
    Unauthenticated: (401, False),
    NotAllowed: (403, False),
    SecondPersonNeeded: (403, False),
    NotFound: (404, False),
    MethodNotAllowed: (405, False),
    SlotTaken: (409, True),
    HoldExpired: (409, True),
    AlreadyBooked: (409, False),
    OverrideWaiting: (409, False),
    OverrideNotStanding: (409, False),
    SwapStands: (409, False),
    VersionMismatch: (412, True),
    NotEligible: (422, False),
    NotCovered: (422, False),
    ConsentMissing: (422, False),
    NotOverridable: (422, False),
    IdempotencyConflict: (422, False),
    RateLimited: (429, True),
    Internal: (500, True),
    Overloaded: (503, True),
}


def document(refusal: Refusal, language: str, request_id: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the problem document of a refusal."""
    status, retry = ANSWERS[type(refusal)]
    facts = refusal.facts()
    return status, {
        "type": TYPE_PREFIX + refusal.code,
        "title": catalogue(language).text(f"problem.{refusal.code}.title"),
        "status": status,
        "code": refusal.code,
        "detail": detail(refusal.code, facts, language),
        "retry": retry,
        "requestId": request_id,
        **facts,
    }


def detail(code: str, facts: Mapping[str, Any], language: str) -> str:
    """Return what a person is told; a text per reason where the refusal has reasons."""
    texts = catalogue(language)
    key = f"problem.{code}.detail"
    reason = f"{key}.{facts.get('reason', '')}"
    if texts.has(reason):
        return texts.text(reason)
    if "retryAfter" in facts:
        return texts.counted(key, int(facts["retryAfter"]))
    return texts.text(key)


def rendered(refusal: Refusal, language: str, request_id: str) -> tuple[bytes, int, dict[str, str]]:
    """Return body, status and headers of a refusal's answer."""
    status, body = document(refusal, language, request_id)
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Content-Language": language,
        "Vary": "Accept-Language",
        "Cache-Control": "no-store",
    }
    if "retryAfter" in body:
        headers["Retry-After"] = str(body["retryAfter"])
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, MethodNotAllowed):
        headers["Allow"] = refusal.allow
    return orjson.dumps(body), status, headers


def summary(kind: type[Refusal]) -> str:
    """Return what a refusal means, in one line, for documents."""
    return (kind.__doc__ or "").strip().splitlines()[0]

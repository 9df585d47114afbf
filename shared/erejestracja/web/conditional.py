"""Conditional requests (RFC 9110 section 13): ETag, If-None-Match and If-Match."""

from hashlib import blake2b

from flask import Request

ANY = "*"
TAG_BYTES = 9


def etag_of(body: bytes) -> str:
    """Return a strong tag of an answer's bytes."""
    return f'"{blake2b(body, digest_size=TAG_BYTES).hexdigest()}"'


def is_not_modified(request: Request, tag: str | None) -> bool:
    """Tell whether a caller has this version already."""
    sent = request.headers.get("If-None-Match") if tag else None
    return sent is not None and _names(sent, tag or "")


def version_named(if_match: str) -> str:
    """Return what our tags hold, which is a version, of the one that `If-Match` names."""
    return if_match.strip().removeprefix("W/").strip('"')


def _names(sent: str, tag: str) -> bool:
    if sent.strip() == ANY:
        return True
    return tag in (one.strip().removeprefix("W/") for one in sent.split(","))

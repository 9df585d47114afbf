"""Conditional requests (RFC 9110 section 13): ETag, If-None-Match, If-Match."""

from hashlib import blake2b

from flask import Request

from erejestracja.domain.errors import VersionMismatch

ANY = "*"
TAG_BYTES = 9


def etag_of(body: bytes) -> str:
    """Return a strong tag of an answer's bytes."""
    return f'"{blake2b(body, digest_size=TAG_BYTES).hexdigest()}"'


def is_not_modified(request: Request, tag: str | None) -> bool:
    """Tell whether a caller has this version already."""
    sent = request.headers.get("If-None-Match") if tag else None
    return sent is not None and _names(sent, tag or "", weak=True)


def require_match(sent: str | None, tag: str) -> None:
    """Let a change of the version it was meant for pass. Raises VersionMismatch."""
    if sent is not None and not _names(sent, tag, weak=False):
        raise VersionMismatch


def _names(sent: str, tag: str, *, weak: bool) -> bool:
    if sent.strip() == ANY:
        return True
    tags = (one.strip() for one in sent.split(","))
    return tag in ((one.removeprefix("W/") if weak else one) for one in tags)

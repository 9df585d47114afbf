"""What comes in and what goes out, without the socket; so a batch's parts are calls as well."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

# What may stand before an address of the JSON API.
WAYS_IN = (("upload",), ("download",), ("resumable",), ("batch",))
NOT_MODIFIED = 304
JSON = "application/json; charset=UTF-8"


class Refused(Exception):  # noqa: N818 - it reads as what happened
    """A call that gets an error; `reason` is Cloud Storage's own word for it."""

    def __init__(self, status: int, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `path` holds the decoded segments: an object's name is one, slashes and all."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Message
    body: bytes = b""

    @classmethod
    def of(cls, method: str, target: str, headers: Message, body: bytes) -> "Call":
        """Return the call that a request line, headers and a body are."""
        split = urlsplit(target if "://" in target else f"//emulator{target}")
        path = tuple(unquote(part) for part in split.path.removeprefix("/").split("/"))
        return cls(
            method, path, dict(parse_qsl(split.query, keep_blank_values=True)), headers, body
        )

    @property
    def is_of_json_api(self) -> bool:
        """Tell the JSON API from the XML API, where the path begins with a bucket."""
        path = self.path
        while path[:1] in WAYS_IN:
            path = path[1:]
        return path[:2] == ("storage", "v1")

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object, empty where there is none. Raises Refused (400)."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            raise Refused(400, "parseError") from None
        if not isinstance(found, dict):
            raise Refused(400, "parseError")
        return found

    def number(self, name: str) -> int | None:
        """Return a number of the query, None where it is not given. Raises Refused (400)."""
        given = self.query.get(name)
        if given is None:
            return None
        try:
            return int(given)
        except ValueError:
            raise Refused(400, "invalidParameter", f"{name} is no number") from None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response. Its Content-Length is the body's unless a header says so, as HEAD needs."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def as_json(content: Mapping[str, Any], status: int = 200) -> Answer:
    """Return an answer of the JSON API."""
    return Answer(status, json.dumps(content).encode(), {"Content-Type": JSON})


def as_xml(content: str, status: int = 200) -> Answer:
    """Return an answer of the XML API."""
    text = f"<?xml version='1.0' encoding='UTF-8'?>{content}"
    return Answer(status, text.encode(), {"Content-Type": "application/xml; charset=UTF-8"})


def refusal(call: Call, refused: Refused) -> Answer:
    """Return the error in the shape of the API that was called."""
    if refused.status == NOT_MODIFIED:
        return Answer(NOT_MODIFIED)
    if call.is_of_json_api:
        one = {"domain": "global", "reason": refused.reason, "message": str(refused)}
        error = {"code": refused.status, "message": str(refused), "errors": [one]}
        return as_json({"error": error}, refused.status)
    code, message = escape(refused.reason), escape(str(refused))
    return as_xml(f"<Error><Code>{code}</Code><Message>{message}</Message></Error>", refused.status)

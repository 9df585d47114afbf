"""Structured logs: one JSON line per entry, as Cloud Logging reads them, and nobody's data in it.

The access line names the route's template, never the path; every other text goes through
`redacted`, which masks what looks like a PESEL, a phone number, an e-mail address or a token.
"""

import logging
import re
import sys
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import orjson

MASK = "•••"
UNWRITABLE = "an entry that could not be rendered"
SENSITIVE = re.compile(
    r"[Bb]earer\s+[^\s\"',;]+"
    r"|\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}"
    r"|[\w.%+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?:\+|%2[Bb]|(?<!\d)00)\d[\d \-]{7,16}\d(?!\d)"
    r"|(?<!\d)\d{3}[ \-]\d{3}[ \-]\d{3}(?!\d)"
    r"|(?<!\d)\d{6}[ \-]\d{5}(?!\d)"
    r"|(?<!\d)(?:\d{9}|\d{11})(?!\d)"
)
# A caller's own id is taken over when it is short, plain, and cannot hold a PESEL by itself.
REQUEST_ID = re.compile(r"(?!.*(?<![0-9A-Za-z])\d{9,}(?![0-9A-Za-z]))[A-Za-z0-9_-]{8,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SERVER_ERROR = 500
TRACE = re.compile(r"([0-9a-f]{32})(?:/|$)")

_request: ContextVar[str] = ContextVar("request", default="")
_trace: ContextVar[str] = ContextVar("trace", default="")


def redacted(text: str) -> str:
    """Return the text with everything masked that could tell who somebody is."""
    return SENSITIVE.sub(MASK, text)


def request_id_of(sent: str | None) -> str | None:
    """Return a caller's request id where it is fit to be kept."""
    return sent if sent and REQUEST_ID.fullmatch(sent) else None


def begin(request_id: str, trace_header: str | None = None) -> None:
    """Say which request the entries of this thread belong to from here on."""
    _request.set(request_id)
    found = TRACE.match(trace_header) if trace_header else None
    _trace.set(found.group(1) if found else "")


class JsonLines(logging.Handler):
    """Writes each record as one line, in one write, to standard output."""

    def __init__(self, function: str, project: str | None = None) -> None:
        super().__init__()
        self._function = function
        self._traces = f"projects/{project}/traces/" if project else ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; one that cannot be rendered is named by its logger alone."""
        try:
            entry = self._entry(record)
        except Exception:  # noqa: BLE001 - logging's own way would print what was to be masked
            entry = {"severity": "ERROR", "message": UNWRITABLE, "logger": record.name}
        self.write(entry)

    def write(self, entry: dict[str, Any]) -> None:
        """Write an entry whose texts are harmless or redacted. A closed pipe fails no request."""
        if request := _request.get():
            entry["requestId"] = request
        if self._traces and (trace := _trace.get()):
            entry["logging.googleapis.com/trace"] = self._traces + trace
        entry["function"] = self._function
        line = orjson.dumps(entry, default=str, option=orjson.OPT_APPEND_NEWLINE).decode()
        self.acquire()
        try:
            with suppress(OSError, ValueError):
                sys.stdout.write(line)
                sys.stdout.flush()
        finally:
            self.release()

    def _entry(self, record: logging.LogRecord) -> dict[str, Any]:
        entry = {
            "severity": record.levelname,
            "message": redacted(record.getMessage()),
            "logger": record.name,
        }
        if record.exc_info:
            text = logging.Formatter().formatException(record.exc_info)
            entry["exception"] = redacted(text)
        facts = getattr(record, "facts", None)
        if facts:
            entry["facts"] = _clean(facts)
        return entry


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, dict):
        return {redacted(str(name)): _clean(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(one) for one in value]
    if value is None or isinstance(value, (bool, float)):
        return value
    cleaned = redacted(str(value))
    return value if isinstance(value, int) and cleaned == str(value) else cleaned


class _Lines:
    """The process's one handler, once `configure` made it."""

    handler: JsonLines | None = None


def configure(function: str, project: str | None = None, level: int = logging.INFO) -> None:
    """Send all logs of this process to standard output as JSON lines; again changes the name."""
    root = logging.getLogger()
    if _Lines.handler is not None:
        root.removeHandler(_Lines.handler)
    _Lines.handler = JsonLines(function, project)
    root.addHandler(_Lines.handler)
    root.setLevel(level)


def access(method: str, template: str, status: int, seconds: float) -> None:
    """Write one line for a request that was answered."""
    handler = _Lines.handler
    if handler is None:
        return
    handler.write(
        {
            "severity": "ERROR" if status >= SERVER_ERROR else "INFO",
            "message": "request",
            "httpRequest": {
                "requestMethod": method if method in METHODS else "(other)",
                "requestUrl": template,
                "status": status,
                "latency": f"{seconds:.6f}s",
            },
        }
    )

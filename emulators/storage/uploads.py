"""How bytes come in: at once, beside their metadata, or in pieces that may be sent again."""

import json
import re
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from emulators.storage import sums
from emulators.storage.conditions import Conditions, of_headers, of_query
from emulators.storage.exchange import Answer, Call, Refused, as_json
from emulators.storage.objects import Objects
from emulators.storage.shelf import Meta, Shelf, writable

PIECE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
MOST_SESSIONS = 1000


@dataclass(slots=True)
class Session:
    """A resumable upload; `done` is the object once it is complete."""

    bucket: str
    facts: Meta
    conditions: Conditions
    data: bytearray = field(default_factory=bytearray)
    done: Meta | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Uploads:
    """The JSON API's three kinds of uploads. Resumable ones do not outlive the emulator."""

    def __init__(self, shelf: Shelf, objects: Objects) -> None:
        self._shelf = shelf
        self._objects = objects
        self._sessions: dict[str, Session] = {}

    def begin(self, call: Call, bucket: str) -> Answer:
        """Store an object, or open a session for its pieces, as `uploadType` says."""
        kind, conditions = call.query.get("uploadType"), of_query(call)
        if kind == "media":
            facts = {"contentType": call.headers.get("Content-Type")}
            return self._stored(bucket, _facts(call, facts), call.body, conditions)
        if kind == "multipart":
            facts, data = parts(call)
            return self._stored(bucket, _facts(call, facts), data, conditions)
        if kind == "resumable":
            known = {"contentType": call.headers.get("X-Upload-Content-Type")}
            facts = _facts(call, known | call.json())
            return self.opened(call, Session(bucket, facts, conditions))
        raise Refused(400, "invalid", "uploadType is media, multipart or resumable")

    def opened(self, call: Call, session: Session) -> Answer:
        """Open a session. Raises Refused (404, 412) where it could never be completed."""
        self._shelf.bucket(session.bucket)
        if session.conditions and not session.facts["name"]:
            raise Refused(400, "required", "a condition needs the object's name")
        key = secrets.token_urlsafe(24)
        self._sessions[key] = session
        while len(self._sessions) > MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        host = call.headers.get("Host", "")
        where = f"http://{host}/upload/storage/v1/b/{session.bucket}/o"
        where += f"?uploadType=resumable&upload_id={key}"
        return Answer(200, headers={"Location": where, "X-GUploader-UploadID": key})

    def more(self, call: Call, bucket: str) -> Answer:
        """Take a piece, or say how much is there. A piece sent twice is taken once."""
        session = self._session(call, bucket)
        with session.lock:
            if session.done is not None:
                return as_json(session.done)
            given = call.headers.get("Content-Range")
            piece = PIECE.fullmatch(
                given or f"bytes 0-{max(0, len(call.body) - 1)}/{len(call.body)}"
            )
            if piece is None:
                raise Refused(400, "invalid", "no Content-Range of an upload")
            first, total = piece[1], piece[3]
            if first is not None:
                _append(session.data, int(first), call.body)
            if total == "*" or len(session.data) < int(total):
                have = len(session.data)
                return Answer(308, headers={"Range": f"bytes=0-{have - 1}"} if have else {})
            facts = session.facts | sums.of_headers(call)
            session.done = self._objects.store(
                bucket, facts.pop("name"), bytes(session.data), facts, session.conditions
            )
            session.data.clear()
            return as_json(session.done)

    def cancel(self, call: Call, bucket: str) -> Answer:
        """Give an upload up. Cloud Storage answers 499, "client closed request"."""
        self._session(call, bucket)
        del self._sessions[call.query["upload_id"]]
        return Answer(499)

    def put(self, call: Call, bucket: str, name: str) -> Answer:
        """Store an object by the XML API, as signed addresses are used."""
        facts = _of_headers(call)
        meta = self._objects.store(bucket, name, call.body, facts, of_headers(call))
        found = {"ETag": f'"{meta["etag"]}"', "X-Goog-Generation": meta["generation"]}
        return Answer(200, headers=found | {"X-Goog-Hash": sums.header(meta)})

    def post(self, call: Call, bucket: str, name: str) -> Answer:
        """Open a session by the XML API."""
        if call.headers.get("X-Goog-Resumable") != "start":
            raise Refused(400, "InvalidArgument", "only resumable uploads are posted")
        opened = self.opened(
            call, Session(bucket, _of_headers(call) | {"name": name}, of_headers(call))
        )
        return Answer(201, headers=opened.headers)

    def _session(self, call: Call, bucket: str) -> Session:
        session = self._sessions.get(call.query.get("upload_id", ""))
        if session is None or session.bucket != bucket:
            raise Refused(404, "notFound", "no such upload")
        return session

    def _stored(self, bucket: str, facts: Meta, data: bytes, conditions: Conditions) -> Answer:
        return as_json(self._objects.store(bucket, facts.pop("name"), data, facts, conditions))


def parts(call: Call) -> tuple[Meta, bytes]:
    """Return the metadata and the bytes of a multipart/related body. Raises Refused (400)."""
    boundary = str(call.headers.get_param("boundary") or "").encode()
    try:
        described, raw = (b"\r\n" + call.body).split(b"\r\n--" + boundary)[1:3]
        head, _, data = raw.partition(b"\r\n\r\n")
        facts: dict[str, Any] = json.loads(described.partition(b"\r\n\r\n")[2])
    except ValueError:
        raise Refused(400, "parseError", "no metadata and bytes") from None
    kind = re.search(rb"content-type:\s*([^\r\n]+)", head, re.IGNORECASE)
    return ({"contentType": kind[1].decode().strip()} if kind else {}) | facts, data


def _facts(call: Call, given: Meta) -> Meta:
    """Return what a caller says of an object, its name and sums among it."""
    stated = {key: given[key] for key in (sums.CRC32C, sums.MD5) if given.get(key)}
    name = given.get("name") or call.query.get("name", "")
    encoding = call.query.get("contentEncoding")
    facts = ({"contentEncoding": encoding} if encoding else {}) | writable(given)
    return facts | sums.of_headers(call) | stated | {"name": name}


def _of_headers(call: Call) -> Meta:
    named = {"Cache-Control", "Content-Encoding", "Content-Language", "Content-Disposition"}
    facts: Meta = {"contentType": call.headers.get("Content-Type")}
    for header in named:
        first, second = header.split("-")
        facts[first.lower() + second] = call.headers.get(header)
    prefix = "x-goog-meta-"
    own = {
        name.lower().removeprefix(prefix): value
        for name, value in call.headers.items()
        if name.lower().startswith(prefix)
    }
    return writable(facts | ({"metadata": own} if own else {})) | sums.of_headers(call)


def _append(data: bytearray, first: int, piece: bytes) -> None:
    """Add what is new of a piece. Raises Refused (400) where bytes before it are missing."""
    if first > len(data):
        raise Refused(400, "invalid", f"byte {len(data)} comes next")
    data.extend(piece[len(data) - first :])

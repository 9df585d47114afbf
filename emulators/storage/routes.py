"""Which call is answered where; a batch is many calls in one."""

from collections.abc import Callable
from email.message import Message
from email.parser import BytesParser
from http import HTTPStatus
from pathlib import Path

from emulators.storage.buckets import Buckets
from emulators.storage.exchange import Answer, Call, Refused, as_json, refusal
from emulators.storage.notifications import Notifications
from emulators.storage.objects import Objects
from emulators.storage.public import Public
from emulators.storage.shelf import Shelf
from emulators.storage.uploads import Uploads

MOST_IN_A_BATCH = 100
BOUNDARY = "batch_of_the_emulator"
Handler = Callable[..., Answer]


class Api:
    """All that the emulator answers."""

    def __init__(self, folder: Path, pubsub_host: str, project: str) -> None:
        shelf = Shelf(folder)
        notifications = Notifications(shelf, folder, pubsub_host, project)
        objects = Objects(shelf, notifications)
        uploads = Uploads(shelf, objects)
        self._public = Public(shelf, uploads, notifications)
        self._routes = [
            (method, tuple(path.split("/")), handler)
            for method, path, handler in (
                *_buckets(Buckets(shelf)),
                *_notifications(notifications),
                *_objects(objects),
                *_uploads(uploads),
            )
        ]

    def answer(self, call: Call) -> Answer:
        """Answer a call; an error is an answer too."""
        try:
            return self._find(call)
        except Refused as refused:
            return refusal(call, refused)

    def _find(self, call: Call) -> Answer:
        if call.path == ("healthz",):
            return as_json({"status": "ok"})
        if call.path == ("batch", "storage", "v1") and call.method == "POST":
            return self._batch(call)
        for method, template, handler in self._routes:
            if method == call.method and (names := _match(template, call.path)) is not None:
                return handler(call, **names)
        if call.is_of_json_api:
            raise Refused(501, "notImplemented", "the emulator does not know this call")
        return self._public.answer(call)

    def _batch(self, call: Call) -> Answer:
        head = f"Content-Type: {call.headers.get('Content-Type', '')}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + call.body).get_payload()
        calls = [one for one in parts if isinstance(one, Message)]
        if not 1 <= len(calls) <= MOST_IN_A_BATCH:
            raise Refused(400, "invalid", f"a batch has 1 to {MOST_IN_A_BATCH} calls")
        answers = [_as_part(one, self.answer(_call_in(one))) for one in calls]
        body = b"".join(answers) + f"--{BOUNDARY}--\r\n".encode()
        return Answer(200, body, {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"})


def _buckets(buckets: Buckets) -> list[tuple[str, str, Handler]]:
    path = "storage/v1/b"
    return [
        ("POST", path, buckets.make),
        ("GET", path, buckets.listed),
        ("GET", f"{path}/<bucket>", buckets.get),
        ("PATCH", f"{path}/<bucket>", buckets.patch),
        ("PUT", f"{path}/<bucket>", buckets.update),
        ("DELETE", f"{path}/<bucket>", buckets.drop),
    ]


def _notifications(notifications: Notifications) -> list[tuple[str, str, Handler]]:
    path = "storage/v1/b/<bucket>/notificationConfigs"
    return [
        ("POST", path, notifications.make),
        ("GET", path, notifications.listed),
        ("GET", f"{path}/<number>", notifications.get),
        ("DELETE", f"{path}/<number>", notifications.drop),
    ]


def _objects(objects: Objects) -> list[tuple[str, str, Handler]]:
    path = "storage/v1/b/<bucket>/o"
    one = f"{path}/<name>"
    return [
        ("GET", path, objects.listed),
        ("GET", one, objects.get),
        ("GET", f"download/{one}", objects.get),
        ("PATCH", one, objects.patch),
        ("PUT", one, objects.update),
        ("DELETE", one, objects.drop),
        ("POST", f"{one}/compose", objects.compose),
        ("POST", f"{one}/copyTo/b/<target>/o/<new>", objects.copy),
        ("POST", f"{one}/rewriteTo/b/<target>/o/<new>", objects.rewrite),
        ("POST", f"{one}/moveTo/o/<new>", objects.move),
    ]


def _uploads(uploads: Uploads) -> list[tuple[str, str, Handler]]:
    path = "upload/storage/v1/b/<bucket>/o"
    return [
        ("POST", path, uploads.begin),
        ("POST", f"resumable/{path}", uploads.begin),
        ("PUT", path, uploads.more),
        ("DELETE", path, uploads.cancel),
    ]


def _match(template: tuple[str, ...], path: tuple[str, ...]) -> dict[str, str] | None:
    if len(template) != len(path):
        return None
    names = {}
    for wanted, given in zip(template, path, strict=True):
        if wanted.startswith("<"):
            names[wanted[1:-1]] = given
        elif wanted != given:
            return None
    return names


def _call_in(part: Message) -> Call:
    """Return the call that a part of a batch holds. Raises Refused (400)."""
    text = part.get_payload(decode=True)
    line, _, rest = (text if isinstance(text, bytes) else b"").lstrip().partition(b"\n")
    words = line.decode("latin-1").split()
    if len(words) < 2:  # noqa: PLR2004 - a method and an address
        raise Refused(400, "invalid", "a part of the batch is no call")
    inner = BytesParser().parsebytes(rest)
    body = inner.get_payload(decode=True)
    return Call.of(words[0], words[1], inner, body if isinstance(body, bytes) else b"")


def _as_part(asked: Message, answer: Answer) -> bytes:
    number = str(asked.get("Content-ID", "")).strip("<>")
    status = HTTPStatus(answer.status)
    head = f"--{BOUNDARY}\r\nContent-Type: application/http\r\n"
    head += f"Content-ID: <response-{number}>\r\n\r\n"
    head += f"HTTP/1.1 {status.value} {status.phrase}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    return head.encode() + b"\r\n" + answer.body + b"\r\n"

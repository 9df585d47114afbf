"""The XML API, as browsers, signed addresses and BigQuery's wildcards use it."""

from datetime import UTC, datetime, timedelta

from emulators.storage.conditions import of_headers
from emulators.storage.exchange import Answer, Call, Refused
from emulators.storage.listing import xml_page
from emulators.storage.media import media
from emulators.storage.notifications import Notifications
from emulators.storage.shelf import Shelf
from emulators.storage.uploads import Uploads

LONGEST = timedelta(days=7)


class Public:
    """Objects at /bucket/name. Signed addresses expire; signatures are not looked at."""

    def __init__(self, shelf: Shelf, uploads: Uploads, notifications: Notifications) -> None:
        self._shelf = shelf
        self._uploads = uploads
        self._notifications = notifications

    def answer(self, call: Call) -> Answer:
        """Carry out a call. Raises Refused, with the XML API's words for it."""
        bucket, name = call.path[0], "/".join(call.path[1:])
        check_expiry(call)
        try:
            return self._of_object(call, bucket, name) if name else self._of_bucket(call, bucket)
        except Refused as refused:
            missing = "NoSuchKey" if name else "NoSuchBucket"
            words = {404: missing, 412: "PreconditionFailed", 416: "InvalidRange"}
            reason = words.get(refused.status, refused.reason)
            raise Refused(refused.status, reason, str(refused)) from None

    def _of_bucket(self, call: Call, bucket: str) -> Answer:
        if call.method == "GET":
            return xml_page(self._shelf, call, bucket)
        if call.method == "HEAD":
            self._shelf.bucket(bucket)
            return Answer()
        raise Refused(405, "MethodNotAllowed")

    def _of_object(self, call: Call, bucket: str, name: str) -> Answer:
        if call.method in ("GET", "HEAD"):
            return media(call, *self._shelf.read(bucket, name))
        if call.method == "PUT":
            return self._uploads.put(call, bucket, name)
        if call.method == "POST":
            return self._uploads.post(call, bucket, name)
        if call.method == "DELETE":
            meta = self._shelf.drop(bucket, name, of_headers(call))
            self._notifications.tell("OBJECT_DELETE", meta)
            return Answer(204)
        raise Refused(405, "MethodNotAllowed")


def check_expiry(call: Call) -> None:
    """Refuse a V4 signed address that is no longer (400 ExpiredToken) or never was good."""
    if "X-Goog-Date" not in call.query:
        return
    try:
        signed = datetime.strptime(call.query["X-Goog-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        lasts = timedelta(seconds=int(call.query["X-Goog-Expires"]))
    except (KeyError, ValueError):
        raise Refused(400, "AuthenticationRequired", "no date and expiry of a signature") from None
    if lasts > LONGEST:
        raise Refused(400, "InvalidArgument", "a signed address lasts seven days at most")
    if datetime.now(UTC) > signed + lasts:
        raise Refused(400, "ExpiredToken", "the signed address has expired")

"""Notifications: what happened to objects, published to Pub/Sub as Cloud Storage does."""

import base64
import json
import threading
import time
import urllib.error
from collections import deque
from pathlib import Path
from typing import Any

from emulators.storage.exchange import Answer, Call, Refused, as_json
from emulators.storage.shelf import Meta, Shelf, now
from emulators.suite.probes import call as send

TRIES = 20
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
JSON_PAYLOAD = "JSON_API_V1"


class Notifications:
    """The configurations of all buckets, and a thread that publishes.

    Cloud Storage publishes at least once and after the fact; so nobody who stores an object waits
    here, and a message Pub/Sub does not take within about a minute is dropped, visibly.
    """

    def __init__(self, shelf: Shelf, folder: Path, pubsub_host: str, project: str) -> None:
        self._shelf = shelf
        self._file = folder / "notifications.json"
        self._host = pubsub_host
        self._project = project
        self._lock = threading.Lock()
        self._wake = threading.Condition()
        self._due: deque[tuple[str, dict[str, Any]]] = deque()
        self._of: dict[str, dict[str, Meta]] = {}
        if self._file.exists():
            self._of = json.loads(self._file.read_bytes())
        threading.Thread(target=self._publish, daemon=True).start()

    def make(self, call: Call, bucket: str) -> Answer:
        """Tell a topic of a bucket's objects from now on."""
        self._shelf.bucket(bucket)
        facts = call.json()
        topic = str(facts.get("topic", "")).removeprefix("//pubsub.googleapis.com/")
        if not topic:
            raise Refused(400, "required", "no topic")
        if "/" not in topic:
            topic = f"projects/{self._project}/topics/{topic}"
        with self._lock:
            known = self._of.setdefault(bucket, {})
            number = str(max(map(int, known), default=0) + 1)
            own = {"kind": "storage#notification", "id": number, "etag": number}
            full = {"topic": f"//pubsub.googleapis.com/{topic}"}
            known[number] = {"payload_format": JSON_PAYLOAD} | facts | own | full
            self._keep()
            return as_json(known[number])

    def listed(self, call: Call, bucket: str) -> Answer:  # noqa: ARG002 - a route's shape
        """List a bucket's notifications."""
        self._shelf.bucket(bucket)
        items = list(self._of.get(bucket, {}).values())
        return as_json({"kind": "storage#notifications", "items": items})

    def get(self, call: Call, bucket: str, number: str) -> Answer:  # noqa: ARG002
        """Show one."""
        return as_json(self._one(bucket, number))

    def drop(self, call: Call, bucket: str, number: str) -> Answer:  # noqa: ARG002
        """Stop one."""
        with self._lock:
            self._one(bucket, number)
            del self._of[bucket][number]
            self._keep()
        return Answer(204)

    def tell(self, event: str, meta: Meta, more: dict[str, str] | None = None) -> None:
        """Publish what happened to an object to every topic that wants to know."""
        with self._lock:
            wanted = list(self._of.get(meta["bucket"], {}).values())
        for one in wanted:
            prefix = one.get("object_name_prefix", "")
            if event in one.get("event_types", [event]) and meta["name"].startswith(prefix):
                topic = one["topic"].removeprefix("//pubsub.googleapis.com/")
                with self._wake:
                    self._due.append((topic, message(event, meta, one, more or {})))
                    self._wake.notify()

    def _one(self, bucket: str, number: str) -> Meta:
        self._shelf.bucket(bucket)
        if (found := self._of.get(bucket, {}).get(number)) is None:
            raise Refused(404, "notFound", f"no notification {number}")
        return found

    def _keep(self) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self._of))
        new.replace(self._file)

    def _publish(self) -> None:
        while True:
            with self._wake:
                while not self._due:
                    self._wake.wait()
                topic, one = self._due.popleft()
            self._offer(topic, one)

    def _offer(self, topic: str, one: dict[str, Any]) -> None:
        pause, failed = FIRST_PAUSE_S, ""
        for _ in range(TRIES):
            try:
                send("POST", f"http://{self._host}/v1/{topic}:publish", {"messages": [one]})
            except urllib.error.HTTPError as refused:
                failed = f"status {refused.code}"
                refused.close()
            except (OSError, ValueError) as away:
                failed = type(away).__name__
            else:
                return
            time.sleep(pause)
            pause = min(LONGEST_PAUSE_S, pause * 2)
        print(f"a notification to {topic} was dropped: {failed}", flush=True)


def message(event: str, meta: Meta, of: Meta, more: dict[str, str]) -> dict[str, Any]:
    """Return the message to publish, in Pub/Sub's JSON."""
    bucket, number = meta["bucket"], of["id"]
    facts = {
        "notificationConfig": f"projects/_/buckets/{bucket}/notificationConfigs/{number}",
        "eventType": event,
        "eventTime": now(),
        "payloadFormat": of["payload_format"],
        "bucketId": bucket,
        "objectId": meta["name"],
        "objectGeneration": meta["generation"],
    }
    payload = json.dumps(meta).encode() if of["payload_format"] == JSON_PAYLOAD else b""
    attributes = of.get("custom_attributes", {}) | facts | more
    return {"data": base64.b64encode(payload).decode(), "attributes": attributes}

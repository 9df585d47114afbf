"""The programmes' rules, live: Firestore tells every instance within seconds, Spanner is the truth.

One small document per programme at `programmes/<id>`: `{version, document}` (the document as JSON
text: Firestore has no nested arrays). When Firestore is empty or away, the rules come from Spanner.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import orjson

from erejestracja.domain.errors import NotFound
from erejestracja.domain.ids import ProgrammeId
from erejestracja.domain.programme import Programme
from erejestracja.domain.programme_document import from_document

COLLECTION = "programmes"
DEADLINE_S = 2.0
# A freeze must bite within seconds; a read every five seconds per instance costs nothing.
FRESH_FOR_S = 5.0

Documents = dict[ProgrammeId, tuple[int, dict[str, Any]]]


class LiveProgrammes:
    """Port Programmes: rules from memory, refreshed from Firestore on the request path."""

    def __init__(self, client: Callable[[], Any], truth: Callable[[], Documents]) -> None:
        self._client = client
        self._truth = truth
        self._lock = threading.Lock()
        self._programmes: dict[ProgrammeId, Programme] = {}
        self._versions: dict[ProgrammeId, int] = {}
        self._checked = float("-inf")

    def get(self, programme: ProgrammeId) -> Programme:
        """Return a programme. Raises NotFound."""
        self._refresh()
        try:
            return self._programmes[programme]
        except KeyError:
            raise NotFound from None

    def all(self) -> Sequence[Programme]:
        """Return every programme."""
        self._refresh()
        return tuple(self._programmes.values())

    def _refresh(self) -> None:
        if time.monotonic() - self._checked < FRESH_FOR_S:
            return
        # Who comes second uses the rules at hand, unless there are none yet.
        if not self._lock.acquire(blocking=not self._programmes):
            return
        try:
            if time.monotonic() - self._checked >= FRESH_FOR_S:
                self._learn(self._read() or self._truth())
                self._checked = time.monotonic()
        finally:
            self._lock.release()

    def _read(self) -> Documents:
        from google.api_core.exceptions import GoogleAPICallError, RetryError

        try:
            snapshots = self._client().collection(COLLECTION).stream(timeout=DEADLINE_S, retry=None)
            return {
                ProgrammeId(one.id): (one.get("version"), orjson.loads(one.get("document")))
                for one in snapshots
            }
        except (GoogleAPICallError, RetryError):
            return {}

    def _learn(self, documents: Documents) -> None:
        for programme, (version, document) in documents.items():
            if version > self._versions.get(programme, 0):
                self._programmes[programme] = replace(from_document(document), version=version)
                self._versions[programme] = version


def mirror(client: Any, documents: Documents) -> int:
    """Copy newer documents from Spanner to Firestore; return how many were behind."""
    behind = 0
    for programme, (version, document) in documents.items():
        reference = client.collection(COLLECTION).document(programme)
        there = reference.get(timeout=DEADLINE_S)
        if not there.exists or there.get("version") < version:
            text = orjson.dumps(document).decode()
            reference.set({"version": version, "document": text}, timeout=DEADLINE_S)
            behind += 1
    return behind

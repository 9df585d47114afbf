"""What the record keeps: each document's versions, and which of the sender's each of them is."""

import threading
from dataclasses import dataclass
from typing import Any

from emulators.national_record.faults import Faults

Document = dict[str, Any]


class NewerThere(Exception):  # noqa: N818 - an answer, not a fault
    """The sender has sent a newer version already."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document as it came; `version` is the record's own count, `sent` the sender's."""

    document: Document
    version: int
    sent: int


class Shelf:
    """Documents by id, the newest version last, and the faults they met."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, list[Kept]] = {}
        self.faults = Faults()
        self._dice = self.faults.dice()

    def behave(self, faults: Faults) -> None:
        """Misbehave like this from here on."""
        with self._lock:
            self.faults, self._dice = faults, faults.dice()

    def hits(self, rate: float) -> bool:
        """Throw the dice: tell whether a fault of this rate hits now."""
        return rate > 0 and self._dice.random() < rate

    def put(self, document: Document, sent: int) -> tuple[Kept, bool]:
        """Keep a version and tell whether the document is new. The same version twice is one.

        Raises NewerThere.
        """
        with self._lock:
            versions = self._kept.setdefault(document["id"], [])
            newest = versions[-1] if versions else None
            if newest and newest.sent > sent:
                raise NewerThere
            if newest and newest.sent == sent:
                return newest, False
            kept = Kept(document, len(versions) + 1, sent)
            versions.append(kept)
            return kept, newest is None

    def versions(self, name: str) -> list[Kept]:
        """Return a document's versions, the oldest first."""
        with self._lock:
            return list(self._kept.get(name, []))

    def newest(self) -> list[Kept]:
        """Return each document as it stands, in the order they first came."""
        with self._lock:
            return [versions[-1] for versions in self._kept.values()]

    def empty(self) -> int:
        """Forget everything; return how many documents there were."""
        with self._lock:
            number = len(self._kept)
            self._kept.clear()
            return number

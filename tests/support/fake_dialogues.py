"""Port Dialogues in memory, with versions as Firestore has them."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from erejestracja.domain.conversation import Conversation, admitted
from erejestracja.domain.ids import PatientId
from erejestracja.ports import Clash


@dataclass
class FakeDialogues:
    kept: dict[str, Conversation] = field(default_factory=dict)
    named: dict[PatientId, Mapping[str, datetime]] = field(default_factory=dict)
    writes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, telephone: str) -> Conversation | None:
        return self.kept.get(telephone)

    def put(self, conversation: Conversation, now: datetime) -> Conversation:
        assert now.tzinfo
        with self.lock:
            there = self.kept.get(conversation.telephone)
            if (there and there.version) != conversation.version:
                raise Clash("FailedPrecondition")
            self.writes += 1
            written = replace(conversation, version=self.writes)
            self.kept[conversation.telephone] = written
            return written

    def silent(self, now: datetime, limit: int) -> Sequence[Conversation]:
        over = [
            one
            for one in self.kept.values()
            if one.dialogue.until is not None and one.dialogue.until <= now
        ]
        return over[:limit]

    def admit(self, patient: PatientId, telephone: str, now: datetime) -> bool:
        with self.lock:
            telephones = admitted(self.named.get(patient, {}), telephone, now)
            if telephones is None:
                return False
            self.named[patient] = telephones
            return True

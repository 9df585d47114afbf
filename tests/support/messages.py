"""Messages in memory, and gateways that answer as a test wants."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from erejestracja.domain.events import Event
from erejestracja.domain.ids import MessageId
from erejestracja.domain.message_state import MessageStatus, Outcome, Receipt, StoredMessage
from erejestracja.domain.sending import NotSent, Sent
from tests.support.builders import AT_EIGHT, NOW, PATIENT, a_visit

MESSAGE = MessageId("messageamessagea")


def a_message(**changes: Any) -> StoredMessage:
    """The notice of `a_visit()`, asked for."""
    facts: dict[str, Any] = {
        "id": MESSAGE,
        "patient": PATIENT,
        "visit": a_visit().id,
        "template": "booked",
        "facts": {
            "version": 1,
            "startsAt": AT_EIGHT.isoformat(),
            "point": "NZOZ Zdrowie",
            "address": "ul. Lipowa 12, Lublin",
        },
        "status": MessageStatus.REQUESTED,
        "attempts": 0,
        "receipt": None,
    }
    return StoredMessage(**(facts | changes))


@dataclass
class FakeMessages:
    """Messages as Spanner has them, with what was told in their commits."""

    rows: dict[str, StoredMessage] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    changed_at: datetime = NOW
    commits: int = 0
    clash: Exception | None = None

    @classmethod
    def of(cls, *messages: StoredMessage) -> "FakeMessages":
        return cls({message.id: message for message in messages})

    def get(self, message: MessageId) -> StoredMessage | None:
        return self.rows.get(message)

    def as_of_now(self, message: MessageId) -> tuple[StoredMessage | None, datetime]:
        return self.rows.get(message), self.changed_at

    def count_attempt(self, message: StoredMessage) -> None:
        self.rows[message.id] = replace(self.rows[message.id], attempts=message.attempts + 1)

    def end(self, message: MessageId, outcome: Outcome, event: Event) -> datetime:
        self.rows[message] = replace(self.rows[message], status=outcome.status, number=None)
        self.outcomes.append(outcome)
        return self._commit(event)

    def receipt(self, message: MessageId, receipt: Receipt, event: Event) -> datetime:
        self.rows[message] = replace(self.rows[message], receipt=receipt)
        return self._commit(event)

    def left_behind(self, before: datetime, limit: int) -> list[StoredMessage]:
        still = [m for m in self.rows.values() if m.status is MessageStatus.REQUESTED]
        return still[:limit] if self.changed_at < before else []

    def ask_again(self, messages: Sequence[StoredMessage], events: Sequence[Event]) -> datetime:
        assert len(messages) == len(events)
        return self._commit(*events)

    def _commit(self, *events: Event) -> datetime:
        if self.clash:
            raise self.clash
        self.told.extend(events)
        self.commits += 1
        return NOW + timedelta(microseconds=self.commits)


@dataclass
class ScriptedGateway:
    """Answers one after the other as it is told to; takes everything after that."""

    answers: list[NotSent] = field(default_factory=list)
    offered: list[tuple[str, str, str]] = field(default_factory=list)
    answerable: bool = False

    def send(self, message: MessageId, phone: str, text: str, *, answerable: bool = False) -> Sent:
        self.answerable = answerable
        self.offered.append((message, phone, text))
        if self.answers:
            raise self.answers.pop(0)
        return Sent("gateway-1", 1, 0.07)


@dataclass
class RememberingOwed:
    """Remembers whose messages reached nobody."""

    messages: list[MessageId] = field(default_factory=list)

    def after_message(self, message: StoredMessage) -> None:
        self.messages.append(message.id)

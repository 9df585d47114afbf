"""What dialogues by text message work with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from erejestracja.domain.conversation import Conversation
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PatientId
from erejestracja.domain.notice import Notice
from erejestracja.services.desk import Desk


class Dialogues(Protocol):
    """Where conversations are kept; lost, people begin anew."""

    def get(self, telephone: str) -> Conversation | None:
        """Return a telephone's conversation."""
        ...

    def put(self, conversation: Conversation, now: datetime) -> Conversation:
        """Keep it as it is now. Raises Clash where somebody else has, since it was read."""
        ...

    def silent(self, now: datetime, limit: int) -> Sequence[Conversation]:
        """Return those whose dialogue has waited for as long as it may."""
        ...

    def admit(self, patient: PatientId, telephone: str, now: datetime) -> bool:
        """Count a telephone that names a person; tell whether it is among the first of its day."""
        ...


class Requests(Protocol):
    """Messages to be sent."""

    def ask(self, notice: Notice, event: Event) -> datetime:
        """Ask for a message, and tell, in one commit. Raises Clash where it was asked for."""
        ...


class Owed(Protocol):
    """Puts people on the list of those who are owed a call."""

    def after_dialogue(self, message: str, patient: PatientId, number: str) -> object:
        """Owe a call to whom no place could be proposed; again for the same message it is one."""
        ...


@dataclass(frozen=True, slots=True)
class Clerk:
    """What dialogues work with. `digest` makes an opaque id of a system and a value, by a key."""

    desk: Desk
    dialogues: Dialogues
    messages: Requests
    owed: Owed
    digest: Callable[[str, str], str]

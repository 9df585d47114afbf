"""Gateways that send nothing: one that remembers, one that is down."""

from collections import deque

from erejestracja.domain.ids import MessageId
from erejestracja.domain.message import size
from erejestracja.domain.sending import Sent, TryLater


class Noop:
    """Takes everything, sends nothing, remembers the last ten."""

    def __init__(self) -> None:
        self.taken: deque[tuple[MessageId, str, str]] = deque(maxlen=10)

    def send(self, message: MessageId, phone: str, text: str, *, answerable: bool = False) -> Sent:  # noqa: ARG002 - the port's
        """Take a message."""
        self.taken.append((message, phone, text))
        return Sent(f"noop-{message}", size(text).segments, price=0.0)


class NoopFail:
    """Is down: what a person and an agent see then can be seen without a gateway."""

    def send(self, message: MessageId, phone: str, text: str, *, answerable: bool = False) -> Sent:  # noqa: ARG002 - the port's
        """Refuse for now."""
        raise TryLater("noop_fail")

"""Sending: what a gateway may answer to a message it is offered."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The gateway took a message: its own id, the parts it counts, the price in PLN if it says."""

    gateway_id: str
    parts: int
    price: float | None = None


class NotSent(Exception):  # noqa: N818 - an answer the caller reads, not a fault
    """The gateway did not take a message. `reason` is a word of ours, never what it wrote."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TakenBefore(NotSent):
    """The gateway has a message of this id: an earlier call got through."""


class Undeliverable(NotSent):
    """This message will never be taken, however often it is offered."""


class TryLater(NotSent):
    """The gateway cannot now, or did not answer: it may have taken the message or not."""


class AccountTrouble(NotSent):
    """The gateway takes nothing of ours until somebody mends our account with it."""


class NotYet(Exception):  # noqa: N818
    """The message has not gone out; its event is to be delivered again."""

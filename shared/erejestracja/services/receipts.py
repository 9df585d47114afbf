"""Delivery receipts: what the gateway says became of a message, in whatever order it says it."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hmac import compare_digest

from erejestracja.domain.errors import Overloaded
from erejestracja.domain.ids import MessageId
from erejestracja.domain.sending import RECEIVABLE, Message, MessageStatus, Outcome
from erejestracja.ports import Clash, Publisher
from erejestracja.services.dispatch import Messages, outcome_event

# A receipt may overtake the commit that says the message was sent, by the time one commit takes.
PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8)
COME_AGAIN_S = 30

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Receipts:
    """What taking in receipts works with. `meanings` are the gateway's status codes."""

    messages: Messages
    publisher: Publisher
    meanings: Mapping[str, MessageStatus]
    token: str
    pause: Callable[[float], None] = time.sleep

    def is_the_gateways(self, token: str) -> bool:
        """Tell whether who calls knows the gateway's secret; equally slow for every wrong one."""
        return compare_digest(token.encode(), self.token.encode())


def take(parts: Receipts, message: MessageId, code: str) -> None:
    """Take in one receipt; late, repeated and unknown ones are no matter.

    Raises Overloaded where the message is not known to be sent yet, so that it is told again.
    """
    status = parts.meanings.get(code)
    if status is None:
        return
    found = _when_sent(parts, message)
    if found is None:
        log.warning("a receipt for no message of ours", extra={"facts": {"status": status}})
        return
    if found.status is MessageStatus.REQUESTED:
        raise Overloaded(retry_after=COME_AGAIN_S)
    if found.status not in RECEIVABLE[status]:
        return
    event = outcome_event(found, status, {"code": code})
    try:
        committed = parts.messages.settle(Outcome(found.id, status), event)
    except Clash:
        return  # the same receipt, at the same moment
    parts.publisher.publish([event], committed)


def _when_sent(parts: Receipts, message: MessageId) -> Message | None:
    """Return the message, waiting a moment for the commit that says it was sent."""
    found = parts.messages.find(message)
    for pause in PAUSES_S:
        if found is None or found.status is not MessageStatus.REQUESTED:
            break
        parts.pause(pause)
        found = parts.messages.find(message)
    return found

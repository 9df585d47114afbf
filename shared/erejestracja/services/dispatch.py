"""Send a message that was asked for: once, unless its visit no longer stands as it says."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, MessageId
from erejestracja.domain.message import size
from erejestracja.domain.phone import InvalidPhone, parse_phone
from erejestracja.domain.sending import (
    AccountTrouble,
    Message,
    MessageStatus,
    NotYet,
    Outcome,
    Sent,
    TakenBefore,
    TryLater,
    Undeliverable,
)
from erejestracja.events.envelope import BadEvent
from erejestracja.i18n.sms import text_of
from erejestracja.ports import Clash, Clock, Publisher, Records

# With Pub/Sub's backoff of up to a minute these reach over some five minutes; then it is an
# agent's, who can call while the visit is still ahead.
MOST_ATTEMPTS = 8

log = logging.getLogger(__name__)


class Messages(Protocol):
    """Messages as Spanner has them."""

    def find(self, message: MessageId) -> Message | None:
        """Return a message."""
        ...

    def attempted(self, message: MessageId, attempts: int) -> None:
        """Write down that so many attempts have failed."""
        ...

    def settle(self, outcome: Outcome, event: Event) -> datetime:
        """Write what became of a message, and tell it, in one commit.

        Raises Clash where just that was told before.
        """
        ...


class SmsGateway(Protocol):
    """Sends text messages."""

    def send(self, message: MessageId, phone: str, text: str) -> Sent:
        """Offer a message to a number in E.164. Raises NotSent in one of its kinds."""
        ...


class Rate(Protocol):
    """The gateway's rate, shared by all who send."""

    def wait(self) -> None:
        """Return when a message may go out. Raises NotYet where that is too long from now."""
        ...


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """What sending works with."""

    messages: Messages
    records: Records
    gateway: SmsGateway
    rate: Rate
    publisher: Publisher
    clock: Clock


def dispatch(parts: Dispatcher, data: Mapping[str, Any]) -> None:
    """Send the message an event asks for, or write down why not.

    Being told twice sends once. Raises NotYet where the event is to be delivered again, BadEvent
    where it names no message.
    """
    if not isinstance(data.get("message"), str):
        raise BadEvent("an event that names no message")
    message = parts.messages.find(MessageId(data["message"]))
    if message is None:
        # Messages are deleted when their time to be kept is over.
        log.warning("a message that was to be sent is gone", extra={"facts": dict(data)})
        return
    if message.status is not MessageStatus.REQUESTED:
        return
    why_not = _outdated(parts, message)
    if why_not:
        _settle(parts, message, MessageStatus.FAILED, reason=why_not)
        return
    person = parts.records.person(message.patient)
    if person is None or not person.phone:
        _settle(parts, message, MessageStatus.UNREACHABLE, reason="no_phone")
    elif not _is_mobile(person.phone):
        _settle(parts, message, MessageStatus.UNREACHABLE, reason="landline")
    else:
        text = text_of(message.template, person.language, message.facts)
        parts.rate.wait()
        _send(parts, message, person.phone, text)


def _outdated(parts: Dispatcher, message: Message) -> str | None:
    """Return why a notice is no longer true: its visit went on, or has begun."""
    if message.visit is None:
        return None
    found = parts.records.visit(message.visit)
    if found is None or found[0].version != message.facts["version"]:
        return "superseded"
    return "too_late" if found[0].starts_at <= parts.clock.now() else None


def _is_mobile(phone: str) -> bool:
    try:
        return parse_phone(phone).is_mobile
    except InvalidPhone:
        return False


def _send(parts: Dispatcher, message: Message, phone: str, text: str) -> None:
    try:
        sent = parts.gateway.send(message.id, phone, text)
    except Undeliverable as never:
        _settle(parts, message, MessageStatus.FAILED, reason=never.reason)
    except TakenBefore:
        _taken_before(parts, message, text)
    except TryLater as later:
        _failed(parts, message, later.reason)
    except AccountTrouble as ours:
        # No fault of this message: it waits for us, and upkeep asks for it again and again.
        log.error("the gateway takes nothing of ours: %s", ours.reason)  # noqa: TRY400 - an answer
        raise NotYet(ours.reason) from None
    else:
        told = {"segments": sent.parts, "price": sent.price}
        outcome = Outcome(message.id, MessageStatus.SENT, sent.parts, sent.gateway_id)
        _commit(parts, message, outcome, told)


def _taken_before(parts: Dispatcher, message: Message, text: str) -> None:
    """Settle a message whose earlier attempt got through after all.

    Where no attempt has failed before, another delivery of the same event may be about to settle
    it; a receipt could come in between, and must not be overwritten. So this one counts as an
    attempt, and when it comes back all that is over.
    """
    if message.attempts == 0:
        _failed(parts, message, "taken_before")
    segments = size(text).segments
    outcome = Outcome(message.id, MessageStatus.SENT, segments)
    _commit(parts, message, outcome, {"segments": segments, "price": None})


def _failed(parts: Dispatcher, message: Message, reason: str) -> None:
    """Count an attempt; raise NotYet unless it was the last."""
    attempts = message.attempts + 1
    if attempts >= MOST_ATTEMPTS:
        _settle(parts, message, MessageStatus.FAILED, reason=reason)
        return
    parts.messages.attempted(message.id, attempts)
    raise NotYet(reason)


def _settle(parts: Dispatcher, message: Message, status: MessageStatus, *, reason: str) -> None:
    outcome = Outcome(message.id, status, failure=reason)
    _commit(parts, message, outcome, {"reason": reason})


def _commit(parts: Dispatcher, message: Message, outcome: Outcome, told: Mapping[str, Any]) -> None:
    event = outcome_event(message, outcome.status, told)
    try:
        committed = parts.messages.settle(outcome, event)
    except Clash:
        return  # another delivery of the same event was quicker
    parts.publisher.publish([event], committed)


def outcome_event(message: Message, status: MessageStatus, told: Mapping[str, Any]) -> Event:
    """Return what is told of a message's outcome; the same outcome is told under the same id."""
    return Event(
        id=EventId(f"{message.id}.{status}"),
        topic="sms-outcomes",
        type=f"sms.{status}",
        data={
            "message": message.id,
            "visit": message.visit,
            "patient": message.patient,
            "template": message.template,
            **told,
        },
    )

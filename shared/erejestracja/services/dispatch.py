"""Send a message that was asked for: once, unless its visit no longer stands as it says."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol

from erejestracja.domain.errors import RateLimited
from erejestracja.domain.events import Event
from erejestracja.domain.ids import MessageId, PatientId, VisitId
from erejestracja.domain.message import size
from erejestracja.domain.message_state import MessageStatus, Outcome, StoredMessage
from erejestracja.domain.notice import CODE
from erejestracja.domain.person import Person
from erejestracja.domain.phone import InvalidPhone, parse_phone
from erejestracja.domain.referral import Referral
from erejestracja.domain.sending import (
    AccountTrouble,
    NotYet,
    Sent,
    TakenBefore,
    TryLater,
    Undeliverable,
)
from erejestracja.domain.visit import Visit
from erejestracja.events.envelope import BadEvent
from erejestracja.i18n.sms import text_of
from erejestracja.ports import Limiter, Publisher
from erejestracja.services.outcomes import sms_event

# With Pub/Sub's backoff of up to a minute these reach over some five minutes; then it is an
# agent's, who can call while the visit is still ahead.
MOST_ATTEMPTS = 8
# Who would wait longer for the gateway's rate gives the message back: Pub/Sub keeps it better than
# a thread does, and its acknowledgement deadline is sixty seconds.
TURNS = 10

log = logging.getLogger(__name__)


class Messages(Protocol):
    """Messages as Spanner has them."""

    def as_of_now(self, message: MessageId) -> tuple[StoredMessage | None, datetime]:
        """Return a message, and the instant it stood like that."""
        ...

    def count_attempt(self, message: StoredMessage) -> None:
        """Write down that an attempt failed for the moment."""
        ...

    def end(self, message: MessageId, outcome: Outcome, event: Event) -> datetime:
        """Write how it ended and tell it, in one commit that may be repeated."""
        ...


class People(Protocol):
    """What a message is about, and whom it goes to."""

    def person(self, patient: PatientId, *, at: datetime | None = None) -> Person | None:
        """Return the person, if registered, as of an instant."""
        ...

    def visit(self, visit: VisitId, *, at: datetime | None = None) -> tuple[Visit, str] | None:
        """Return a visit and the digest of the request that made it, as of an instant."""
        ...

    def referrals(self, patient: PatientId) -> Sequence[Referral]:
        """Return the person's referrals."""
        ...


class Codes(Protocol):
    """The codes that messages say; none is written down."""

    def code_of(self, message: MessageId) -> str:
        """Return a message's code."""
        ...


class Owed(Protocol):
    """Puts whom no message reaches on the list of those who are owed a call."""

    def after_message(self, message: StoredMessage) -> object:
        """Owe them a call; again for the same message is no matter."""
        ...


class SmsGateway(Protocol):
    """Sends text messages."""

    def send(self, message: MessageId, phone: str, text: str, *, answerable: bool = False) -> Sent:
        """Offer a message to a number in E.164, from one that can be answered or from our name.

        Raises NotSent in one of its kinds.
        """
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Sends messages."""

    messages: Messages
    people: People
    gateway: SmsGateway
    limiter: Limiter
    publisher: Publisher
    owed: Owed
    codes: Codes
    now: Callable[[], datetime] = _utc_now
    pause: Callable[[float], None] = time.sleep

    def dispatch(self, data: Mapping[str, Any]) -> None:
        """Send the message an event asks for, or write down why not; told twice, sent once.

        Raises NotYet where the event is to be delivered again, BadEvent where it names no message.
        """
        if not isinstance(data.get("message"), str):
            raise BadEvent("an event that names no message")
        # What is read after the message is read as of the same instant, which costs no waiting.
        message, at = self.messages.as_of_now(MessageId(data["message"]))
        if message is None:
            # Messages are deleted when their time to be kept is over.
            log.warning(
                "a message that was to be sent is gone",
                extra={"facts": {"message": data["message"]}},
            )
            return
        if message.status is not MessageStatus.REQUESTED:
            return
        visit = self._visit(message, at)
        why_not = self._outdated(message, visit)
        if why_not:
            self._end(message, MessageStatus.FAILED, why_not)
            return
        if message.number:
            self._say(message, message.number, message.facts["language"])
            return
        person = self.people.person(message.patient, at=at)
        phone = (visit and visit.phone) or (person and person.phone)
        if person is None or not phone:
            self._give_up(message, MessageStatus.UNREACHABLE, "no_phone")
        elif not _is_mobile(phone):
            self._give_up(message, MessageStatus.UNREACHABLE, "landline")
        else:
            self._say(message, phone, person.language)

    def _say(self, message: StoredMessage, phone: str, language: str) -> None:
        text = text_of(message.template, language, self._facts(message))
        self._await_turn()
        self._send(message, phone, text)

    def _visit(self, message: StoredMessage, at: datetime) -> Visit | None:
        found = self.people.visit(message.visit, at=at) if message.visit else None
        return found[0] if found else None

    def _outdated(self, message: StoredMessage, visit: Visit | None) -> str | None:
        """Return why a notice is no longer true: its visit went on or has begun, its time is up."""
        if message.visit is None:
            until = message.facts.get("until")
            if until and datetime.fromisoformat(until) <= self.now():
                return "too_late"
            return "nobody" if message.template == CODE and not self._is_true(message) else None
        if visit is None or visit.version != message.facts["version"]:
            return "superseded"
        return "too_late" if visit.starts_at <= self.now() else None

    def _is_true(self, message: StoredMessage) -> bool:
        """Tell whether what was claimed when a code was asked for is somebody's."""
        theirs = self.people.referrals(message.patient)
        return message.facts["referral"] in {one.id for one in theirs}

    def _facts(self, message: StoredMessage) -> Mapping[str, Any]:
        if message.template != CODE:
            return message.facts
        return {"code": self.codes.code_of(message.id)}

    def _await_turn(self) -> None:
        for _ in range(TURNS):
            try:
                self.limiter.admit("gateway", "all")
            except RateLimited as full:
                self.pause(full.retry_after)
            else:
                return
        raise NotYet("the gateway's rate is used up")

    def _send(self, message: StoredMessage, phone: str, text: str) -> None:
        try:
            answerable = message.number is not None
            sent = self.gateway.send(message.id, phone, text, answerable=answerable)
        except Undeliverable as never:
            self._give_up(message, MessageStatus.FAILED, never.reason)
        except TakenBefore:
            # An attempt whose answer was lost, or another delivery of this very event.
            self._sent(message, Sent("", size(text).segments))
        except TryLater as later:
            self._attempt_failed(message, later.reason)
        except AccountTrouble as ours:
            _ours_to_mend(ours.reason)
        else:
            self._sent(message, sent)

    def _sent(self, message: StoredMessage, sent: Sent) -> None:
        outcome = Outcome(MessageStatus.SENT, sent.parts, sent.gateway_id or None)
        self._commit(message, outcome, {"segments": sent.parts, "price": sent.price})

    def _attempt_failed(self, message: StoredMessage, reason: str) -> None:
        """Count an attempt; raise NotYet unless it was the last."""
        if message.attempts + 1 >= MOST_ATTEMPTS:
            self._give_up(message, MessageStatus.FAILED, reason)
            return
        self.messages.count_attempt(message)
        raise NotYet(reason)

    def _give_up(self, message: StoredMessage, status: MessageStatus, reason: str) -> None:
        """End a message that reaches nobody: a call is owed. What was cut off is done again.

        Nobody is called for what answers them: anybody may ask for a code, or write to us.
        """
        if not message.was_asked_for:
            self.owed.after_message(message)
        self._end(message, status, reason)

    def _end(self, message: StoredMessage, status: MessageStatus, reason: str) -> None:
        self._commit(message, Outcome(status, failure=reason), {"reason": reason})

    def _commit(self, message: StoredMessage, outcome: Outcome, told: Mapping[str, Any]) -> None:
        event = sms_event(message, outcome.status.value, told)
        committed = self.messages.end(message.id, outcome, event)
        self.publisher.publish([event], committed)


def _is_mobile(phone: str) -> bool:
    try:
        return parse_phone(phone).is_mobile
    except InvalidPhone:
        return False


def _ours_to_mend(reason: str) -> NoReturn:
    """Leave a message as it is: no fault of it; upkeep asks for it until we have mended ours."""
    log.error("the gateway takes nothing of ours: %s", reason)
    raise NotYet(reason)

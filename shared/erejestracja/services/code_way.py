"""The way in for people without a national identity: two numbers, then a code by text message.

Nothing that is answered, nor the work done for it, tells whether there is such a person: what was
claimed is written down as it came, and only the sending of the message looks whether it is true.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from erejestracja.domain.challenge import LIVES, MOST_TRIES, Challenge
from erejestracja.domain.events import Event
from erejestracja.domain.ids import MessageId, PatientId, ReferralId, derived_id
from erejestracja.domain.notice import CODE, Notice
from erejestracja.domain.person import Person
from erejestracja.services.desk import Desk
from erejestracja.services.outcomes import request_event


class Challenges(Protocol):
    """Where challenges are kept, for minutes. Raises Overloaded where that is away."""

    def admit(self, identifier: str, address: str) -> None:
        """Count one request for a code. Raises RateLimited while either has to wait."""
        ...

    def open(self, challenge: Challenge) -> str:
        """Keep a challenge; return its new, unguessable id."""
        ...

    def guess(self, challenge_id: str) -> tuple[Challenge, int] | None:
        """Count a try, and return the challenge with how many there were."""
        ...

    def close(self, challenge_id: str, challenge: Challenge) -> bool:
        """End a challenge that was met, and its identifier's pause; tell whether it was open."""
        ...


class Codes(Protocol):
    """The codes that messages say."""

    def code_of(self, message: MessageId) -> str:
        """Return a message's code: digits."""
        ...


class Requests(Protocol):
    """Messages to be sent."""

    def ask(self, notice: Notice, event: Event) -> datetime:
        """Ask for a message, and tell, in one commit."""
        ...


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the way in works with."""

    desk: Desk
    challenges: Challenges
    codes: Codes
    messages: Requests


@dataclass(frozen=True, slots=True)
class Tried:
    """What a code has opened: nothing, with so many tries left; or one referral of a person."""

    left: int
    person: Person | None = None
    referral: ReferralId | None = None


def ask_for_code(entrance: Entrance, identifier: str, referral: ReferralId, address: str) -> str:
    """Have a code sent if what is claimed is true; return the challenge's id either way.

    `identifier` is the digest of a PESEL or document. Raises RateLimited, Overloaded.
    """
    desk = entrance.desk
    entrance.challenges.admit(identifier, address)
    patient = desk.records.registered_as(identifier) or PatientId(identifier)
    message = MessageId(derived_id("code", f"{desk.random.getrandbits(128):x}"))
    expires_at = desk.clock.now() + LIVES
    facts = {"referral": referral, "until": expires_at.isoformat()}
    notice = Notice(message, patient, None, CODE, facts)
    told = request_event(notice)
    at = entrance.messages.ask(notice, told)
    challenge = Challenge(message, patient, referral, identifier, expires_at)
    challenge_id = entrance.challenges.open(challenge)
    desk.publisher.publish([told], at)
    return challenge_id


def try_code(entrance: Entrance, challenge_id: str, code: str) -> Tried:
    """Return what a code opens: once, within ten minutes, at the fifth try at the latest."""
    found = entrance.challenges.guess(challenge_id)
    if found is None:
        return Tried(0)
    challenge, tries = found
    right = entrance.codes.code_of(challenge.message)
    is_right = hmac.compare_digest(right.encode(), code.encode())
    if tries > MOST_TRIES or challenge.expires_at <= entrance.desk.clock.now():
        return Tried(0)
    if not is_right:
        return Tried(MOST_TRIES - tries)
    if not entrance.challenges.close(challenge_id, challenge):
        return Tried(0)
    records = entrance.desk.records
    person = records.person(challenge.patient)
    theirs = {one.id for one in records.referrals(challenge.patient)}
    if person is None or challenge.referral not in theirs:
        return Tried(0)  # a code that nobody was sent was guessed, and opens nothing
    return Tried(MOST_TRIES - tries, person, challenge.referral)

"""Dialogues by text message: what a telephone writes is taken in once, acted on, and answered.

A conversation is claimed before anything is done for a message, so that no two messages of one
telephone are worked on at once. All that is done can be done again: holds, visits and replies have
ids that follow from the message, so who continues after a crash finds them there.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from erejestracja.domain.conversation import Conversation
from erejestracja.domain.conversing import heard, silent
from erejestracja.domain.dialogue import Dialogue, Step
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.ids import derived_id
from erejestracja.domain.phone import InvalidPhone, parse_phone
from erejestracja.ports import Clash
from erejestracja.services.clerk import Clerk
from erejestracja.services.dialogue_turn import Turn

# A run of upkeep; who is left over is the next run's, a minute later.
MOST_A_RUN = 100


@dataclass(frozen=True, slots=True, repr=False)
class Inbound:
    """What a person wrote, as the gateway tells it.

    `unique` is all that tells a message from every other, and a repeated delivery from none.
    """

    sender: str
    text: str
    unique: str


def hear(clerk: Clerk, inbound: Inbound) -> None:
    """Take in a message, once, however often and concurrently it is delivered.

    Raises Overloaded where it is to be delivered again. Who cannot be answered is not heard.
    """
    try:
        phone = parse_phone(inbound.sender)
    except InvalidPhone:
        return
    if not phone.is_mobile:
        return
    telephone = clerk.digest("TEL", phone.e164)
    conversation = clerk.dialogues.get(telephone) or Conversation(telephone, phone.e164)
    message = clerk.digest("SMS", inbound.unique)
    _work(clerk, conversation, message, lambda before, now: heard(before, inbound.text, now))


def end_silent(clerk: Clerk) -> int:
    """End dialogues in which nothing was said for too long; return how many."""
    ended = 0
    for conversation in clerk.dialogues.silent(clerk.desk.clock.now(), MOST_A_RUN):
        until = conversation.dialogue.until
        message = derived_id("silence", conversation.telephone, f"{until}")
        try:
            ended += _work(clerk, conversation, message, silent)
        except Overloaded:
            continue  # somebody writes at this moment, and is heard first
    return ended


def _work(
    clerk: Clerk,
    conversation: Conversation,
    message: str,
    first: Callable[[Dialogue, datetime], Step],
) -> bool:
    """Do what a message asks for, unless it was done; tell whether this did it."""
    if conversation.has(message):
        return False
    now = clerk.desk.clock.now()
    if conversation.is_claimed(now):
        raise Overloaded(retry_after=2)
    claimed = _put(clerk, conversation.claimed(now))
    turn = Turn(clerk, claimed, message)
    try:
        dialogue = turn.taken(first(claimed.dialogue, now))
    except Exception:
        with suppress(Overloaded):
            _put(clerk, claimed.let_go())
        raise
    _put(clerk, claimed.after(message, dialogue))
    return True


def _put(clerk: Clerk, conversation: Conversation) -> Conversation:
    try:
        return clerk.dialogues.put(conversation, clerk.desk.clock.now())
    except Clash:
        raise Overloaded(retry_after=1) from None

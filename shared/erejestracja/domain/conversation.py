"""A telephone's conversation: its dialogue, and which of its messages were taken in.

A gateway delivers a message at least once, and two of them at once. Who works on one claims the
conversation for it first; who meets a claim comes again later, unless it is as old as a claim may
be: then whoever made it is gone, and the same work is done again, which has the same effect.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from erejestracja.domain.conversing import A_DAY
from erejestracja.domain.dialogue import Dialogue

# Work on a message takes a second or so; a function is given up on after sixty.
CLAIMED_FOR = timedelta(seconds=60)
# A person sends a few in a row; a gateway repeats what was not answered within a day.
MOST_REMEMBERED = 40
# Of one person: a stranger who tries numbers learns little before.
MOST_TELEPHONES = 3


@dataclass(frozen=True, slots=True, repr=False)
class Conversation:
    """What is kept of a telephone, by its opaque id; its number is for answers only.

    `taken_in` are the latest messages, the newest last. `version` is the store's own, None for what
    is not kept yet.
    """

    telephone: str
    number: str
    dialogue: Dialogue = field(default_factory=Dialogue)
    taken_in: tuple[str, ...] = ()
    claimed_until: datetime | None = None
    version: object = None

    def has(self, message: str) -> bool:
        """Tell whether a message was taken in."""
        return message in self.taken_in

    def is_claimed(self, now: datetime) -> bool:
        """Tell whether somebody works on it."""
        return self.claimed_until is not None and now < self.claimed_until

    def claimed(self, now: datetime) -> "Conversation":
        """Return it as claimed by who works on a message."""
        return replace(self, claimed_until=now + CLAIMED_FOR)

    def let_go(self) -> "Conversation":
        """Return it as nobody's: the work was not done, and the next delivery may begin at once."""
        return replace(self, claimed_until=None)

    def after(self, message: str, dialogue: Dialogue) -> "Conversation":
        """Return it with a message taken in, and free for the next."""
        taken_in = (*self.taken_in, message)[-MOST_REMEMBERED:]
        return replace(self.let_go(), dialogue=dialogue, taken_in=taken_in)


def admitted(
    named: Mapping[str, datetime], telephone: str, now: datetime
) -> Mapping[str, datetime] | None:
    """Return which telephones have named a person within a day, this one among them.

    `named` is when each did first; None where this one is one too many.
    """
    recent = {one: at for one, at in named.items() if now - at < A_DAY}
    if telephone not in recent and len(recent) >= MOST_TELEPHONES:
        return None
    return {telephone: now, **recent}

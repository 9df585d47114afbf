"""Challenges: a code was asked for, and whoever knows it reaches one referral of one person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from erejestracja.domain.ids import MessageId, PatientId, ReferralId

LIVES = timedelta(minutes=10)
MOST_TRIES = 5


@dataclass(frozen=True, slots=True, repr=False)
class Challenge:
    """What was claimed when a code was asked for; nobody has looked yet whether it is true.

    `message` is the text message that says the code, `identifier` the digest that pauses count by.
    """

    message: MessageId
    patient: PatientId
    referral: ReferralId
    identifier: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """How long who asks again waits: nothing for the `free` first times, then twice as long each.

    Times are in seconds; who has not asked for `forget_s` begins anew.
    """

    free: int
    first_s: int
    most_s: int
    forget_s: int

    def after(self, times: int) -> int:
        """Return the wait after so many times, in seconds."""
        over = times - self.free
        return min(self.most_s, self.first_s << min(over, 31)) if over >= 0 else 0


# Five tries a code, and some dozen codes a day: whoever knows both numbers of a person still gets
# in by luck less than once in forty years of trying each day.
OF_IDENTIFIER = Pause(free=1, first_s=30, most_s=12 * 3600, forget_s=24 * 3600)
# Many people may sit behind one address; a whole family asks from one.
OF_ADDRESS = Pause(free=20, first_s=30, most_s=3600, forget_s=24 * 3600)

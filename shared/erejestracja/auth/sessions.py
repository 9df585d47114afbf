"""Sessions of the web applications: who signed in, how, and for how long that holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.ids import PatientId, ReferralId


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts without use, and however much it is used."""

    idle: timedelta
    whole: timedelta


# A browser at home may be somebody else's a while later; a desk's is in use all through a shift,
# and people who had to sign in again each hour wrote their passwords down (web design, section 7).
AT_HOME = Lifetime(idle=timedelta(minutes=30), whole=timedelta(hours=8))
# Who came by a code has shown a telephone, and does one thing.
BY_CODE = Lifetime(idle=timedelta(minutes=15), whole=timedelta(hours=1))
AT_WORK = Lifetime(idle=timedelta(minutes=60), whole=timedelta(hours=10))


@dataclass(frozen=True, slots=True)
class WebSession:
    """Who is signed in. Names are for the page's corner, the actor decides.

    `assurance` is the provider's `acr`, `sid` its own session, by which it signs people out. A
    person who came by a code in a text message reaches `referral` and its visits alone. `defaults`
    are what staff filled in last, to be offered again at the same point: a lot, a place on the
    body, a number of their own. `acting_for` is whom a patient has chosen to act for, None for
    themselves.
    """

    actor: Actor
    given_name: str
    family_name: str
    assurance: str
    signed_in_at: datetime
    seen_at: datetime
    sid: str | None = None
    referral: ReferralId | None = None
    acting_for: PatientId | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)

    @property
    def lifetime(self) -> Lifetime:
        """Return how long such a session lasts."""
        if self.referral is not None:
            return BY_CODE
        return AT_WORK if self.actor.roles - {Role.PATIENT} else AT_HOME

    def expires_at(self) -> datetime:
        """Return when the session ends if it is not used before."""
        whole = self.signed_in_at + self.lifetime.whole
        return min(self.seen_at + self.lifetime.idle, whole)

    def expired(self, now: datetime) -> bool:
        """Tell whether the session has ended."""
        return self.expires_at() <= now

    def seen(self, now: datetime) -> "WebSession":
        """Return the session as used now."""
        return replace(self, seen_at=now)


class Sessions(Protocol):
    """Where sessions are kept. They may be lost at any moment: then people sign in again."""

    def open(self, session: WebSession) -> str:
        """Keep a session and return its new, unguessable id. Raises Overloaded."""
        ...

    def get(self, session_id: str) -> WebSession | None:
        """Return a session that has not ended, and note that it is in use."""
        ...

    def keep(self, session_id: str, session: WebSession) -> None:
        """Keep a session as it is now, if it has not ended; best effort."""
        ...

    def end(self, session_id: str) -> WebSession | None:
        """End a session and return it, if there was one."""
        ...

    def end_all(self, sid: str) -> int:
        """End all sessions that came of one of the provider's; return how many there were."""
        ...

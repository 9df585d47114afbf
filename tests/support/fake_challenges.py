"""Challenges in memory, on a clock that is set; passes the same contract as the real store."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from erejestracja.domain.challenge import LIVES, OF_ADDRESS, OF_IDENTIFIER, Challenge
from erejestracja.domain.errors import RateLimited
from erejestracja.domain.events import Event
from erejestracja.domain.notice import Notice
from tests.support.desk import SetClock


@dataclass
class FakeChallenges:
    """Port Challenges."""

    clock: SetClock = field(default_factory=SetClock)
    asked: dict[tuple[str, str], tuple[int, datetime]] = field(default_factory=dict)
    known: dict[str, tuple[Challenge, int, datetime]] = field(default_factory=dict)
    opened: int = 0

    def admit(self, identifier: str, address: str) -> None:
        now = self.clock.now()
        keys = (("identifier", identifier), ("address", address))
        waits = [self.asked[key][1] - now for key in keys if key in self.asked]
        longest = max(waits, default=timedelta())
        if longest > timedelta():
            raise RateLimited(retry_after=int(longest.total_seconds()) + 1)
        for key, pause in zip(keys, (OF_IDENTIFIER, OF_ADDRESS), strict=True):
            times = self.asked[key][0] + 1 if key in self.asked else 1
            self.asked[key] = (times, now + timedelta(seconds=pause.after(times)))

    def open(self, challenge: Challenge) -> str:
        self.opened += 1
        challenge_id = f"challenge-{self.opened}"
        self.known[challenge_id] = (challenge, 0, self.clock.now() + LIVES)
        return challenge_id

    def guess(self, challenge_id: str) -> tuple[Challenge, int] | None:
        found = self.known.get(challenge_id)
        if found is None or found[2] <= self.clock.now():
            return None
        self.known[challenge_id] = (found[0], found[1] + 1, found[2])
        return found[0], found[1] + 1

    def close(self, challenge_id: str, challenge: Challenge) -> bool:
        self.asked.pop(("identifier", challenge.identifier), None)
        return self.known.pop(challenge_id, None) is not None


@dataclass
class FakeRequests:
    """Port Requests, that remembers what was asked for."""

    asked: list[Notice] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)
    clock: SetClock = field(default_factory=SetClock)

    def ask(self, notice: Notice, event: Event) -> datetime:
        self.asked.append(notice)
        self.told.append(event)
        return self.clock.now()

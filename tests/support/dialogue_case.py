"""People who write text messages, and what they are answered, by a clerk over fakes."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from erejestracja.domain.errors import Overloaded
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PatientId, derived_id
from erejestracja.domain.notice import Notice
from erejestracja.domain.pesel import generate
from erejestracja.domain.session import Session
from erejestracja.i18n.sms import text_of
from erejestracja.ports import Clash
from erejestracja.services.callbacks import Owed
from erejestracja.services.clerk import Clerk
from erejestracja.services.dialogue import Inbound, end_silent, hear
from tests.support.builders import AT_EIGHT, NOW, POINT, a_person, a_point, a_session
from tests.support.desk import WatchedDesk, a_desk
from tests.support.fake_callbacks import FakeCallbacks
from tests.support.fake_dialogues import FakeDialogues
from tests.support.fake_store import FakeStore, a_store

# Made when the tests run: one in about ten is somebody's.
ANNA, JAN, NOBODY = (
    generate(date(1959, 3, 4), serial).digits for serial in random.sample(range(10_000), 3)
)
HERS, OTHERS = "+48600000000", "+48601000000"
START, HOME = "SzczepimySie", "20-020"
SESSIONS = tuple(
    a_session(nr=nr, starts_at=AT_EIGHT + timedelta(hours=nr // 16), slots=2, places=1)
    for nr in (16, 32, 48)
)


@dataclass
class FakeReplies:
    """Port Requests that says no to what was asked for before."""

    asked: dict[str, Notice] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)

    def ask(self, notice: Notice, event: Event) -> datetime:
        if notice.id in self.asked:
            raise Clash("Table Messages")
        self.asked[notice.id] = notice
        self.told.append(event)
        return NOW


@dataclass
class Case:
    """A clerk with its parts in reach."""

    store: FakeStore = field(default_factory=a_store)
    sessions: Sequence[Session] = SESSIONS
    dialogues: FakeDialogues = field(default_factory=FakeDialogues)
    replies: FakeReplies = field(default_factory=FakeReplies)
    callbacks: FakeCallbacks = field(default_factory=FakeCallbacks)
    written: int = 0

    def __post_init__(self) -> None:
        self.store.tables.sessions = {one.key: one for one in self.sessions}
        self.desk: WatchedDesk = a_desk(self.store, self.sessions, [a_point(id=POINT)])
        owed = Owed(self.callbacks, self.store, self.desk.publisher, self.desk.clock.now)
        self.clerk = Clerk(self.desk, self.dialogues, self.replies, owed, digest)

    def write(self, text: str, sender: str = HERS, unique: str | None = None) -> str | None:
        """Send a message as a handset does; return what is answered, None where nothing is."""
        self.written += 1
        before = set(self.replies.asked)
        hear(self.clerk, Inbound(sender, text, unique or f"message-{self.written}"))
        assert len(self.replies.asked) <= len(before) + 1
        return self._said_since(before)

    def wait(self, **time: Any) -> str | None:
        """Let time pass, and upkeep run; return what is last said."""
        before = set(self.replies.asked)
        self.pass_time(**time)
        end_silent(self.clerk)
        return self._said_since(before)

    def pass_time(self, **time: Any) -> None:
        self.desk.clock.at += timedelta(**time)

    def offered(self, sender: str = HERS, pesel: str = ANNA) -> str | None:
        """Come as far as a proposal; return what is said."""
        self.write(START, sender)
        self.write(pesel, sender)
        return self.write(HOME, sender)

    def last(self) -> Notice:
        """Return what was last answered."""
        return list(self.replies.asked.values())[-1]

    def _said_since(self, before: set[str]) -> str | None:
        said = [one for key, one in self.replies.asked.items() if key not in before]
        texts = [text_of(one.template, one.facts["language"], one.facts) for one in said]
        return texts[-1] if texts else None


def a_case(**changes: Any) -> Case:
    """Return a case with Anna, who has a referral and this telephone, and Jan, who has none."""
    case = Case(store=a_store(patient_of(ANNA)), **changes)
    jan = patient_of(JAN)
    case.store.people[jan] = a_person(jan, phone=OTHERS)
    return case


def digest(system: str, value: str) -> str:
    return derived_id("key", system, value, length=26)


def patient_of(pesel: str) -> PatientId:
    return PatientId(digest("PESEL", pesel))


def attempt(write: Any) -> bool:
    """Do something that a gateway repeats where it fails; tell whether it succeeded."""
    try:
        write()
    except Overloaded:
        return False
    return True

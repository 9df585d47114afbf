"""Dialogues by text message: where one stands, and what may come of a message (domain 2.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from erejestracja.domain.ids import PatientId, SessionKey
from erejestracja.domain.notice import Template
from erejestracja.domain.pesel import Pesel

LANGUAGE = "pl"


class State(StrEnum):
    """What is waited for: the start word, who it is, where they live, or a yes or no."""

    IDLE = "idle"
    PERSON = "person"
    PLACE = "place"
    ANSWER = "answer"


class Task(StrEnum):
    """What is to be done beside answering; of the last four, what came of it is to be told."""

    RELEASE = "release"
    CALL_BACK = "callBack"
    IDENTIFY = "identify"
    LOOK_UP = "lookUp"
    PROPOSE = "propose"
    BOOK = "book"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A place that is kept: its sealed hold, its session, until when, and what is said of it."""

    hold: str
    session: SessionKey
    until: datetime
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Where a telephone's dialogue stands.

    `until` is when silence ends it. `misses` counts answers to the present question that were
    none, `proposals` the places proposed. `on_file` says that the telephone is the person's own by
    our record. `begun` are the dialogues of the last day, `helped_at` the last time that somebody
    was told how to begin.
    """

    state: State = State.IDLE
    until: datetime | None = None
    misses: int = 0
    patient: PatientId | None = None
    on_file: bool = False
    language: str = LANGUAGE
    postal_code: str = ""
    proposal: Proposal | None = None
    proposals: int = 0
    declined: tuple[SessionKey, ...] = ()
    begun: tuple[datetime, ...] = ()
    helped_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether something is waited for."""
        return self.state is not State.IDLE

    @property
    def known(self) -> PatientId:
        """Return whom it is about. Raises LookupError where that is nobody."""
        if self.patient is None:
            raise LookupError("about nobody")
        return self.patient

    @property
    def kept(self) -> Proposal:
        """Return the place that is kept. Raises LookupError where none is."""
        if self.proposal is None:
            raise LookupError("nothing is kept")
        return self.proposal


@dataclass(frozen=True, slots=True, repr=False)
class Named:
    """Who a person says it is about: a PESEL, or else a document's number alone."""

    pesel: Pesel | None = None
    document: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered, in which language, true until when."""

    template: Template
    language: str
    until: datetime
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What comes of one message, or of one finding."""

    dialogue: Dialogue
    reply: Reply | None = None
    tasks: tuple[Task, ...] = ()
    named: Named | None = None


@dataclass(frozen=True, slots=True)
class Identified:
    """Of IDENTIFY: whom the number means, if anybody."""

    patient: PatientId | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Of LOOK_UP, PROPOSE or BOOK: nobody we know, or nobody who may have a place now."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Of LOOK_UP or BOOK: a visit stands already."""

    starts_at: datetime
    on_file: bool
    language: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """Of LOOK_UP or PROPOSE: a place is kept."""

    proposal: Proposal
    on_file: bool
    language: str


@dataclass(frozen=True, slots=True)
class NothingFree:
    """Of LOOK_UP or PROPOSE: no place is near."""

    on_file: bool
    language: str


@dataclass(frozen=True, slots=True)
class Booked:
    """Of BOOK: it is done, and the visit's own message says so."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Of BOOK: the place is not kept any more."""


Finding = Identified | Unknown | Standing | Proposed | NothingFree | Booked | Lost

"""What services ask of the world: adapters in storage/, sms/ and auth/ answer, fakes in tests."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from erejestracja.domain import override
from erejestracja.domain.actor import Actor
from erejestracja.domain.change import Change
from erejestracja.domain.claim import Claim
from erejestracja.domain.criteria import Candidate, Criteria
from erejestracja.domain.events import Event
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import (
    HoldId,
    PatientId,
    PlaceKey,
    PointId,
    ProgrammeId,
    SessionKey,
    SlotKey,
    VisitId,
)
from erejestracja.domain.override import Override, OverrideId, Status
from erejestracja.domain.person import Access, Person
from erejestracja.domain.point import Point
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import Referral
from erejestracja.domain.representation import Representation, Step
from erejestracja.domain.session import Session, SessionState
from erejestracja.domain.supply import Supply, SupplyChange
from erejestracja.domain.visit import Visit


class Clash(Exception):  # noqa: N818 - an outcome the caller reads, not a fault
    """A row or unique key that was to be new exists; `message` names table or index."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def on(self, name: str) -> bool:
        """Tell whether the named table or index said no."""
        return name in self.message


class Gone(Exception):  # noqa: N818
    """A row that was to be changed does not exist (any more), or a parent row is missing."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def on(self, name: str) -> bool:
        """Tell whether the named table said no."""
        return name in self.message


class FileGone(Exception):  # noqa: N818 - an outcome, not a fault
    """The file was deleted or overwritten: there is nothing to take in."""


class Clock(Protocol):
    """The time, so that tests may set it."""

    def now(self) -> datetime:
        """Return the instant, in UTC."""
        ...


class Programmes(Protocol):
    """The programmes' rules as they stand now; served from memory, refreshed every few seconds."""

    def get(self, programme: ProgrammeId) -> Programme:
        """Return a programme. Raises NotFound."""
        ...

    def all(self) -> Sequence[Programme]:
        """Return every programme."""
        ...


class Publisher(Protocol):
    """Tells events to Pub/Sub after their commit. Never raises: what fails stays in the outbox."""

    def publish(self, events: Sequence[Event], committed_at: datetime) -> None:
        """Publish within a bounded time, or leave it to outbox_relay."""
        ...


class ReadModel(Protocol):
    """The search read model: fast, possibly a moment old, rebuilt from Spanner when lost."""

    def soonest(self, criteria: Criteria, *, after: datetime, limit: int) -> list[Candidate]:
        """Return free slots starting after an instant, by start, then distance."""
        ...

    def state(self, key: SessionKey) -> SessionState | None:
        """Return a session as the read model knows it, reading Spanner where it does not."""
        ...

    def learn(self, states: Iterable[SessionState]) -> None:
        """Take in states read from Spanner; a newer version always wins."""
        ...

    def took(self, place: PlaceKey) -> None:
        """Remember in this process that a place has just been taken, until newer is told."""
        ...

    def point(self, point: PointId) -> Point | None:
        """Return a point."""
        ...

    def as_of(self) -> datetime:
        """Return the instant up to which changes are known to be included."""
        ...


class Stock(Protocol):
    """What can be booked, as Spanner knows it."""

    def sessions(self, keys: Sequence[SessionKey]) -> Sequence[Session]:
        """Return the sessions that exist among these."""
        ...

    def state(self, session: Session, *, at: datetime | None = None) -> SessionState:
        """Return which places are taken, now or as of an earlier instant."""
        ...

    def states(
        self, sessions: Sequence[Session], *, at: datetime | None = None
    ) -> list[SessionState]:
        """Return the same of several sessions, all true at one instant, in one call."""
        ...


class Supplies(Protocol):
    """What points have to give."""

    def supply(self, point: PointId) -> Supply:
        """Return a point's terms as they stand, its lots and deliveries."""
        ...

    def supplies(self, points: Sequence[PointId]) -> Mapping[PointId, Supply]:
        """Return the terms, lots and deliveries of each of these points."""
        ...

    def change(self, change: SupplyChange) -> None:
        """Store terms under their number. Raises Clash where somebody else took it.

        Series that wait for doses are looked at again.
        """
        ...


class Limiter(Protocol):
    """Counts requests by caller. Lets all pass when its store is lost."""

    def admit(self, name: str, who: str) -> None:
        """Count one request. Raises RateLimited."""
        ...


class Bookings(Protocol):
    """The commits of booking: one round trip each; Clash or Gone when keys say no."""

    def hold(
        self, hold: Hold, events: Sequence[Event], *, instead_of: Hold | None = None
    ) -> datetime:
        """Take a free place, or one whose hold has run out, for some minutes."""
        ...

    def extend(self, hold: Hold, extended: Hold) -> datetime:
        """Keep a hold's place until later."""
        ...

    def release(self, holds: Sequence[Hold], events: Sequence[Event]) -> datetime:
        """End holds and free their places."""
        ...

    def book(self, visit: Visit, change: Change, digest: str, *, hold: Hold | None) -> datetime:
        """Make a visit of a held place, or of a free one."""
        ...

    def move(
        self, visit: Visit, old: PlaceKey | None, change: Change, *, hold: Hold | None
    ) -> datetime:
        """Give a visit its new place and free the old one, both or neither."""
        ...

    def end(self, visit: Visit, change: Change, *, frees: bool) -> datetime:
        """End a visit, freeing its place where it still has one."""
        ...

    def seen(
        self, patient: PatientId, audit_id: str, actor: Actor, action: str, request: str
    ) -> None:
        """Write down that somebody looked at a person's record."""
        ...


class Records(Protocol):
    """A person's record, by key."""

    def person(self, patient: PatientId) -> Person | None:
        """Return the person, if registered."""
        ...

    def registered_as(self, digest: str) -> PatientId | None:
        """Return whom an identifier means, where the identifier itself does not tell."""
        ...

    def known_as(self, digests: Sequence[str]) -> Sequence[PatientId]:
        """Return whom any of these identifiers means: who is registered, each once."""
        ...

    def referrals(self, patient: PatientId, *, recent: bool = False) -> list[Referral]:
        """Return all of the person's referrals, as of now or of a moment ago."""
        ...

    def visit(self, visit: VisitId) -> tuple[Visit, str] | None:
        """Return a visit and the digest of the request that made it."""
        ...

    def visits(self, patient: PatientId) -> list[Visit]:
        """Return the person's visits, soonest first."""
        ...

    def active_visit(self, patient: PatientId, programme: ProgrammeId, dose: int) -> VisitId | None:
        """Return the standing visit for this dose."""
        ...

    def find_hold(self, hold: HoldId) -> Hold | None:
        """Return a hold that has not ended."""
        ...

    def holds(self) -> list[Hold]:
        """Return every hold that has not ended."""
        ...

    def claims(self, slot: SlotKey) -> list[Claim]:
        """Return who has the places of a slot, now."""
        ...

    def accesses(self, patient: PatientId, limit: int) -> Sequence[Access]:
        """Return who looked at the record, newest first."""
        ...


class Representations(Protocol):
    """Who may act for whom, by key; what has ended is still there."""

    def get(self, representative: PatientId, patient: PatientId) -> Representation | None:
        """Return what one person is to another."""
        ...

    def of(self, representative: PatientId) -> Sequence[Representation]:
        """Return all that somebody is or was to others."""
        ...

    def over(self, patient: PatientId) -> Sequence[Representation]:
        """Return all that others are or were to a person."""
        ...

    def store(self, representation: Representation, step: Step) -> None:
        """Store the next version; Clash where there is one of that number."""
        ...


class Overrides(Protocol):
    """What one person asked to set aside for another person, and what a third said to it."""

    def store(self, step: override.Step) -> datetime:
        """Store a step with its events, and who took it; Clash where its number is taken.

        The first clashes where the person has an open one.
        """
        ...

    def get(self, override: OverrideId) -> Override | None:
        """Return an override."""
        ...

    def latest_of(self, patient: PatientId) -> Override | None:
        """Return the last that was asked for a person."""
        ...

    def open_ones(self, status: Status, limit: int) -> Sequence[Override]:
        """Return open ones of a status, the first to run out first."""
        ...


class HoldTokens(Protocol):
    """Public hold ids: they carry the hold, sealed for one person."""

    def seal(self, hold: Hold) -> str:
        """Return the public id of a hold."""
        ...

    def open(self, text: str, patient: PatientId) -> Hold:
        """Return the hold as it was sealed. Raises NotFound for another's, or none."""
        ...

"""What services ask of the world. Adapters in storage/, sms/ and auth/ answer; fakes answer in tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Protocol

from erejestracja.domain.events import Event
from erejestracja.domain.ids import PointId, ProgrammeId, SessionKey, VaccineCode
from erejestracja.domain.point import Location, Point
from erejestracja.domain.programme import Programme
from erejestracja.domain.session import Session, SessionState


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


@dataclass(frozen=True, slots=True)
class Area:
    """Where to look: a point, a TERYT area (2, 4 or 7 digits), a circle, or the whole nation."""

    point: PointId | None = None
    teryt: str | None = None
    near: Location | None = None
    radius_km: float | None = None


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a person wants. Days and hours are local; `hour_to` is exclusive."""

    area: Area = Area()
    vaccine: VaccineCode | None = None
    dose: int | None = None
    from_: date | None = None
    to: date | None = None
    hour_from: time | None = None
    hour_to: time | None = None
    access: frozenset[str] = frozenset()
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A slot that the read model believes free: its session's state, its index, how far it is."""

    state: SessionState
    index: int
    distance_km: float | None


class ReadModel(Protocol):
    """The search read model: fast, possibly a moment old, rebuilt from Spanner when lost."""

    def soonest(
        self, criteria: Criteria, *, after: datetime, limit: int, skip: frozenset[SessionKey] = frozenset()
    ) -> list[Candidate]:
        """Return free slots starting after an instant, by start, then distance."""
        ...

    def state(self, key: SessionKey) -> SessionState | None:
        """Return a session as the read model knows it, reading Spanner where it does not."""
        ...

    def learn(self, states: Iterable[SessionState]) -> None:
        """Take in states read from Spanner; a newer version always wins."""
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


class Limiter(Protocol):
    """Counts requests by caller. Lets all pass when its store is lost."""

    def admit(self, name: str, who: str) -> None:
        """Count one request. Raises RateLimited."""
        ...


Json = Mapping[str, Any]

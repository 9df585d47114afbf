"""A booking desk over any store, with a read model that may be behind and a clock that is set."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import hypot
from random import Random
from typing import Any

from erejestracja.auth.hold_tokens import SealedHolds
from erejestracja.domain import calendar
from erejestracja.domain.criteria import Candidate, Criteria
from erejestracja.domain.errors import NotFound
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PlaceKey, PointId, ProgrammeId, SessionKey
from erejestracja.domain.point import Point
from erejestracja.domain.programme import Programme
from erejestracja.domain.session import Session, SessionState, Visibility
from erejestracja.services.desk import Desk
from tests.support.builders import NOW, a_programme
from tests.support.fake_overrides import FakeOverrides
from tests.support.fake_representations import FakeRepresentations


@dataclass
class SetClock:
    """A clock that stands until it is set."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class FixedProgrammes:
    """Port Programmes over rules given once."""

    programmes: tuple[Programme, ...] = field(default_factory=lambda: (a_programme(),))

    def get(self, programme: ProgrammeId) -> Programme:
        for one in self.programmes:
            if one.id == programme:
                return one
        raise NotFound

    def all(self) -> Sequence[Programme]:
        return self.programmes


@dataclass
class RememberingPublisher:
    """Port Publisher that remembers what it was told."""

    told: list[Event] = field(default_factory=list)

    def publish(self, events: Sequence[Event], committed_at: datetime) -> None:
        assert committed_at.tzinfo is not None
        self.told.extend(events)


class LaggingReadModel:
    """Port ReadModel that knows only what it was taught: as stale as a test wants."""

    def __init__(self, sessions: Iterable[Session], points: Iterable[Point]) -> None:
        self.states = {s.key: SessionState(s, 0, 0) for s in sessions}
        self.points = {p.id: p for p in points}

    def soonest(self, criteria: Criteria, *, after: datetime, limit: int) -> list[Candidate]:
        found = [
            Candidate(
                state,
                index,
                self._distance(criteria, state),
                state.session.offered(criteria.vaccines),
            )
            for state in self.states.values()
            for index in range(state.session.slots)
            if state.free(index) and self._fits(criteria, state.session, index, after)
        ]
        found.sort(key=lambda c: (c.state.session.start_of(c.index), c.distance_km or 0.0, c.fit))
        return found[:limit]

    def _fits(self, wish: Criteria, session: Session, index: int, after: datetime) -> bool:
        start = session.start_of(index)
        local = calendar.local(start)
        point = self.points[session.key.point]
        distance = self._distance(wish, SessionState(session, 0, 0))
        return (
            start > after
            and wish.area.point in (None, point.id)
            and (wish.area.teryt is None or point.gmina.startswith(wish.area.teryt))
            and (wish.area.radius_km is None or (distance or 0) <= wish.area.radius_km)
            and (not wish.vaccines or not wish.vaccines.isdisjoint(session.vaccines))
            and (wish.dose is None or session.dose in (0, wish.dose))
            and (wish.from_ is None or wish.from_ <= local.date())
            and (wish.to is None or local.date() <= wish.to)
            and (wish.hour_from is None or wish.hour_from <= local.time())
            and (wish.hour_to is None or local.time() < wish.hour_to)
            and (wish.born is None or session.is_for(wish.born))
            and session.key not in wish.but_not
            and wish.access <= point.access
            and (wish.internal or session.visibility is Visibility.EXTERNAL)
        )

    def _distance(self, wish: Criteria, state: SessionState) -> float | None:
        if wish.area.near is None:
            return None
        here, there = wish.area.near, self.points[state.session.key.point].location
        # Flat enough for a test's few kilometres.
        return hypot(111.2 * (here.lat - there.lat), 69.0 * (here.lon - there.lon))

    def state(self, key: SessionKey) -> SessionState | None:
        return self.states.get(key)

    def learn(self, states: Iterable[SessionState]) -> None:
        for state in states:
            known = self.states.get(state.session.key)
            if known is None or state.version > known.version:
                self.states[state.session.key] = state

    def took(self, place: PlaceKey) -> None:
        known = self.states[place.slot.session]
        bit = known.session.bit(place.slot.index, place.place)
        self.states[known.session.key] = replace(known, taken=known.taken | bit)

    def point(self, point: PointId) -> Point | None:
        return self.points.get(point)

    def as_of(self) -> datetime:
        newest = max((state.version for state in self.states.values()), default=0)
        return datetime.fromtimestamp(newest / 1e6, UTC)


@dataclass(frozen=True, slots=True)
class WatchedDesk(Desk):
    """A desk whose clock is set, whose publisher remembers, whose read model is taught."""

    clock: SetClock
    publisher: RememberingPublisher
    read_model: LaggingReadModel


def a_desk(
    store: Any, sessions: Iterable[Session], points: Iterable[Point], **changes: Any
) -> WatchedDesk:
    """Return a desk whose read model believes every place of the sessions free."""
    parts: dict[str, Any] = {
        "bookings": store,
        "records": store,
        "representations": FakeRepresentations(),
        "overrides": FakeOverrides(store),
        "stock": store,
        "read_model": LaggingReadModel(sessions, points),
        "programmes": FixedProgrammes(),
        "publisher": RememberingPublisher(),
        "tokens": SealedHolds("a key for tests"),
        "clock": SetClock(),
        "random": Random(1),
    }
    return WatchedDesk(**(parts | changes))

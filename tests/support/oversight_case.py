"""A coordinator's region: two points of it, one of them silent, and one of another region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.closures import Closed, Closure
from erejestracja.domain.ids import PlaceKey, PointId
from erejestracja.domain.oversight import Claimed, Figures, figures_of
from erejestracja.domain.session import Session, Visibility
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.services.oversight import Overseer
from tests.support.builders import AT_EIGHT, NOW, PFIZER, POINT, a_point, a_session, a_state
from tests.support.desk import SetClock
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_store import FakeStore

REGION, ELSEWHERE = "06", "14"
QUIET = a_point(id=PointId("bbbbbbbbbb"), name="Cicha Przychodnia", town="Łuków")
FAR = a_point(
    id=PointId("cccccccccc"),
    name="Przychodnia w Warszawie",
    powiat="1465",
    voivodeship=ELSEWHERE,
    gmina="1465011",
)
OWN = a_session(nr=40, visibility=Visibility.INTERNAL, vaccine=PFIZER)


def a_coordinator(region: str | None = REGION) -> Actor:
    return Actor("coordinator", frozenset({Role.COORDINATOR}), region=region)


def a_closure(
    from_: datetime = AT_EIGHT,
    to: datetime = AT_EIGHT + timedelta(days=1),
    *,
    undone: bool = False,
    room: str | None = None,
) -> Closure:
    closed = Closed(1, from_, to, Strategy.KEEP, room)
    return Closure(POINT, closed, ClosureReason.BREAKDOWN, "an admin", undone)


@dataclass
class FakeWatch:
    """Port Watch over sessions and who has taken their places; some points have too many."""

    sessions: list[Session]
    claimed: list[Claimed] = field(default_factory=list)
    closures: list[Closure] = field(default_factory=list)
    too_many: set[PointId] = field(default_factory=set)
    asked: list[Sequence[PointId]] = field(default_factory=list)

    def figures(
        self, points: Sequence[PointId], days: tuple[date, date], since: datetime, now: datetime
    ) -> tuple[Mapping[PointId, Figures], datetime]:
        assert since < now
        self.asked.append(points)
        found = {
            point: figures_of(
                [s for s in self.sessions if s.key.point == point and s.key.day <= days[1]],
                self.claimed,
                0,
                self.closures,
                now,
            )
            for point in points
            if point not in self.too_many
        }
        return found, now


@dataclass
class FakeHours:
    """Port Hours over the same sessions."""

    known: list[Session]

    def sessions(self, point: PointId, days: Sequence[date]) -> list[Session]:
        return [one for one in self.known if one.key.point == point and one.key.day in days]


class OversightCase:
    """The region on the morning of `DAY`, an hour before the first slot."""

    def __init__(self, **changes: Any) -> None:
        sessions = [a_session(), OWN]
        store = FakeStore()
        store.tables.sessions.update({one.key: one for one in sessions})
        self.market = FakeMarket(
            [a_point(), QUIET, FAR], [a_state(one) for one in sessions], as_of=NOW
        )
        self.watch = FakeWatch(sessions)
        clock = SetClock(AT_EIGHT.replace(hour=6))
        hours = FakeHours(sessions)
        self.overseer = Overseer(self.market, self.watch, hours, store, clock, **changes)

    def take(self, place: PlaceKey, kind: str = "visit") -> None:
        """Have a place taken."""
        self.watch.claimed.append(Claimed(place.slot.session, place.slot.index, kind))

"""What has to happen without anybody asking: holds run out, schedules reach on."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Protocol

from erejestracja.domain.cover import given_by
from erejestracja.domain.events import Event
from erejestracja.domain.footing import Covered, Footing
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import EventId, PointId
from erejestracja.domain.index import Points
from erejestracja.domain.series import Series, expand
from erejestracja.domain.session import Session
from erejestracja.domain.supply import SupplyChange
from erejestracja.domain.timetable import Reach
from erejestracja.ports import Clash, Clock, Gone
from erejestracja.services.chores import turn_of
from erejestracja.services.cover import reaching
from erejestracja.services.desk import Desk
from erejestracja.services.holds import hold_event
from erejestracja.services.schedule import Board

# The horizon follows from no closure: a rule carries its own.
NO_CLOSURE = -1
TOGETHER = 50
log = logging.getLogger(__name__)
# A run has to end before the next one starts.
MOST_SERIES_A_RUN = 400


class Horizons(Protocol):
    """How far ahead each series has its sessions."""

    def behind(self, until: date, limit: int) -> list[Reach]:
        """Return series whose sessions end before a day."""
        ...

    def controlled(self, points: Iterable[PointId]) -> set[PointId]:
        """Return those of the points that have a vaccine under control."""
        ...

    def publish(
        self,
        series: Series,
        sessions: Sequence[Session],
        until: date,
        events: Sequence[Event],
        covered: Covered | None,
    ) -> None:
        """Store a series' sessions up to a day.

        Clashes where the series was edited, or it is not covered as was found, or has to be now.
        """
        ...


def expire_holds(desk: Desk) -> int:
    """End the holds that have run out and free their places; return how many.

    One commit for many; where one of them was confirmed or extended meanwhile, each by itself.
    """
    now = desk.clock.now()
    run_out = [hold for hold in desk.records.holds() if not hold.is_live(now)]
    ended = 0
    for start in range(0, len(run_out), TOGETHER):
        some = run_out[start : start + TOGETHER]
        ended += _end(desk, some) or sum(_end(desk, [hold]) for hold in some)
    return ended


def _end(desk: Desk, holds: Sequence[Hold]) -> int:
    events = [event for hold in holds if (event := _expired(desk, hold))]
    try:
        committed = desk.bookings.release(holds, events)
    except (Clash, Gone):
        return 0
    desk.publisher.publish(events, committed)
    return len(holds)


def _expired(desk: Desk, hold: Hold) -> Event | None:
    state = desk.read_model.state(hold.place.slot.session)
    return hold_event("hold.expired", hold, state.session, None) if state else None


def extend_horizons(horizons: Horizons, board: Board) -> int:
    """Generate sessions so that every series reaches the horizon; return how many sessions.

    The same rule always gives the same sessions, so a run that was cut off is simply run again.
    Of a controlled vaccine what doses cover is published, and the rest when more are sure to come.
    """
    today = board.today()
    horizon = today + board.reach
    made = 0
    behind = horizons.behind(horizon, MOST_SERIES_A_RUN)
    controlled = horizons.controlled({reach.series.point for reach in behind}) if behind else set()
    for reach in behind:
        series = reach.series
        until, covered = horizon, None
        if series.point in controlled:
            until, covered = _covered(board, reach, horizon)
        # Up to there sessions are as edits left them, which is not always as the rule numbers them.
        after = max(today, reach.until or today)
        sessions = list(expand(series, after + timedelta(days=1), until))
        event = Event(
            id=EventId(f"{series.point}.{series.id}.{until:%Y%m%d}"),
            topic="schedule",
            type="schedule.published",
            data={
                "point": series.point,
                "powiat": series.powiat,
                "sessions": [str(session.key) for session in sessions],
            },
        )
        try:
            horizons.publish(series, sessions, until, [event] if sessions else [], covered)
        except (Clash, Gone):
            continue
        made += len(sessions)
    return made


def _covered(board: Board, reach: Reach, horizon: date) -> tuple[date, Covered]:
    """Return how far a series can be published, and what that stands on."""
    series = reach.series
    supply = board.supplies.supply(series.point)
    footing = Footing(series.point, NO_CLOSURE, terms=supply.number)
    if not supply.controlled & given_by(series):
        return horizon, Covered(footing, horizon)
    until = reaching(board.schedules, supply, board.today(), reach, horizon)
    if until > (reach.until or board.today()):
        change = SupplyChange(replace(supply, number=supply.number + 1), actor="upkeep")
        footing = replace(footing, supply=change)
    return until, Covered(footing, horizon)


# All powiaty come up within so many runs: an hour in the cloud, some minutes locally. A prime, so
# that runs of every minute do not meet each sixth turn only.
TURNS = 61


class Mended(Protocol):
    """The read model, as far as it is put right."""

    def points(self) -> Points:
        """Return all points."""
        ...

    def mend(self, powiat: str) -> int:
        """Read a powiat from Spanner and put right what is wrong; return how many sessions."""
        ...


class Inspector(Protocol):
    """Looks for rows that contradict each other."""

    def of_points(self, points: Sequence[PointId]) -> Sequence[object]:
        """Return every breach at these points."""
        ...


class Sender(Protocol):
    """Tells events that nothing was committed for."""

    def publish(self, events: Sequence[Event], committed_at: datetime) -> None:
        """Publish, or not."""
        ...


def mend(model: Mended, clock: Clock) -> int:
    """Put right this turn's powiaty of the read model; return how many sessions were wrong."""
    return sum(model.mend(powiat) for powiat in _turn(model, clock))


def inspect(model: Mended, inspector: Inspector, clock: Clock) -> int:
    """Look for breaches at this turn's points; each is an error in the log and an alert."""
    points = model.points()
    turn = set(_turn(model, clock))
    breaches = inspector.of_points([p.id for p in points.by_id.values() if p.powiat in turn])
    for breach in breaches:
        log.error("an invariant is broken", extra={"facts": {"breach": str(breach)}})
    return len(breaches)


def heartbeat(sender: Sender, clock: Clock) -> int:
    """Tell the time through the events' own way, so that silence is known to be silence."""
    now = clock.now()
    beat = Event(EventId(f"heartbeat.{now:%Y%m%d%H%M%S}"), "heartbeat", "heartbeat", {})
    sender.publish([beat], now)
    return 1


def _turn(model: Mended, clock: Clock) -> list[str]:
    powiaty = model.points().powiaty()
    turn = int(clock.now().timestamp() // 10)
    return [powiaty[n] for n in turn_of(len(powiaty), TURNS, turn)]

"""What has to happen without anybody asking: holds run out, schedules reach on."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol

from erejestracja.domain import calendar
from erejestracja.domain.events import Event
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import EventId
from erejestracja.domain.series import Series, expand
from erejestracja.domain.session import Session
from erejestracja.ports import Clash, Clock, Gone
from erejestracja.services.desk import Desk
from erejestracja.services.holds import hold_event

# Sessions reach this far ahead; with series this is what a patient can choose from.
HORIZON = timedelta(days=60)
TOGETHER = 50
# A run has to end before the next one starts.
MOST_SERIES_A_RUN = 400


class Horizons(Protocol):
    """How far ahead each series has its sessions."""

    def behind(self, until: date, limit: int) -> list[Series]:
        """Return series whose sessions end before a day."""
        ...

    def publish(
        self, series: Series, sessions: Sequence[Session], until: date, events: Sequence[Event]
    ) -> None:
        """Store a series' sessions up to a day."""
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


def extend_horizons(horizons: Horizons, clock: Clock, days: timedelta = HORIZON) -> int:
    """Generate sessions so that every series reaches the horizon; return how many sessions.

    The same rule always gives the same sessions, so a run that was cut off is simply run again.
    """
    today = calendar.local_day(clock.now())
    until = today + days
    made = 0
    for series in horizons.behind(until, MOST_SERIES_A_RUN):
        sessions = list(expand(series, today + timedelta(days=1), until))
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
        horizons.publish(series, sessions, until, [event] if sessions else [])
        made += len(sessions)
    return made

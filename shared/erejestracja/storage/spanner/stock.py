"""What can be booked, as Spanner knows it: sessions, and which of their places are taken."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from erejestracja.domain.ids import PointId, SessionKey, VaccineCode
from erejestracja.domain.session import Session, SessionState, Visibility
from erejestracja.storage.spanner.database import Database, Keys

SESSION = (
    "PointId",
    "Day",
    "Nr",
    "Powiat",
    "StartsAt",
    "Step",
    "Slots",
    "Places",
    "Vaccine",
    "Dose",
    "Visibility",
    "ReleaseHours",
    "AlsoVaccines",
    "BornFrom",
    "BornTo",
    "Room",
    "RuledVaccines",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def version_of(instant: datetime) -> int:
    """Return a Spanner instant as a version: microseconds since the epoch, exactly."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def session_of(row: Sequence[Any]) -> Session:
    """Read a row of SESSION."""
    return Session(
        key=SessionKey(PointId(row[0]), row[1], row[2]),
        powiat=row[3],
        starts_at=row[4],
        step=row[5],
        slots=row[6],
        places=row[7],
        vaccine=VaccineCode(row[8]),
        dose=row[9],
        visibility=Visibility(row[10]),
        release_hours=row[11],
        also=tuple(VaccineCode(code) for code in row[12] or ()),
        born_from=row[13],
        born_to=row[14],
        room=row[15],
        ruled=tuple(VaccineCode(code) for code in row[16] or ()),
    )


class SpannerStock:
    """Port Stock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sessions(self, keys: Sequence[SessionKey]) -> Sequence[Session]:
        """Return the sessions that exist among these."""
        exact = [(key.point, key.day, key.nr) for key in keys]
        rows = self._database.read("Sessions", SESSION, Keys(exact=exact)) if exact else []
        return [session_of(row) for row in rows]

    def state(self, session: Session, *, at: datetime | None = None) -> SessionState:
        """Return which places are taken, now or as of an earlier instant."""
        return self.states([session], at=at)[0]

    def states(
        self, sessions: Sequence[Session], *, at: datetime | None = None
    ) -> list[SessionState]:
        """Return the states of sessions, all true at one instant."""
        prefixes = [(s.key.point, s.key.day, s.key.nr) for s in sessions]
        keys, columns = Keys(prefixes=prefixes), ("PointId", "Day", "Nr", "Slot", "Place")
        if at is None:
            rows, read_at = self._database.read_stamped("Places", columns, keys)
        else:
            rows, read_at = self._database.read("Places", columns, keys, at=at), at
        taken = taken_by_session(rows)
        version = version_of(read_at)
        return [state_of(session, taken.get(session.key, ()), version) for session in sessions]


def taken_by_session(
    rows: Iterable[Sequence[Any]],
) -> dict[SessionKey, list[tuple[int, int]]]:
    """Return the (slot, place) pairs of taken places, by session."""
    taken: dict[SessionKey, list[tuple[int, int]]] = {}
    for point, day, nr, slot, place in rows:
        taken.setdefault(SessionKey(PointId(point), day, nr), []).append((slot, place))
    return taken


def state_of(session: Session, taken: Iterable[Sequence[Any]], version: int) -> SessionState:
    """Return a session's state from the (slot, place) of its taken places."""
    mask = 0
    for slot, place in taken:
        mask |= session.bit(slot, place)
    return SessionState(session, mask, version)

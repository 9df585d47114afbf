"""What edits do to sessions as rows: many in one commit, whose keys say no to whoever is late."""

from collections.abc import Sequence
from typing import Any

from erejestracja.domain.claim import BY_EDIT
from erejestracja.domain.ids import PlaceKey, PointId
from erejestracja.domain.series import SeriesId
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Edit, Standing
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time
from erejestracja.storage.spanner.horizon import session_values
from erejestracja.storage.spanner.rows import PLACE_KEY, place_values
from erejestracja.storage.spanner.stock import SESSION, session_of

SESSION_KEY = ("PointId", "Day", "Nr")
WITHDRAWN = (*PLACE_KEY, "Kind", "ClaimId", "ExpiresAt", "UpdatedAt")


def standing_in(database: Database, keys: Keys) -> dict[tuple[PointId, SeriesId], list[Standing]]:
    """Return the sessions of these keys, withdrawn ones too, by point and series; no walk-ins."""
    found: dict[tuple[PointId, SeriesId], list[Standing]] = {}
    for row in database.read("Sessions", (*SESSION, "SeriesId", "WithdrawnBy"), keys):
        *values, series, by = row
        if series is not None:
            one = Standing(session_of(values), by is not None, by)
            found.setdefault((PointId(row[0]), SeriesId(series)), []).append(one)
    return found


def put_withdrawn(batch: Batch, goes: Sequence[tuple[Edit, Session]]) -> None:
    """Put the end of sessions into a commit, which clashes where somebody has a place in one."""
    numbers = [(*_key(session), edit.number, commit_time()) for edit, session in goes]
    batch.update_rows("Sessions", (*SESSION_KEY, "WithdrawnBy", "UpdatedAt"), numbers)
    places = (withdrawn(place, edit) for edit, session in goes for place in session.all_places())
    batch.insert_rows("Places", WITHDRAWN, [[row[name] for name in WITHDRAWN] for row in places])


def put_new(batch: Batch, new: Sequence[tuple[Edit, Session]]) -> None:
    """Put new sessions into a commit. Doing it again changes nothing."""
    rows = [(*session_values(one), edit.series, commit_time()) for edit, one in new]
    if rows:
        batch.put_rows("Sessions", (*SESSION, "SeriesId", "UpdatedAt"), rows)


def put_rooms(batch: Batch, sessions: Sequence[Session]) -> None:
    """Put into a commit in which room sessions are."""
    rows = [(*_key(session), session.room, commit_time()) for session in sessions]
    if rows:
        batch.update_rows("Sessions", (*SESSION_KEY, "Room", "UpdatedAt"), rows)


def withdrawn(place: PlaceKey, edit: Edit) -> dict[str, Any]:
    """Return the row of a place that an edit withdraws, and that is nobody's."""
    return {
        **place_values(place),
        "Kind": "withdrawn",
        "ClaimId": f"{BY_EDIT}{edit.number}",
        "ExpiresAt": None,
        "UpdatedAt": commit_time(),
    }


def _key(session: Session) -> tuple[Any, ...]:
    return (session.key.point, session.key.day, session.key.nr)

"""Series, and the sessions generated from them for the days ahead."""

from collections.abc import Iterable, Sequence
from datetime import date

from erejestracja.domain.events import Event
from erejestracja.domain.footing import Covered
from erejestracja.domain.ids import PointId
from erejestracja.domain.series import Series
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Reach
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Batch, Database, Keys
from erejestracja.storage.spanner.series import SERIES, check_stands, reach_of
from erejestracja.storage.spanner.stock import SESSION
from erejestracja.storage.spanner.supply import (
    check_uncontrolled,
    controlled_among,
    stand_on_terms,
)


class Horizon:
    """How far ahead each series has its sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def behind(self, until: date, limit: int) -> list[Reach]:
        """Return series whose sessions end before a day, those furthest behind first."""
        keys = self._database.read(
            "Series",
            ("PointId", "SeriesId"),
            Keys(below=(until,)),
            index="SeriesByHorizon",
            limit=limit,
        )
        if not keys:
            return []
        rows = self._database.read("Series", SERIES, Keys(exact=keys))
        points = sorted({row[0] for row in rows})
        powiaty = self._database.read(
            "Points", ("PointId", "Powiat"), Keys(exact=[(p,) for p in points])
        )
        powiat_of = dict(powiaty)
        return [reach_of(row, powiat_of[row[0]]) for row in rows]

    def controlled(self, points: Iterable[PointId]) -> set[PointId]:
        """Return those of the points that have a vaccine under control."""
        return controlled_among(self._database, points)

    def publish(
        self,
        series: Series,
        sessions: Sequence[Session],
        until: date,
        events: Sequence[Event],
        covered: Covered | None,
    ) -> None:
        """Store a series' sessions up to a day. Doing it again changes nothing.

        Clashes where an edit replaced the series meanwhile, and where it is not `covered` as was
        found, or has to be now.
        """
        from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

        rows = [(*session_values(s), series.id, COMMIT_TIMESTAMP) for s in sessions]

        def fill(batch: Batch) -> None:
            check_stands(batch, (series.point, series.number))
            if covered:
                stand_on_terms(batch, covered.footing)
            else:
                check_uncontrolled(batch, series.point)
            if rows:
                batch.put_rows("Sessions", (*SESSION, "SeriesId", "UpdatedAt"), rows)
            batch.update(
                "Series",
                PointId=series.point,
                SeriesId=series.id,
                GeneratedTo=covered.looked_to if covered else until,
                CoveredTo=until if covered and until < covered.looked_to else None,
                UpdatedAt=COMMIT_TIMESTAMP,
            )
            outbox.put(batch, *events)

        self._database.commit(fill)


def session_values(session: Session) -> tuple[object, ...]:
    """Return the values of SESSION's columns."""
    key = session.key
    return (
        key.point,
        key.day,
        key.nr,
        session.powiat,
        session.starts_at,
        session.step,
        session.slots,
        session.places,
        session.vaccine,
        session.dose,
        session.visibility.value,
        session.release_hours,
        list(session.also) or None,
        session.born_from,
        session.born_to,
        session.room,
        list(session.ruled) or None,
    )

"""Series, and the sessions generated from them for the days ahead."""

from collections.abc import Sequence
from datetime import date

import orjson

from erejestracja.domain.events import Event
from erejestracja.domain.ids import PointId
from erejestracja.domain.series import Series, SeriesId, from_rule
from erejestracja.domain.session import Session
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Batch, Database, Keys
from erejestracja.storage.spanner.stock import SESSION

SERIES = ("PointId", "SeriesId", "Rule", "ValidFrom", "ValidTo")


class Horizon:
    """How far ahead each series has its sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def behind(self, until: date, limit: int) -> list[Series]:
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
        return [
            from_rule(
                orjson.loads(rule) if isinstance(rule, str) else rule,
                point=PointId(point),
                powiat=powiat_of[point],
                series=SeriesId(series),
                valid_from=valid_from,
                valid_to=valid_to,
            )
            for point, series, rule, valid_from, valid_to in rows
        ]

    def publish(
        self, series: Series, sessions: Sequence[Session], until: date, events: Sequence[Event]
    ) -> None:
        """Store a series' sessions up to a day. Doing it again changes nothing."""
        from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

        rows = [(*session_values(s), series.id, COMMIT_TIMESTAMP) for s in sessions]

        def fill(batch: Batch) -> None:
            if rows:
                batch.put_rows("Sessions", (*SESSION, "SeriesId", "UpdatedAt"), rows)
            batch.update(
                "Series",
                PointId=series.point,
                SeriesId=series.id,
                GeneratedTo=until,
                UpdatedAt=COMMIT_TIMESTAMP,
            )
            outbox.add(batch, *events)

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
    )

"""Series as rows, and back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson

from erejestracja.domain.ids import PointId
from erejestracja.domain.series import Series, SeriesId, from_rule
from erejestracja.domain.timetable import Reach
from erejestracja.storage.spanner.database import Batch, Keys
from erejestracja.storage.spanner.rows import json_text

SERIES = ("PointId", "SeriesId", "Rule", "ValidFrom", "ValidTo", "GeneratedTo", "CoveredTo")


def series_values(series: Series, generated_to: date | None) -> tuple[object, ...]:
    """Return the values of SERIES' columns; sessions exist up to `generated_to`, included.

    Whether doses end before that is for upkeep to find.
    """
    return (
        series.point,
        series.id,
        json_text(series.rule()),
        series.valid_from,
        series.valid_to,
        generated_to,
        None,
    )


def reach_of(row: Sequence[Any], powiat: str) -> Reach:
    """Read a row of SERIES."""
    point, series, rule, valid_from, valid_to, generated_to, covered_to = row
    found = from_rule(
        document(rule),
        point=PointId(point),
        powiat=powiat,
        series=SeriesId(series),
        valid_from=valid_from,
        valid_to=valid_to,
    )
    return Reach(found, covered_to or generated_to)


def document(value: Any) -> Any:
    """Return a JSON column as the client or a test hands it over."""
    return orjson.loads(value) if isinstance(value, str) else value


def check_stands(batch: Batch, *numbers: tuple[PointId, int]) -> None:
    """Make the commit clash once a later edit has ended one of these numbers of points."""
    batch.insert_rows("SeriesEnded", ("PointId", "Number"), numbers)
    batch.delete("SeriesEnded", Keys(exact=numbers))

"""Series as rows; they are read back where horizons are kept."""

from datetime import date

from erejestracja.domain.series import Series
from erejestracja.storage.spanner.rows import json_text

SERIES = ("PointId", "SeriesId", "Rule", "ValidFrom", "ValidTo", "GeneratedTo")


def series_values(series: Series, generated_to: date | None) -> tuple[object, ...]:
    """Return the values of SERIES' columns; sessions exist up to `generated_to`, included."""
    return (
        series.point,
        series.id,
        json_text(series.rule()),
        series.valid_from,
        series.valid_to,
        generated_to,
    )

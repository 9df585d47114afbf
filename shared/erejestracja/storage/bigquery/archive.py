"""BigQuery as the archive of events: streamed in groups, each row known by its event id."""

from collections.abc import Mapping, Sequence
from typing import Any

from erejestracja.storage.bigquery.settings import ReportingSettings

__all__ = ["BigQueryArchive", "RefusedRows", "ReportingSettings", "open_archive"]

DEADLINE_S = 20.0
RAW = "events_raw"


class RefusedRows(Exception):  # noqa: N818 - an outcome
    """Every row was refused: not the rows are bad, the table is."""


class BigQueryArchive:
    """Port Archive. Retrying is Pub/Sub's business, so the client's own is off."""

    def __init__(self, client: Any, dataset: str) -> None:
        self._client = client
        self._table = f"{client.project}.{dataset}.{RAW}"

    def append(self, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """Write rows; BigQuery knows a repeated event id for a while, the view for good."""
        ids = [row["event_id"] for row in rows]
        errors = self._client.insert_rows_json(
            self._table, rows, row_ids=ids, skip_invalid_rows=True, retry=None, timeout=DEADLINE_S
        )
        refused = {ids[error["index"]] for error in errors}
        if refused and len(refused) == len(rows) > 1:
            raise RefusedRows
        return refused


def open_archive(settings: ReportingSettings) -> BigQueryArchive:
    """Return the archive."""
    from google.cloud import bigquery

    return BigQueryArchive(bigquery.Client(), settings.dataset)

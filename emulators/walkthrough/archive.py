"""What BigQuery has of a person's walk: one row for each thing that happened."""

import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emulators.walkthrough.caller import StepFailed

ARCHIVED_WITHIN_S = 90
LOOK_EVERY_S = 1.0
QUERY_WITHIN_S = 20
# The view that has each event once.
QUERY = """
SELECT type, occurred_at, received_at, powiat, data
FROM `{dataset}.events`
WHERE occurred_at >= @began
  AND EXISTS (SELECT 1 FROM UNNEST(@marks) AS mark WHERE STRPOS(data, mark) > 0)
ORDER BY occurred_at
"""


@dataclass(frozen=True, slots=True)
class Archived:
    """A row of the archive."""

    type: str
    occurred_at: datetime
    received_at: datetime
    powiat: str | None


def wait_for(
    expected: Collection[str],
    marks: Collection[str],
    began: datetime,
    dataset: str,
    progress: Callable[[int, int], None],
) -> tuple[list[Archived], list[str]]:
    """Return the rows that name one of the marks, and the expected events that did not come."""
    from google.cloud import bigquery

    client = bigquery.Client()
    parameters = [
        bigquery.ScalarQueryParameter("began", "TIMESTAMP", began),
        bigquery.ArrayQueryParameter("marks", "STRING", sorted(marks)),
    ]
    job = bigquery.QueryJobConfig(query_parameters=parameters)
    give_up = time.monotonic() + ARCHIVED_WITHIN_S
    while True:
        rows = _rows(client, QUERY.format(dataset=dataset), job)
        missing = sorted((Counter(expected) - Counter(row.type for row in rows)).elements())
        progress(len(expected) - len(missing), len(expected))
        if not missing or time.monotonic() > give_up:
            return rows, missing
        time.sleep(LOOK_EVERY_S)


def _rows(client: Any, query: str, job: Any) -> list[Archived]:
    from google.api_core.exceptions import GoogleAPICallError, RetryError

    try:
        found = list(client.query_and_wait(query, job_config=job, wait_timeout=QUERY_WITHIN_S))
    except (GoogleAPICallError, RetryError) as failed:
        raise StepFailed(f"BigQuery: {failed}") from failed
    return [
        Archived(row["type"], row["occurred_at"], row["received_at"], row["powiat"])
        for row in found
    ]

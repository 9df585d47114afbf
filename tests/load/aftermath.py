"""After the load: is every event archived once, every message sent once, every invariant true?"""

import os
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import requests

from erejestracja.domain.ids import PointId
from erejestracja.storage.spanner.database import Keys, open_database
from erejestracja.storage.spanner.inspection import Inspection
from erejestracja.storage.spanner.outbox import SHARDS

TOGETHER = 50


def drained(longest_s: float) -> tuple[float, int]:
    """Wait until all that is in the outbox now has left it; return the seconds and what is left.

    What comes later, as holds run out and receipts come in, is another day's work.
    """
    began, now = time.monotonic(), datetime.now(UTC)
    while True:
        left = sum(1 for _, at in _all("Outbox", ("EventId", "CreatedAt")) if at <= now)
        waited = time.monotonic() - began
        if left == 0 or waited > longest_s:
            return waited, left
        print(f"  {left} events not archived yet", flush=True)
        time.sleep(2)


def breaches() -> list[str]:
    """Return what the inspection of every point finds."""
    points = [PointId(row[0]) for row in _all("Points", ("PointId",))]
    inspection = Inspection(open_database())
    found = []
    for start in range(0, len(points), TOGETHER):
        found += inspection.of_points(points[start : start + TOGETHER])
    return [f"{breach.invariant}: {breach.row}" for breach in found]


def visits_twice() -> list[str]:
    """Return the keys of person and dose that have more than one standing visit."""
    standing = [row[0] for row in _all("Visits", ("ActiveKey",)) if row[0]]
    return [key for key, number in Counter(standing).items() if number > 1]


def messages() -> dict[str, int]:
    """Return messages by status, and how many numbers in the gateway's hands were sent twice."""
    by_status = Counter(row[0] for row in _all("Messages", ("Status",)))
    answer = requests.get(f"{os.environ['SMS_URL']}/emulator/messages", timeout=120)
    sent = answer.json()
    sent = sent["messages"] if isinstance(sent, dict) else sent
    ids = Counter(one["idx"] for one in sent if one.get("idx"))
    return dict(by_status) | {
        "accepted by the gateway": len(ids),
        "sent twice": sum(1 for number in ids.values() if number > 1),
    }


def archived() -> dict[str, int]:
    """Return rows and distinct events in BigQuery."""
    from google.cloud import bigquery

    client = bigquery.Client()
    dataset = os.environ["BIGQUERY_DATASET"]
    query = f"SELECT COUNT(*) AS n, COUNT(DISTINCT event_id) AS d FROM `{dataset}.events`"
    (row,) = client.query_and_wait(query)
    return {"rows": row.n, "distinct events": row.d}


def committed_events() -> int:
    """Return how many visit changes were committed: each must be one archived event."""
    return len(_all("VisitChanges", ("VisitId", "Version")))


def _all(table: str, columns: tuple[str, ...]) -> list[list[Any]]:
    if table == "Outbox":
        keys = Keys(prefixes=[(shard,) for shard in range(SHARDS)])
        return open_database().read(table, columns, keys)
    return open_database().read(table, columns, Keys(everything=True))


def show(longest_s: float = 120) -> bool:
    """Print all of it; return whether all is well."""
    took, left = drained(longest_s)
    print(f"outbox: {left} of its events left after {took:.0f} s")
    wrong = breaches()
    twice = visits_twice()
    print(f"invariants: {len(wrong)} breaches {wrong[:3]}, {len(twice)} people with two visits")
    sent = messages()
    print(f"messages: {sent}")
    rows = archived()
    print(f"BigQuery: {rows}; visit changes in Spanner: {committed_events()}")
    doubled = rows["rows"] != rows["distinct events"] or sent["sent twice"]
    return not (left or wrong or twice or doubled)

"""Create dataset, tables and views where they are missing, and bring views up to date."""

import json
import sys
from importlib import resources
from typing import Any

from erejestracja.storage.bigquery.archive import ReportingSettings

LOCATION = "europe-central2"
# Views that read other views come after them.
VIEWS = (
    "events",
    "visits_daily",
    "messages_daily",
    "holds_daily",
    "doses_daily",
    "next_doses_weekly",
    "vials_daily",
    "standby_daily",
    "waiting_daily",
    "callbacks_hourly",
    "overrides_daily",
)
CLUSTERS = ["type", "powiat"]


def schema() -> list[dict[str, str]]:
    """Return the columns of events_raw, as terraform reads them too."""
    folder = resources.files("erejestracja.storage.bigquery")
    columns: list[dict[str, str]] = json.loads(
        (folder / "tables" / "events_raw.json").read_text("utf-8")
    )
    return columns


def view_sql(name: str, dataset: str) -> str:
    """Return the query of a view."""
    folder = resources.files("erejestracja.storage.bigquery")
    text = (folder / "views" / f"{name}.sql").read_text("utf-8")
    return text.replace("{dataset}", dataset)


def provision(client: Any, dataset: str) -> list[str]:
    """Create what is missing; return what was made. Running it again changes nothing."""
    from google.cloud import bigquery

    home = bigquery.Dataset(f"{client.project}.{dataset}")
    home.location = LOCATION
    client.create_dataset(home, exists_ok=True, timeout=60)
    there = {table.table_id for table in client.list_tables(dataset)}
    made = []
    if "events_raw" not in there:
        columns = [bigquery.SchemaField.from_api_repr(column) for column in schema()]
        raw = bigquery.Table(f"{client.project}.{dataset}.events_raw", schema=columns)
        raw.time_partitioning = bigquery.TimePartitioning(field="occurred_at")
        raw.clustering_fields = CLUSTERS
        client.create_table(raw, exists_ok=True, timeout=60)
        made.append("events_raw")
    for name in VIEWS:
        # A statement, for the emulator knows views by DDL only; and it replaces what has changed.
        sql = view_sql(name, dataset)
        client.query_and_wait(f"CREATE OR REPLACE VIEW `{dataset}.{name}` AS\n{sql}")
        if name not in there:
            made.append(name)
    return made


def main() -> None:
    """Provision the dataset of the settings and say what was made."""
    from google.cloud import bigquery

    made = provision(bigquery.Client(), ReportingSettings().dataset)
    sys.stdout.write(f"made: {', '.join(made) or 'nothing, all there'}\n")


if __name__ == "__main__":
    main()

"""What reporting writes, what the tables hold, and what the views read of them."""

import pytest

from erejestracja.events.envelope import Delivery
from erejestracja.services.reporting import row_of
from erejestracja.storage.bigquery.provision import VIEWS, schema, view_sql
from tests.guards.tree import PACKAGE
from tests.support.builders import NOW
from tests.support.googlesql import columns_of

COLUMNS = [column["name"] for column in schema()]
MARTS = [name for name in VIEWS if name != "events"]
TABLES = {"statistics.events_raw": schema(), "statistics.events": schema()}


def test_a_row_has_the_columns_of_its_table() -> None:
    assert list(row_of(Delivery("e", "visit.booked", {}, NOW), b"key", NOW)) == COLUMNS


def test_every_column_says_what_it_holds() -> None:
    assert not [column["name"] for column in schema() if not column["description"]]


def test_every_view_is_provisioned() -> None:
    assert {f.stem for f in (PACKAGE / "storage/bigquery/views").glob("*.sql")} == set(VIEWS)


def test_the_view_of_events_is_the_table_with_each_event_once() -> None:
    assert columns_of(view_sql("events", "statistics"), TABLES) == COLUMNS


@pytest.mark.parametrize("name", MARTS)
def test_bigquery_would_take_the_view(name: str) -> None:
    columns = columns_of(view_sql(name, "statistics"), TABLES)
    assert columns[0] == "happened_on"
    assert len(columns) == len(set(columns)) > 2


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT colour FROM `statistics.events`",
        "SELECT type, COUNT(*) FROM `statistics.events`",
        "SELECT list_value(dose) FROM `statistics.events`",
        "SELECT dose FROM `statistics.events` WHERE dose = '1'",
    ],
)
def test_the_analyzer_would_say_no(sql: str) -> None:
    with pytest.raises(Exception, match=r"(?i)colour|column|function|operator"):
        columns_of(sql, TABLES)

"""What a plan is read for before anybody may apply it."""

import io
import json
from typing import Any

import pytest

from functions import review


def change(kind: str, *actions: str, **before: Any) -> dict[str, Any]:
    return {
        "address": f"{kind}.it",
        "type": kind,
        "mode": "managed",
        "change": {"actions": list(actions), "before": before},
    }


def lost(*resources: dict[str, Any], allowed: tuple[str, ...] = ()) -> list[str]:
    return review.refused(list(review.changes({"resource_changes": resources})), allowed)


@pytest.mark.parametrize("kind", sorted(review.HOLD_DATA))
@pytest.mark.parametrize("actions", [("delete",), ("delete", "create"), ("create", "delete")])
def test_what_holds_data_is_neither_deleted_nor_replaced(
    kind: str, actions: tuple[str, ...]
) -> None:
    assert lost(change(kind, *actions)) == [f"{kind}.it"]
    assert lost(change(kind, *actions), allowed=(f"{kind}.it",)) == []


def test_functions_and_caches_come_and_go() -> None:
    assert lost(change("google_cloudfunctions2_function", "delete", "create")) == []
    assert lost(change("google_redis_instance", "delete")) == []


def test_what_holds_data_may_be_made_and_changed() -> None:
    assert lost(change("google_spanner_database", "create")) == []
    assert lost(change("google_spanner_database", "update")) == []


def test_of_bigquerys_tables_only_views_are_made_anew() -> None:
    assert lost(change("google_bigquery_table", "delete", view=[{"query": "SELECT 1"}])) == []
    assert lost(change("google_bigquery_table", "delete", view=[])) == ["google_bigquery_table.it"]


def test_the_summary_names_the_gravest_first_and_nothing_that_stays() -> None:
    plan = {
        "resource_changes": [
            change("a", "create"),
            change("b", "delete", "create"),
            change("c", "no-op"),
            {**change("d", "read"), "mode": "data"},
        ]
    }
    assert review.summary(list(review.changes(plan))) == (
        "replace  b.it\ncreate   a.it\n1 replace, 0 delete, 0 update, 1 create\n"
    )


@pytest.mark.parametrize(
    ("words", "code"), [([], 1), (["--may-destroy", "google_pubsub_topic.it"], 0)]
)
def test_the_command_fails_where_data_would_be_lost(
    words: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = {"resource_changes": [change("google_pubsub_topic", "delete")]}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(plan)))
    monkeypatch.setattr("sys.argv", ["review", *words])
    assert review.main() == code
    assert capsys.readouterr().err.startswith("refused" if code else "")

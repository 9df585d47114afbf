"""Say what a plan does, and refuse one that would take away what holds data.

terraform show -json plan.bin | python -m functions.review [--may-destroy ADDRESS ...]
"""

import argparse
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What cannot be had back by applying again. Redis is not among them: it is rebuilt.
HOLD_DATA = frozenset({
    "google_bigquery_dataset",
    "google_firestore_database",
    "google_kms_crypto_key",
    "google_kms_key_ring",
    "google_pubsub_subscription",
    "google_pubsub_topic",
    "google_secret_manager_secret",
    "google_spanner_backup_schedule",
    "google_spanner_database",
    "google_spanner_instance",
    "google_storage_bucket",
})  # fmt: skip
TABLE = "google_bigquery_table"


@dataclass(frozen=True, slots=True)
class Change:
    """One resource that a plan changes."""

    address: str
    verb: str
    loses_data: bool


def changes(plan: Mapping[str, Any]) -> Iterator[Change]:
    """Yield what a plan (terraform's JSON) changes."""
    for resource in plan.get("resource_changes", ()):
        actions = resource["change"]["actions"]
        verb = "replace" if {"create", "delete"} <= set(actions) else actions[0]
        if resource.get("mode") != "data" and verb not in ("no-op", "read"):
            goes = verb in ("delete", "replace")
            yield Change(resource["address"], verb, goes and holds_data(resource))


def holds_data(resource: Mapping[str, Any]) -> bool:
    """Tell whether a resource holds what is nowhere else; of BigQuery's tables, views do not."""
    if resource["type"] == TABLE:
        return not (resource["change"].get("before") or {}).get("view")
    return resource["type"] in HOLD_DATA


def summary(found: Sequence[Change]) -> str:
    """Return a line for each change, the gravest first, and their count."""
    gravity = {"replace": 0, "delete": 1, "update": 2, "create": 3}
    lines = sorted(found, key=lambda one: (gravity.get(one.verb, 2), one.address))
    counted = [f"{sum(one.verb == verb for one in found)} {verb}" for verb in gravity]
    return "".join(f"{one.verb:8} {one.address}\n" for one in lines) + f"{', '.join(counted)}\n"


def refused(found: Sequence[Change], allowed: Collection[str]) -> list[str]:
    """Return the addresses whose data would be lost and that nobody has allowed to go."""
    return [one.address for one in found if one.loses_data and one.address not in allowed]


def main() -> int:
    """Review the plan on standard input; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m functions.review",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--may-destroy", nargs="*", default=[], metavar="ADDRESS")
    allowed = set(parser.parse_args().may_destroy)
    found = list(changes(json.load(sys.stdin)))
    sys.stdout.write(summary(found))
    lost = refused(found, allowed)
    if lost:
        sys.stderr.write(f"refused: the data of {', '.join(lost)} would be lost\n")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())

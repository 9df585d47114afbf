"""Rows of plans anew, and of points at which something has fallen."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.supply import Delivery, DeliveryId, DeliveryStatus, Replan
from erejestracja.storage.spanner.database import Batch, commit_time
from erejestracja.storage.spanner.rows import json_text
from erejestracja.storage.spanner.series import document

REPLAN = ("Number", "Before", "After", "Strategy", "Reason", "Actor", "Undone")
# Before any day there is: what is due then is looked at by the next run.
AT_ONCE = date(2000, 1, 1)


def look_again(batch: Batch, point: PointId) -> None:
    """Have upkeep look at what has fallen at a point."""
    batch.put("FallenPlaces", PointId=point, DueOn=AT_ONCE)


def put_replan(batch: Batch, point: PointId, one: Replan) -> None:
    """Put into a commit what was planned for, or that it is undone."""
    values = (
        one.number,
        json_text(_document(one.before)),
        json_text(_document(one.after)),
        one.strategy.value,
        one.reason.value if one.reason else None,
        one.actor,
        one.undone,
    )
    row = dict(zip(REPLAN, values, strict=True))
    batch.put("Replans", PointId=point, **row, ChangedAt=commit_time())


def _document(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "vaccine": one.vaccine,
        "doses": one.doses,
        "expectedOn": one.expected_on.isoformat(),
        "status": one.status.value,
        "arrived": one.arrived,
    }


def _delivery_of(value: Any) -> Delivery:
    one = document(value)
    return Delivery(
        DeliveryId(one["id"]),
        VaccineCode(one["vaccine"]),
        one["doses"],
        date.fromisoformat(one["expectedOn"]),
        DeliveryStatus(one["status"]),
        one["arrived"],
    )


def replan_of(row: Sequence[Any]) -> Replan:
    """Read a row of REPLAN."""
    number, before, after, strategy, reason, actor, undone = row
    return Replan(
        number,
        _delivery_of(before),
        _delivery_of(after),
        Strategy(strategy),
        ClosureReason(reason) if reason else None,
        actor,
        undone,
    )

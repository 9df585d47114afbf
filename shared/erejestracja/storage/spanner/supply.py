"""What points have to give: a row for each change of terms, whose number says no to a second."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.series import SeriesId
from erejestracja.domain.supply import (
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Supply,
    SupplyChange,
)
from erejestracja.domain.vials import Lot
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix
from erejestracja.storage.spanner.fallen import look_again, put_replan
from erejestracja.storage.spanner.lots import lots_of

TERMS = ("Number", "WeeklyLimit", "Controlled")
DELIVERY = ("DeliveryId", "Vaccine", "Doses", "ExpectedOn", "Status", "Arrived")


class SpannerSupplies:
    """Port Supplies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def supply(self, point: PointId) -> Supply:
        """Return a point's terms as they stand, its lots and deliveries.

        The number is read first: what changes after that takes the next, and whoever decided by
        less clashes.
        """
        rows = self._database.read("SupplyChanges", TERMS, prefix(point), limit=1)
        deliveries = self._database.read("Deliveries", DELIVERY, prefix(point))
        return _supply_of(
            point, rows[0] if rows else None, lots_of(self._database, [point]), deliveries
        )

    def supplies(self, points: Sequence[PointId]) -> dict[PointId, Supply]:
        """Return the terms, lots and deliveries of each of these points, numbers first as above."""
        keys = Keys(prefixes=[(point,) for point in points])
        terms: dict[str, Sequence[Any]] = {}
        for point, *row in self._database.read("SupplyChanges", ("PointId", *TERMS), keys):
            if point not in terms or row[0] > terms[point][0]:
                terms[point] = row
        deliveries: dict[str, list[Sequence[Any]]] = {}
        for point, *row in self._database.read("Deliveries", ("PointId", *DELIVERY), keys):
            deliveries.setdefault(point, []).append(row)
        lots: dict[str, list[Lot]] = {}
        for lot in lots_of(self._database, points):
            lots.setdefault(lot.point, []).append(lot)
        return {
            one: _supply_of(one, terms.get(one), lots.get(one, ()), deliveries.get(one, ()))
            for one in points
        }

    def change(self, change: SupplyChange) -> None:
        """Store terms under their number, and have series that wait for doses looked at again."""
        point = change.terms.point
        waiting = waiting_of(self._database, point)
        has_fallen = self._database.read("FallenPlaces", ("PointId",), key(point))

        def fill(batch: Batch) -> None:
            change_supply(batch, change)
            wake(batch, point, waiting)
            if has_fallen:
                look_again(batch, point)
            if change.terms.controlled:
                batch.put("SupplyControls", PointId=point)
            else:
                batch.delete("SupplyControls", key(point))

        self._database.commit(fill)


def waiting_of(database: Database, point: PointId) -> dict[SeriesId, date]:
    """Return the point's series that wait for doses, and the day each has reached."""
    rows = database.read("Series", ("SeriesId", "CoveredTo"), prefix(point))
    return {SeriesId(series): to for series, to in rows if to is not None}


def wake(batch: Batch, point: PointId, waiting: Mapping[SeriesId, date]) -> None:
    """Have upkeep look again at series that wait for doses."""
    for series, to in waiting.items():
        where = {"PointId": point, "SeriesId": series}
        batch.update("Series", **where, GeneratedTo=to, CoveredTo=None)


def change_supply(batch: Batch, change: SupplyChange) -> None:
    """Put a change into a commit; it clashes if there is one of this number."""
    terms = change.terms
    batch.insert(
        "SupplyChanges",
        PointId=terms.point,
        Number=terms.number,
        WeeklyLimit=terms.weekly_limit,
        Controlled=sorted(terms.controlled),
        Actor=change.actor,
        Override=change.override.value if change.override else None,
        Missing=change.missing or None,
        Deliveries=[delivery.id for delivery in change.deliveries],
        ChangedAt=commit_time(),
    )
    for delivery in change.deliveries:
        values = (
            delivery.id,
            delivery.vaccine,
            delivery.doses,
            delivery.expected_on,
            delivery.status.value,
            delivery.arrived,
        )
        row = dict(zip(DELIVERY, values, strict=True))
        batch.put("Deliveries", PointId=terms.point, **row, ChangedAt=commit_time())
    if change.replan:
        put_replan(batch, terms.point, change.replan)


def stand_on_terms(batch: Batch, footing: Footing) -> None:
    """Make the commit clash where terms of supply changed since; change what is to change."""
    if footing.supply:
        change_supply(batch, footing.supply)
        return
    next_one = {"PointId": footing.point, "Number": footing.terms + 1}
    batch.insert("SupplyChanges", **next_one, Actor="", ChangedAt=commit_time())
    batch.delete("SupplyChanges", key(*next_one.values()))


def check_uncontrolled(batch: Batch, point: PointId) -> None:
    """Make the commit clash where the point has a vaccine under control."""
    batch.insert("SupplyControls", PointId=point)
    batch.delete("SupplyControls", key(point))


def controlled_among(database: Database, points: Iterable[PointId]) -> set[PointId]:
    """Return those of the points that have a vaccine under control."""
    keys = Keys(exact=[(point,) for point in points])
    return {PointId(row[0]) for row in database.read("SupplyControls", ("PointId",), keys)}


def _supply_of(
    point: PointId,
    terms: Sequence[Any] | None,
    lots: Iterable[Lot],
    deliveries: Iterable[Sequence[Any]],
) -> Supply:
    number, limit, controlled = terms or (-1, None, None)
    return Supply(
        point=point,
        weekly_limit=limit,
        number=number,
        controlled=frozenset(VaccineCode(code) for code in controlled or ()),
        lots=tuple(lots),
        deliveries=tuple(map(_delivery_of, deliveries)),
    )


def _delivery_of(row: Sequence[Any]) -> Delivery:
    one, vaccine, doses, expected_on, status, arrived = row
    return Delivery(
        id=DeliveryId(one),
        vaccine=VaccineCode(vaccine),
        doses=doses,
        expected_on=expected_on,
        status=DeliveryStatus(status),
        arrived=arrived,
    )

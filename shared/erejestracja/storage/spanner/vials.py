"""The ledger of vials: a row per lot, a row per entry; the entry's number says no to a second."""

from collections.abc import Sequence
from datetime import datetime

from erejestracja.domain.events import Event
from erejestracja.domain.ids import PointId
from erejestracja.domain.supply import SupplyChange
from erejestracja.domain.vials import Entry, Lot
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Batch, Database, commit_time, key
from erejestracja.storage.spanner.lots import LOT, lot_of, lots_of
from erejestracja.storage.spanner.supply import change_supply


class SpannerVials:
    """Port Vials."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lot(self, point: PointId, code: str) -> Lot | None:
        """Return a lot of a point."""
        rows = self._database.read("Lots", LOT, key(point, code))
        return lot_of(rows[0]) if rows else None

    def lots(self, point: PointId) -> list[Lot]:
        """Return all lots of a point, empty ones too."""
        return lots_of(self._database, [point])

    def enter(
        self, entries: Sequence[Entry], events: Sequence[Event], change: SupplyChange | None = None
    ) -> datetime:
        """Write entries and tell of them. Raises Clash when a lot has moved on meanwhile.

        With doses that were to come the deliveries change that they are of.
        """

        def fill(batch: Batch) -> None:
            for entry in entries:
                enter(batch, entry)
            if change:
                change_supply(batch, change)
            outbox.add(batch, *events)

        return self._database.commit(fill)


def enter(batch: Batch, entry: Entry) -> None:
    """Put an entry into a commit; it clashes if the lot has one of this number."""
    lot = entry.lot
    batch.put(
        "Lots",
        PointId=lot.point,
        Lot=lot.code,
        Vaccine=lot.vaccine,
        ExpiresOn=lot.expires_on,
        DosesPerVial=lot.doses_per_vial,
        Balance=lot.balance,
        Number=lot.number,
    )
    batch.insert(
        "LotEntries",
        PointId=lot.point,
        Lot=lot.code,
        Number=lot.number,
        Movement=entry.movement.value,
        Doses=entry.doses,
        Balance=lot.balance,
        Reason=entry.reason,
        Actor=entry.actor,
        Reference=entry.reference,
        EnteredAt=commit_time(),
    )

"""Deeds at a point: a visit, a vaccination, referrals and vials change in one blind commit.

What says no, besides a visit's next version (see bookings):

* a vaccination's next version is a primary key: the same dose is recorded once;
* a referral's version before is touched, which fails if somebody replaced it meanwhile;
* a lot's next entry is a primary key: two entries from one balance cannot both be written.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from erejestracja.domain.change import PastChange
from erejestracja.domain.deed import Arrival, Correction, Deed, Exchange, Undoing
from erejestracja.domain.ids import (
    PatientId,
    PointId,
    ProgrammeId,
    ReferralId,
    VaccinationId,
    VaccineCode,
    VisitId,
)
from erejestracja.domain.referral import Referral
from erejestracja.domain.vaccination import Site, Vaccination, VaccinationStatus
from erejestracja.domain.visit import VisitChange
from erejestracja.storage.spanner import exports, outbox, standby
from erejestracja.storage.spanner.bookings import (
    end_visit,
    free_place,
    make_visit,
    move_visit,
    still_stands,
    withdraw_place,
)
from erejestracja.storage.spanner.database import (
    Batch,
    Database,
    Keys,
    commit_time,
    key,
    prefix,
)
from erejestracja.storage.spanner.horizon import session_values
from erejestracja.storage.spanner.rows import referral_values
from erejestracja.storage.spanner.stock import SESSION
from erejestracja.storage.spanner.vials import enter

VACCINATION = (
    "VaccinationId",
    "Version",
    "Status",
    "PatientId",
    "VisitId",
    "ReferralId",
    "PointId",
    "Programme",
    "Vaccine",
    "Dose",
    "Doses",
    "Lot",
    "ExpiresOn",
    "Site",
    "Performer",
    "PerformedAt",
    "Author",
    "RecordedAt",
    "Note",
)
PAST = ("Version", "Change", "Actor", "ChangedAt", "Detail")


class SpannerDeeds:
    """Port Deeds: one commit, and the records it leaves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def do(self, deed: Deed) -> datetime:
        """Commit a deed. Raises Clash or Gone when a key says no, and Overloaded."""

        def fill(batch: Batch) -> None:
            end_visit(batch, deed.visit, deed.change, frees=deed.frees)
            if deed.also:
                end_visit(batch, deed.also.visit, deed.also.change, frees=deed.also.frees)
            for referral in deed.referrals:
                _replace(batch, referral)
            if deed.vaccination:
                _record(batch, deed.vaccination)
                standby.take_off(batch, deed.visit.patient, deed.visit.programme)
            for entry in deed.entries:
                enter(batch, entry)

        return self._database.commit(fill)

    def arrive(self, arrival: Arrival) -> datetime:
        """Commit the visit of who came without one. Raises Clash or Gone, and Overloaded."""
        values = dict(zip(SESSION, session_values(arrival.session), strict=True))

        def fill(batch: Batch) -> None:
            ended = arrival.instead_of
            if ended:
                end_visit(batch, ended.visit, ended.change, frees=ended.frees)
            batch.insert("Sessions", **values, UpdatedAt=commit_time())
            make_visit(batch, arrival.visit, arrival.change, arrival.digest)

        return self._database.commit(fill)

    def exchange(self, exchange: Exchange) -> datetime:
        """Commit a swap, all of it or none. Raises Clash or Gone, and Overloaded."""
        values = dict(zip(SESSION, session_values(exchange.session), strict=True))

        def fill(batch: Batch) -> None:
            replaced = exchange.replaced
            end_visit(batch, replaced.visit, replaced.change, frees=False)
            batch.insert("Sessions", **values, UpdatedAt=commit_time())
            for _, left, _ in exchange.moves:
                free_place(batch, left)
            for visit, _, change in exchange.moves:
                move_visit(batch, visit, change)
            if exchange.heir:
                make_visit(batch, *exchange.heir)

        return self._database.commit(fill)

    def undo(self, undoing: Undoing) -> datetime:
        """Commit that a swap is undone, all of it or none. Raises Clash or Gone, and Overloaded."""
        ends = (undoing.unreplaced, undoing.heir)

        def fill(batch: Batch) -> None:
            for one in filter(None, ends):
                end_visit(batch, one.visit, one.change, frees=one.frees)
            (first, made, _), *rest = undoing.moves
            withdraw_place(batch, made, first.id)
            for _, left, _ in rest:
                free_place(batch, left)
            for visit, _, change in undoing.moves:
                move_visit(batch, visit, change)

        return self._database.commit(fill)

    def past(self, visit: VisitId, *versions: int) -> list[PastChange]:
        """Return what made a visit each of its versions, in order; nothing of what was loaded."""
        keys = Keys(exact=[(visit, version) for version in versions])
        rows = self._database.read("VisitChanges", PAST, keys)
        return [
            PastChange(visit, version, VisitChange(what), by, at, detail or {})
            for version, what, by, at, detail in rows
        ]

    def correct(self, correction: Correction) -> datetime:
        """Commit a correction. Raises Clash or Gone when a key says no, and Overloaded."""

        def fill(batch: Batch) -> None:
            for referral in correction.referrals:
                _replace(batch, referral)
            _record(batch, correction.vaccination)
            for entry in correction.entries:
                enter(batch, entry)
            outbox.add(batch, *correction.events)

        return self._database.commit(fill)

    def vaccinations(self, vaccination: VaccinationId) -> list[Vaccination]:
        """Return all versions of a record, the newest first."""
        rows = self._database.read("Vaccinations", VACCINATION, prefix(vaccination))
        return [_vaccination_of(row) for row in rows]


def _replace(batch: Batch, referral: Referral) -> None:
    """Put the next version in the place of the one before, which must still be there."""
    before = referral.version - 1
    still_stands(batch, referral.patient, referral.id, before)
    batch.delete("Referrals", key(referral.patient, referral.id, before))
    batch.insert("Referrals", **referral_values(referral), UpdatedAt=commit_time())


def _record(batch: Batch, vaccination: Vaccination) -> None:
    """Write a version of a record, and that it is to reach the national one."""
    batch.insert("Vaccinations", **_values(vaccination))
    exports.request(batch, vaccination)


def _values(vaccination: Vaccination) -> dict[str, Any]:
    values = (
        vaccination.id,
        vaccination.version,
        vaccination.status.value,
        vaccination.patient,
        vaccination.visit,
        vaccination.referral,
        vaccination.point,
        vaccination.programme,
        vaccination.vaccine,
        vaccination.dose,
        vaccination.doses,
        vaccination.lot,
        vaccination.expires_on,
        vaccination.site.value,
        vaccination.performer,
        vaccination.performed_at,
        vaccination.author,
        commit_time(),
        vaccination.note,
    )
    return dict(zip(VACCINATION, values, strict=True))


def _vaccination_of(row: Sequence[Any]) -> Vaccination:
    return Vaccination(
        id=VaccinationId(row[0]),
        version=row[1],
        status=VaccinationStatus(row[2]),
        patient=PatientId(row[3]),
        visit=VisitId(row[4]),
        referral=ReferralId(row[5]),
        point=PointId(row[6]),
        programme=ProgrammeId(row[7]),
        vaccine=VaccineCode(row[8]),
        dose=row[9],
        doses=row[10],
        lot=row[11],
        expires_on=row[12],
        site=Site(row[13]),
        performer=row[14],
        performed_at=row[15],
        author=row[16],
        recorded_at=row[17],
        note=row[18],
    )

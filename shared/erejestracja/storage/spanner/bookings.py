"""Holds and visits: every change is one blind commit in which keys, indexes and tokens say no.

Nothing is read before these commits by the commit itself; what was read earlier may be stale.
What makes them safe, whatever runs beside them (docs/decisions/2026-11-one-commit-booking.md):

* a place is a primary key: the second insert clashes;
* a hold is a token row: whoever ends it updates it, which fails if it is gone, and deletes it;
* a referral is decided by in one version: who books touches it, which fails if it is replaced;
* a visit's change inserts its next version, which clashes if somebody else changed it first;
* a standing visit has a unique key of person, programme and dose.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from erejestracja.domain.actor import Actor
from erejestracja.domain.change import Change
from erejestracja.domain.events import Event
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import PatientId, PlaceKey, ReferralId
from erejestracja.domain.visit import Visit
from erejestracja.storage.spanner import messages, outbox, overrides, standby
from erejestracja.storage.spanner.database import Batch, Database, commit_time, key
from erejestracja.storage.spanner.rows import hold_values, json_text, place_values, visit_values

CONTACT = {"phone": "Phone", "email": "Email", "language": "Language"}


class Bookings:
    """The commits of booking. Each raises Clash or Gone when keys say no, and Overloaded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(
        self, hold: Hold, events: Sequence[Event], *, instead_of: Hold | None = None
    ) -> datetime:
        """Take a free place, or one whose hold has run out, for some minutes."""

        def fill(batch: Batch) -> None:
            if instead_of:
                end_hold(batch, instead_of)
                free_place(batch, hold.place)
            hold_place(batch, hold)
            outbox.add(batch, *events)

        return self._database.commit(fill)

    def extend(self, hold: Hold, extended: Hold) -> datetime:
        """Keep a hold's place until later."""

        def fill(batch: Batch) -> None:
            end_hold(batch, hold)
            batch.insert("Holds", **hold_values(extended))
            batch.update("Places", **_held(extended))

        return self._database.commit(fill)

    def release(self, holds: Sequence[Hold], events: Sequence[Event]) -> datetime:
        """End holds and free their places."""

        def fill(batch: Batch) -> None:
            for hold in holds:
                end_hold(batch, hold)
                free_place(batch, hold.place)
            outbox.add(batch, *events)

        return self._database.commit(fill)

    def book(self, visit: Visit, change: Change, digest: str, *, hold: Hold | None) -> datetime:
        """Make a visit of a held place, or of a free one."""
        return self._database.commit(
            lambda batch: make_visit(batch, visit, change, digest, hold=hold)
        )

    def move(
        self, visit: Visit, old: PlaceKey | None, change: Change, *, hold: Hold | None
    ) -> datetime:
        """Give a visit its new place and free the old one, both or neither."""

        def fill(batch: Batch) -> None:
            if old:
                free_place(batch, old)
            move_visit(batch, visit, change, hold=hold)

        return self._database.commit(fill)

    def end(self, visit: Visit, change: Change, *, frees: bool) -> datetime:
        """Cancel a visit (or otherwise end it), freeing its place where it still has one."""
        return self._database.commit(lambda batch: end_visit(batch, visit, change, frees=frees))

    def seen(
        self, patient: PatientId, audit_id: str, actor: Actor, action: str, request: str
    ) -> None:
        """Write down that somebody looked at a person's record."""
        role = min(actor.roles, default="none")

        def fill(batch: Batch) -> None:
            batch.put(
                "Audit",
                PatientId=patient,
                AuditId=audit_id,
                Actor=actor.subject,
                ActorPatientId=actor.patient,
                Role=str(role),
                Action=action,
                RequestId=request,
                SeenAt=commit_time(),
            )

        self._database.commit(fill)


def _held(hold: Hold) -> dict[str, Any]:
    return {
        **place_values(hold.place),
        "Kind": "hold",
        "ClaimId": hold.id,
        "ExpiresAt": hold.expires_at,
        "UpdatedAt": commit_time(),
    }


def hold_place(batch: Batch, hold: Hold) -> None:
    """Take a free place for some time: the insert fails if somebody has it."""
    batch.insert("Places", **_held(hold))
    batch.insert("Holds", **hold_values(hold))


def free_place(batch: Batch, place: PlaceKey) -> None:
    """Give a place up; the token or the version in the same commit says that it was ours."""
    batch.delete("Places", key(*place_values(place).values()))


def withdraw_place(batch: Batch, place: PlaceKey, claim: str) -> None:
    """Make a place nobody's that was ours; the version in the same commit says that it was."""
    withdrawn = {"Kind": "withdrawn", "ClaimId": claim, "ExpiresAt": None}
    batch.update("Places", **place_values(place), **withdrawn, UpdatedAt=commit_time())


def end_hold(batch: Batch, hold: Hold) -> None:
    """Use the token up: the update fails if somebody already did."""
    batch.update("Holds", **hold_values(hold))
    batch.delete("Holds", key(hold.id, hold.extension))


def _take(batch: Batch, visit: Visit, hold: Hold | None) -> None:
    taken = {
        **place_values(visit.place),
        "Kind": "visit",
        "ClaimId": visit.id,
        "ExpiresAt": None,
        "UpdatedAt": commit_time(),
    }
    if hold:
        end_hold(batch, hold)
        batch.update("Places", **taken)
    else:
        batch.insert("Places", **taken)


def still_stands(batch: Batch, patient: PatientId, referral: ReferralId, version: int) -> None:
    """Touch the version that was decided by: the update fails if another has replaced it."""
    keys = {"PatientId": patient, "ReferralId": referral, "Version": version}
    batch.update("Referrals", **keys, UpdatedAt=commit_time())


def make_visit(
    batch: Batch, visit: Visit, change: Change, digest: str, *, hold: Hold | None = None
) -> None:
    """Take a place, held or free, and write the visit that has it.

    Who waited on a standby list waits no more, from the same commit on.
    """
    _take(batch, visit, hold)
    standby.take_off(batch, visit.patient, visit.programme)
    stamps = {"CreatedAt": commit_time(), "UpdatedAt": commit_time()}
    batch.insert("Visits", **visit_values(visit), RequestDigest=digest, **stamps)
    record_change(batch, visit, change)


def move_visit(batch: Batch, visit: Visit, change: Change, *, hold: Hold | None = None) -> None:
    """Take a place, held or free, and write the visit that now has it."""
    _take(batch, visit, hold)
    batch.update("Visits", **visit_values(visit), UpdatedAt=commit_time())
    record_change(batch, visit, change)


def end_visit(batch: Batch, visit: Visit, change: Change, *, frees: bool) -> None:
    """Write a visit's next status, dose and consent, freeing its place where it is to be freed."""
    if frees:
        free_place(batch, visit.place)
    batch.update(
        "Visits",
        VisitId=visit.id,
        Dose=visit.dose,
        Status=visit.status.value,
        Version=visit.version,
        ConsentForm=visit.consent.value if visit.consent else None,
        UpdatedAt=commit_time(),
    )
    record_change(batch, visit, change)


def record_change(batch: Batch, visit: Visit, change: Change) -> None:
    """Add a change to the visit's history; it clashes if somebody else changed it first."""
    batch.insert(
        "VisitChanges",
        VisitId=visit.id,
        Version=visit.version,
        Change=change.what.value,
        Actor=change.actor.subject,
        Channel=change.actor.channel().value,
        Detail=json_text(change.detail) if change.detail else None,
        ChangedAt=commit_time(),
    )
    by = change.allowed_by
    if by:
        still_stands(batch, by.patient, by.id, by.version)
    if change.contact:
        values = {CONTACT[name]: value for name, value in change.contact.items()}
        batch.update("Patients", PatientId=visit.patient, **values, UpdatedAt=commit_time())
    if change.uses:
        overrides.put_step(batch, change.uses)
    if change.notice:
        messages.request(batch, change.notice)
    outbox.add(batch, *change.events)

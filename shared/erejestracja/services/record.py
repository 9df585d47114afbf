"""A person's own record: who they are, what they may have and from when, their visits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from erejestracja.domain.actor import Actor
from erejestracja.domain.eligibility import Offer, offers
from erejestracja.domain.errors import NotFound
from erejestracja.domain.ids import PatientId, ReferralId, derived_id
from erejestracja.domain.person import Access, Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.visit import Visit
from erejestracja.services.desk import Desk

MOST_ACCESSES = 100


@dataclass(frozen=True, slots=True)
class Record:
    """What a person sees of themselves; `person` is None before anything is registered."""

    patient: PatientId
    person: Person | None
    referrals: Sequence[Referral]
    visits: Sequence[Visit]
    offers: Mapping[ReferralId, Sequence[Offer]]


def record_of(desk: Desk, actor: Actor, patient: PatientId, request_id: str) -> Record:
    """Return a person's record, and write down that it was looked at."""
    note_access(desk, actor, patient, "record.viewed", request_id)
    referrals = desk.records.referrals(patient)
    return Record(
        patient=patient,
        person=desk.records.person(patient),
        referrals=referrals,
        visits=desk.records.visits(patient),
        offers={
            referral.id: offers(
                desk.programmes.get(referral.programme),
                referral,
                channel=actor.channel(),
                now=desk.clock.now(),
            )
            for referral in referrals
        },
    )


def accesses(desk: Desk, patient: PatientId) -> Sequence[Access]:
    """Return who looked at the record, newest first, the last hundred."""
    return desk.records.accesses(patient, MOST_ACCESSES)


def identify(desk: Desk, actor: Actor, patient: PatientId, request_id: str) -> Person:
    """Return whom an identifier means, and write down that it was asked. Raises NotFound."""
    person = desk.records.person(patient)
    if person is None:
        raise NotFound
    note_access(desk, actor, patient, "person.identified", request_id)
    return person


def note_access(desk: Desk, actor: Actor, patient: PatientId, action: str, request_id: str) -> None:
    """Write down that somebody looked at a person's record; the view waits for it."""
    audit_id = derived_id("audit", request_id, action, str(desk.random.getrandbits(64)))
    desk.bookings.seen(patient, audit_id, actor, action, request_id)

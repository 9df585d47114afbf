"""A person's own record: who they are, what they may have and from when, their visits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from erejestracja.domain.actor import Actor
from erejestracja.domain.eligibility import Offer, offers
from erejestracja.domain.errors import NotFound
from erejestracja.domain.ids import PatientId, ReferralId, derived_id
from erejestracja.domain.person import Access, Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.representation import FullName
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


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a record, and who that was to the person: their name, if a representative's."""

    access: Access
    role: str
    name: FullName | None = None


def accesses(desk: Desk, patient: PatientId) -> Sequence[Look]:
    """Return who looked at the record, newest first, the last hundred."""
    found = desk.records.accesses(patient, MOST_ACCESSES)
    others = {access.by for access in found} - {None, patient}
    known = desk.representations.over(patient) if others else ()
    names = {one.representative: (one.kind.value, one.representative_name) for one in known}
    return [Look(one, *names[one.by]) if one.by in names else Look(one, one.role) for one in found]


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

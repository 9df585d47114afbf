"""The referrals a booking is decided by: a moment old, and as of now before anybody is refused."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import NotEligible, Reason
from erejestracja.domain.ids import PatientId, ReferralId
from erejestracja.domain.referral import Referral
from erejestracja.ports import Records

Decided = TypeVar("Decided")


def decided(
    records: Records,
    actor: Actor,
    patient: PatientId,
    decide: Callable[[Sequence[Referral]], Decided],
) -> Decided:
    """Return what `decide` makes of the person's referrals. Raises what it raises of these now.

    A person's own request is first decided by how their referrals were a moment ago: reading that
    waits for nobody. If they have changed since, the commit finds the version gone. Staff see
    them as of now: they give a dose and book the next one within seconds.
    """
    if actor.patient == patient:
        try:
            return decide(records.referrals(patient, recent=True))
        except NotEligible:
            pass
    return decide(records.referrals(patient))


def the_one(referrals: Sequence[Referral], wanted: ReferralId) -> Referral:
    """Return this one of them. Raises NotEligible when it is not there."""
    for referral in referrals:
        if referral.id == wanted:
            return referral
    raise NotEligible(Reason.NO_REFERRAL)

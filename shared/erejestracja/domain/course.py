"""A person's course of doses: what giving one, taking one back or deferring makes of referrals.

All of a person's referrals to a programme repeat the doses given, so that each alone decides a
booking (domain R9); so all of them change, each to its next version.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from erejestracja.domain.ids import ReferralId
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import DoseGiven, Referral, ReferralKind, ReferralStatus

Referrals = tuple[Referral, ...]
Doses = tuple[DoseGiven, ...]


def after_dose(
    programme: Programme, referrals: Iterable[Referral], used: ReferralId, dose: DoseGiven
) -> Referrals:
    """Return the referrals once a dose is given on one of them."""
    return tuple(
        _with(
            one,
            tuple(sorted((*one.given, dose), key=lambda given: given.dose)),
            _status_after(programme, one, dose) if one.id == used else one.status,
        )
        for one in referrals
        if one.programme == programme.id
    )


def without_dose(
    programme: Programme, referrals: Iterable[Referral], used: ReferralId, number: int
) -> Referrals:
    """Return the referrals once the record of a dose was an error."""
    changed = []
    for one in referrals:
        if one.programme == programme.id:
            left = tuple(dose for dose in one.given if dose.dose != number)
            begun = left and one.kind is ReferralKind.PRIMARY
            status = ReferralStatus.IN_USE if begun else ReferralStatus.ISSUED
            changed.append(_with(one, left, status if one.id == used else one.status))
    return tuple(changed)


def with_corrected(
    programme: Programme, referrals: Iterable[Referral], dose: DoseGiven
) -> Referrals:
    """Return the referrals once the record of a dose says another day of it."""
    return tuple(
        _with(one, tuple(dose if had.dose == dose.dose else had for had in one.given), one.status)
        for one in referrals
        if one.programme == programme.id
    )


def deferred(referral: Referral, until: date | None) -> Referral:
    """Return the referral of who may come from a day on again, or with None never."""
    after = _with(referral, referral.given, referral.status)
    if until is None:
        return replace(after, status=ReferralStatus.CANCELLED)
    return replace(after, window=(until, referral.window[1]))


def _with(referral: Referral, given: Doses, status: ReferralStatus) -> Referral:
    return replace(referral, given=given, status=status, version=referral.version + 1)


def _status_after(programme: Programme, referral: Referral, dose: DoseGiven) -> ReferralStatus:
    """Return used after the last dose the referral is for, in use before it (domain R9)."""
    if referral.kind is not ReferralKind.PRIMARY:
        return ReferralStatus.USED
    product = programme.vaccine(dose.vaccine)
    whole = product is None or dose.dose >= product.doses
    return ReferralStatus.USED if whole else ReferralStatus.IN_USE

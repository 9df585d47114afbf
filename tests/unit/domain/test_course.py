"""What doses make of a person's referrals."""

from dataclasses import replace
from datetime import date

import pytest

from erejestracja.domain.course import after_dose, deferred, with_corrected, without_dose
from erejestracja.domain.ids import ProgrammeId, ReferralId
from erejestracja.domain.referral import DoseGiven, Referral, ReferralKind, ReferralStatus
from tests.support.builders import JANSSEN, a_dose, a_programme, a_referral

FIRST = a_referral()
BOOSTER = a_referral(id=ReferralId("booster"), kind=ReferralKind.BOOSTER)
OTHER = a_referral(id=ReferralId("flu"), programme=ProgrammeId("flu"))
ALL = (FIRST, BOOSTER, OTHER)


def test_a_dose_stands_on_every_referral_to_the_programme_and_on_no_other() -> None:
    given = after_dose(a_programme(), ALL, FIRST.id, a_dose())
    assert [one.id for one in given] == [FIRST.id, BOOSTER.id]
    assert all(one.given == (a_dose(),) and one.version == 2 for one in given)


@pytest.mark.parametrize(
    ("referral", "dose", "status"),
    [
        (FIRST, a_dose(1), ReferralStatus.IN_USE),
        (FIRST, a_dose(2), ReferralStatus.USED),
        (FIRST, a_dose(1, vaccine=JANSSEN), ReferralStatus.USED),
        (BOOSTER, a_dose(3), ReferralStatus.USED),
    ],
)
def test_a_referral_is_used_after_its_last_dose(
    referral: Referral, dose: DoseGiven, status: ReferralStatus
) -> None:
    [given] = after_dose(a_programme(), [referral], referral.id, dose)
    assert given.status is status


@pytest.mark.parametrize("referral", [FIRST, BOOSTER])
def test_what_is_taken_back_leaves_the_referral_as_it_was(referral: Referral) -> None:
    given = after_dose(a_programme(), [referral], referral.id, a_dose(1))
    [back] = without_dose(a_programme(), given, referral.id, 1)
    assert back == replace(referral, version=3)


def test_a_series_that_was_begun_stays_begun_when_its_second_dose_is_taken_back() -> None:
    both = after_dose(
        a_programme(),
        after_dose(a_programme(), ALL, FIRST.id, a_dose(1)),
        FIRST.id,
        a_dose(2, on=date(2026, 11, 30)),
    )
    first, booster = without_dose(a_programme(), (*both, OTHER), FIRST.id, 2)
    assert (first.status, first.given) == (ReferralStatus.IN_USE, (a_dose(1),))
    assert booster.status is ReferralStatus.ISSUED


def test_a_correction_changes_the_day_of_its_dose_alone() -> None:
    begun = after_dose(a_programme(), ALL, FIRST.id, a_dose(1))
    both = after_dose(a_programme(), begun, FIRST.id, a_dose(2))
    right = a_dose(1, on=date(2026, 11, 3))
    first, _ = with_corrected(a_programme(), both, right)
    assert first.given == (right, a_dose(2))
    assert (first.status, first.version) == (ReferralStatus.USED, 4)


def test_who_is_deferred_may_come_from_that_day_on_or_never() -> None:
    until = date(2026, 12, 24)
    later = deferred(replace(FIRST, window=(None, date(2027, 1, 31))), until)
    assert (later.window, later.version) == ((until, date(2027, 1, 31)), 2)
    assert deferred(FIRST, None).status is ReferralStatus.CANCELLED

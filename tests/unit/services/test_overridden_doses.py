"""What was set aside for a visit is set aside where its dose is given."""

from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.errors import NotEligible, Reason
from erejestracja.domain.ids import SlotKey
from erejestracja.domain.override import Ground
from erejestracja.domain.programme import Interval
from erejestracja.domain.referral import ReferralKind, ReferralStatus
from erejestracja.domain.visit import VisitStatus
from erejestracja.services import next_dose
from erejestracja.services.doses import Outlook, give, outlook
from erejestracja.services.places import Wanted
from tests.support import builders
from tests.support.builders import AT_EIGHT, DAY, a_point, a_programme, a_referral, a_session
from tests.support.clinic_case import MEDIC, NEXT, ClinicCase, a_dose
from tests.support.desk import FixedProgrammes, a_desk
from tests.support.fake_store import a_store
from tests.support.override_case import ANNA, JAN, Case

FAR = AT_EIGHT + timedelta(days=200)


@pytest.fixture
def clinic() -> ClinicCase:
    """Return a day on which Anna comes, whose group comes in half a year."""
    case = ClinicCase()
    case.changed(bookable_from=FAR)
    waived = replace(case.anna, waived=Reason.COHORT_NOT_OPEN)
    case.store.tables.visits[waived.id] = (waived, "digest")
    case.anna = waived
    return case


def test_the_dose_is_given_though_the_group_is_not_open(clinic: ClinicCase) -> None:
    assert outlook(clinic.clinic, MEDIC, clinic.anna, clinic.referral()) == Outlook()
    given = give(clinic.clinic, MEDIC, clinic.anna, a_dose())
    assert given.visit.status is VisitStatus.COMPLETED


def test_without_consent_it_is_not(clinic: ClinicCase) -> None:
    plain = replace(clinic.anna, waived=None)
    clinic.store.tables.visits[plain.id] = (plain, "digest")
    refused = outlook(clinic.clinic, MEDIC, plain, clinic.referral()).refused
    assert refused is not None
    assert refused.reason is Reason.COHORT_NOT_OPEN
    with pytest.raises(NotEligible):
        give(clinic.clinic, MEDIC, plain, a_dose())


def test_the_next_dose_is_booked_all_the_same(clinic: ClinicCase) -> None:
    given = give(clinic.clinic, MEDIC, clinic.anna, a_dose())
    following = next_dose.book_next(clinic.clinic, MEDIC, given.visit).visit
    assert following is not None
    assert (following.waived, following.dose) == (Reason.COHORT_NOT_OPEN, 2)
    assert following.place.slot.session == NEXT.key


def test_an_interval_is_each_dose_s_own(clinic: ClinicCase) -> None:
    visit = replace(clinic.anna, waived=Reason.INTERVAL)
    assert not next_dose.propose(clinic.clinic, MEDIC, visit).proposals


def test_an_interval_is_shortened_to_what_is_licensed_and_no_further() -> None:
    """A first dose twenty-five days before, a rule of thirty-five, a licence of twenty-one."""
    since = builders.NOW.date() - timedelta(days=1000)
    rule = Interval(ReferralKind.PRIMARY, 35, since, licensed_days=21)
    late, early = a_session(), a_session(day=DAY - timedelta(days=5))
    store = a_store(ANNA, JAN)
    store.tables.sessions = {one.key: one for one in (early, late)}
    begun = a_referral(
        ANNA,
        status=ReferralStatus.IN_USE,
        given=(builders.a_dose(on=DAY - timedelta(days=25)),),
    )
    store.all_referrals[ANNA, begun.id] = begun
    programmes = FixedProgrammes((a_programme(intervals=(rule,)),))
    case = Case(a_desk(store, [early, late], [a_point()], programmes=programmes))
    agreed = case.agreed(rule=Reason.INTERVAL, ground=Ground.PHYSICIAN)
    with pytest.raises(NotEligible) as no:
        case.book(agreed, wanted=Wanted(slot=SlotKey(early.key, 0)))
    assert (no.value.reason, no.value.from_) == (Reason.INTERVAL, DAY - timedelta(days=4))
    visit = case.book(agreed, wanted=Wanted(slot=SlotKey(late.key, 0)), key="late").visit
    assert (visit.dose, visit.waived) == (2, Reason.INTERVAL)

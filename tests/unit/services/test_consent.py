"""What who is not of age has shown: on arrival, put right, without a visit, before the dose."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from erejestracja.domain.errors import ConsentMissing, InvalidRequest
from erejestracja.domain.ids import PatientId
from erejestracja.domain.visit import ConsentForm, Visit, VisitStatus
from erejestracja.services import arrivals, booking, dose_records
from erejestracja.services.booking import BookVisit
from erejestracja.services.doses import give
from erejestracja.services.places import Wanted
from erejestracja.services.walk_ins import WalkIn, walk_in
from tests.support.builders import DAY, PFIZER, POINT, a_person, a_place, a_referral, an_actor
from tests.support.clinic_case import ANNA, JAN, MEDIC, REGISTRAR, ClinicCase, a_dose

PRESENTED, PRESENT = ConsentForm.PRESENTED, ConsentForm.REPRESENTATIVE_PRESENT
CHILD = date(2010, 3, 4)
OF_AGE_TODAY = date(2008, 12, 7)


def case_of(born: date) -> ClinicCase:
    case = ClinicCase()
    case.changed(birth_date=born)
    case.store.people[ANNA] = a_person(ANNA, birth_date=born)
    case.anna = replace(case.anna, born=born)
    case.store.tables.visits[case.anna.id] = (case.anna, "digest")
    return case


@pytest.fixture
def case() -> ClinicCase:
    return case_of(CHILD)


def arrive(case: ClinicCase, consent: ConsentForm | None = None) -> Visit:
    return arrivals.arrive(case.clinic, REGISTRAR, case.visit(), consent)


def came(case: ClinicCase, who: PatientId, consent: ConsentForm | None) -> Visit:
    asked = WalkIn(who, a_referral(who).id, POINT, PFIZER, "key", consent)
    return walk_in(case.clinic, REGISTRAR, asked)


def test_a_visit_keeps_the_date_of_birth_it_was_booked_by() -> None:
    case = ClinicCase()
    case.store.people[JAN] = a_person(JAN, birth_date=CHILD)
    case.store.all_referrals[JAN, a_referral(JAN).id] = a_referral(JAN, birth_date=CHILD)
    wanted = Wanted(slot=a_place(index=3).slot)
    asked = BookVisit(an_actor(patient=JAN), JAN, a_referral(JAN).id, wanted, None)
    assert booking.book(case.desk, asked).visit.born == CHILD


def test_what_is_shown_on_arrival_is_told_and_seen_on_the_day_list(case: ClinicCase) -> None:
    [before] = arrivals.day_list(case.clinic, REGISTRAR, POINT, DAY, "request-1")
    arrived = arrive(case, PRESENTED)
    [after] = arrivals.day_list(case.clinic, REGISTRAR, POINT, DAY, "request-1")
    assert (before.consent, after.consent) == (ConsentForm.REQUIRED, PRESENTED)
    assert (arrived.status, arrived.consent) == (VisitStatus.ARRIVED, PRESENTED)
    [told] = case.desk.publisher.told
    assert (told.type, told.data["consentForm"]) == ("visit.arrived", "presented")


def test_who_has_arrived_is_put_right_and_the_same_said_again_is_nothing(case: ClinicCase) -> None:
    arrive(case)
    arrive(case, PRESENTED)
    arrive(case, PRESENTED)
    assert arrive(case, PRESENT).consent is PRESENT
    assert arrive(case, ConsentForm.REQUIRED).consent is None
    assert case.told() == ["visit.arrived", *["visit.consentNoted"] * 3]
    assert case.visit().version == 5


def test_nothing_is_noted_on_another_day_or_of_who_is_of_age(case: ClinicCase) -> None:
    case.later(timedelta(days=1))
    with pytest.raises(InvalidRequest):
        arrive(case, PRESENTED)
    with pytest.raises(InvalidRequest):
        arrive(case_of(OF_AGE_TODAY), PRESENTED)


def test_who_comes_without_a_visit_shows_the_form_too(case: ClinicCase) -> None:
    case.store.people[JAN] = a_person(JAN, birth_date=CHILD)
    case.store.all_referrals[JAN, a_referral(JAN).id] = a_referral(JAN, birth_date=CHILD)
    visit = came(case, JAN, PRESENT)
    assert (visit.born, visit.consent) == (CHILD, PRESENT)
    assert case.desk.publisher.told[0].data["consentForm"] == PRESENT


def test_a_walk_in_repeated_with_another_form_is_another_request() -> None:
    facts = (JAN, a_referral(JAN).id, POINT, PFIZER, "key")
    digests = {WalkIn(*facts, form).digest() for form in (None, PRESENTED, PRESENT)}
    assert len(digests) == 3


def test_no_dose_is_given_before_something_was_shown(case: ClinicCase) -> None:
    arrived = arrive(case)
    for none in (None, ConsentForm.REQUIRED):
        with pytest.raises(ConsentMissing) as refused:
            give(case.clinic, MEDIC, arrived, a_dose(consent=none))
        assert refused.value.facts() == {"signed": "both"}
    assert (case.record(), case.balance()) == ([], 10)
    given = give(case.clinic, MEDIC, arrived, a_dose(consent=PRESENT))
    assert given.visit.consent is case.visit().consent is PRESENT
    completed = case.desk.publisher.told[-3]
    assert (completed.type, completed.data["consentForm"]) == ("visit.completed", PRESENT)


def test_what_was_shown_on_arrival_does_for_the_dose_and_may_be_put_right(case: ClinicCase) -> None:
    arrived = arrive(case, PRESENTED)
    given = give(case.clinic, MEDIC, arrived, a_dose())
    assert given.visit.consent is PRESENTED
    record = case.record_id()
    dose_records.take_back(case.clinic, MEDIC, record, "1", "pomyłka")
    again = give(case.clinic, MEDIC, case.visit(), a_dose(consent=PRESENT))
    assert again.visit.consent is PRESENT


def test_who_is_of_age_today_needs_nothing_and_nothing_is_kept() -> None:
    case = case_of(OF_AGE_TODAY)
    assert give(case.clinic, MEDIC, case.anna, a_dose(consent=PRESENTED)).visit.consent is None


def test_a_dose_on_the_day_before_the_birthday_needs_it_though_the_visit_does_not() -> None:
    case = case_of(OF_AGE_TODAY)
    case.later(-timedelta(days=1))
    with pytest.raises(ConsentMissing):
        give(case.clinic, MEDIC, case.anna, a_dose(at=case.desk.clock.at))

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.actor import Channel
from erejestracja.domain.calendar import instant
from erejestracja.domain.eligibility import ONE_DAY, Span, age_on, birthday, eligibility, unsuited
from erejestracja.domain.errors import NotEligible, Reason
from erejestracja.domain.ids import PatientId, ProgrammeId, VaccineCode
from erejestracja.domain.programme import Basis, Interval, Programme, Vaccine
from erejestracja.domain.referral import Referral, ReferralKind, ReferralStatus
from erejestracja.domain.session import ANY_DOSE, Visibility
from tests.support.builders import (
    AT_EIGHT,
    JANSSEN,
    MODERNA,
    NOW,
    PATIENT,
    PFIZER,
    a_dose,
    a_programme,
    a_referral,
    an_opening,
)

TODAY = date(2026, 12, 1)
BORN = a_referral().birth_date


def refusal(
    referral: Referral | None = None, programme: Programme | None = None, **changes: Any
) -> NotEligible | None:
    """Return why the person may not have a first Pfizer dose on 7 December, None if they may."""
    facts: dict[str, Any] = {
        "starts_at": AT_EIGHT,
        "dose": ANY_DOSE,
        "vaccine": PFIZER,
        "visibility": Visibility.EXTERNAL,
        "channel": Channel.WEB,
        "now": NOW,
    }
    try:
        eligibility(programme or a_programme(), referral or a_referral(), **(facts | changes))
    except NotEligible as no:
        return no
    return None


def at(day: date) -> datetime:
    return instant(day, AT_EIGHT.time())


def test_who_has_a_visit_is_asked_only_what_another_vaccine_asks() -> None:
    expired = a_referral(expires_on=date(2026, 11, 17))
    paused = a_programme(paused=frozenset(Channel), openings=())
    for vaccine, reason in ((MODERNA, None), (VaccineCode("another"), Reason.VACCINE_MISMATCH)):
        assert unsuited(paused, expired, vaccine, AT_EIGHT, NOW) == reason
    begun = a_referral(given=(a_dose(1, date(2026, 11, 17)),))
    assert unsuited(paused, begun, PFIZER, AT_EIGHT, NOW) is Reason.INTERVAL
    child = a_referral(birth_date=date(2011, 1, 1))
    assert unsuited(paused, child, JANSSEN, AT_EIGHT, NOW) is Reason.AGE


@pytest.mark.parametrize(
    ("born", "reason"),
    [
        (Span(), None),
        (Span(from_=BORN), None),
        (Span(to=BORN), None),
        (Span(from_=BORN + ONE_DAY), Reason.AGE),
        (Span(to=BORN - ONE_DAY), Reason.AGE),
    ],
)
def test_a_slot_for_people_of_some_birth_dates_is_refused_to_others_whatever_the_channel(
    born: Span, reason: Reason | None
) -> None:
    for channel in Channel:
        no = refusal(born=born, channel=channel)
        assert (no and no.reason) == reason
        assert no is None or (no.from_, no.to) == (None, None)


def test_a_person_with_a_referral_may_book_an_open_slot() -> None:
    assert refusal() is None
    assert refusal(dose=1) is None


@pytest.mark.parametrize("status", [ReferralStatus.USED, ReferralStatus.CANCELLED])
def test_a_used_or_cancelled_referral_is_none(status: ReferralStatus) -> None:
    assert refusal(a_referral(status=status)) == NotEligible(Reason.NO_REFERRAL)


def test_a_referral_to_another_programme_is_none() -> None:
    flu = a_referral(programme=ProgrammeId("flu-2026"))
    assert refusal(flu) == NotEligible(Reason.NO_REFERRAL)


def test_a_finished_series_needs_another_referral() -> None:
    both = (a_dose(1, date(2026, 9, 1)), a_dose(2, date(2026, 10, 15)))
    assert refusal(a_referral(given=both)) == NotEligible(Reason.NO_REFERRAL)
    one_dose_series = (a_dose(1, date(2026, 9, 1), JANSSEN),)
    assert refusal(a_referral(given=one_dose_series)) == NotEligible(Reason.NO_REFERRAL)


@pytest.mark.parametrize("kind", [ReferralKind.BOOSTER, ReferralKind.ADDITIONAL])
def test_a_booster_needs_a_finished_series(kind: ReferralKind) -> None:
    assert refusal(a_referral(kind=kind)) == NotEligible(Reason.NO_REFERRAL)
    half = a_referral(kind=kind, given=(a_dose(1, date(2026, 1, 1)),))
    assert refusal(half) == NotEligible(Reason.NO_REFERRAL)
    whole = a_referral(kind=kind, given=(a_dose(1, date(2026, 1, 1)), a_dose(2, date(2026, 2, 1))))
    assert refusal(whole) is None


def test_a_series_begun_with_a_vaccine_not_in_use_here_can_be_boosted() -> None:
    elsewhere = (a_dose(1, date(2026, 1, 1), VaccineCode("cov19.sputnik")),)
    assert refusal(a_referral(given=elsewhere)) == NotEligible(Reason.NO_REFERRAL)
    assert refusal(a_referral(kind=ReferralKind.BOOSTER, given=elsewhere)) is None


def test_a_referral_may_be_booked_on_its_last_day_to_midnight() -> None:
    last = a_referral(expires_on=TODAY)
    assert refusal(last, now=datetime(2026, 12, 1, 22, 59, tzinfo=UTC)) is None
    no = refusal(last, now=datetime(2026, 12, 1, 23, 0, tzinfo=UTC))
    assert no == NotEligible(Reason.REFERRAL_EXPIRED, to=TODAY)


def test_an_expired_referral_still_serves_to_move_a_visit_and_to_finish_a_series() -> None:
    expired = a_referral(expires_on=date(2026, 11, 30))
    assert refusal(expired) == NotEligible(Reason.REFERRAL_EXPIRED, to=date(2026, 11, 30))
    assert refusal(expired, moving=True) is None
    begun = replace(expired, status=ReferralStatus.IN_USE, given=(a_dose(),))
    assert refusal(begun) is None


def test_a_stopped_channel_stops_nobody_on_another() -> None:
    stopped = a_programme(paused=frozenset({Channel.SMS}))
    assert refusal(programme=stopped, channel=Channel.SMS) == NotEligible(Reason.PROGRAMME_PAUSED)
    assert refusal(programme=stopped, channel=Channel.WEB) is None


def test_a_cohort_opens_for_each_channel_at_its_own_time() -> None:
    midnight, six = datetime(2026, 12, 1, 23, tzinfo=UTC), datetime(2026, 12, 2, 5, tzinfo=UTC)
    programme = a_programme(
        openings=(an_opening(opens_at={Channel.WEB: midnight, Channel.AGENT: six}),)
    )
    not_yet = NotEligible(Reason.COHORT_NOT_OPEN, from_=date(2026, 12, 2))
    second = timedelta(seconds=1)
    assert refusal(programme=programme, now=midnight - second) == not_yet
    assert refusal(programme=programme, now=midnight) is None
    assert refusal(programme=programme, channel=Channel.AGENT, now=six - second) == not_yet
    assert refusal(programme=programme, channel=Channel.AGENT, now=six) is None


def test_a_channel_that_is_not_named_stays_closed_the_points_own_included() -> None:
    programme = a_programme(openings=(an_opening(opens_at={Channel.WEB: NOW}),))
    for channel in (Channel.POINT, Channel.SMS, Channel.AGENT):
        assert refusal(programme=programme, channel=channel) == NotEligible(Reason.COHORT_NOT_OPEN)


def test_loading_referrals_early_opens_nothing() -> None:
    """22 January 2021: people were bookable from the moment their numbers were loaded."""
    loaded = a_referral(bookable_from=datetime(2026, 12, 3, 5, tzinfo=UTC))
    assert refusal(loaded) == NotEligible(Reason.COHORT_NOT_OPEN, from_=date(2026, 12, 3))
    assert refusal(loaded, now=datetime(2026, 12, 3, 5, tzinfo=UTC)) is None


def test_nobody_gets_a_date_before_the_window_of_their_cohort() -> None:
    """1 April 2021: people of 40 to 59 got dates in April instead of late May."""
    window = {"slots_from": date(2026, 12, 14), "slots_to": date(2026, 12, 31)}
    programme = a_programme(openings=(an_opening(**window),))
    no = NotEligible(Reason.COHORT_NOT_OPEN, date(2026, 12, 14), date(2026, 12, 31))
    assert refusal(programme=programme) == no
    assert refusal(programme=programme, starts_at=at(date(2027, 1, 4))) == no
    for day in (date(2026, 12, 14), date(2026, 12, 31)):
        assert refusal(programme=programme, starts_at=at(day)) is None


def test_a_window_on_the_referral_holds_for_its_visit() -> None:
    bounded = a_referral(window=(date(2026, 12, 8), None))
    assert refusal(bounded) == NotEligible(Reason.COHORT_NOT_OPEN, from_=date(2026, 12, 8))
    assert refusal(bounded, starts_at=at(date(2026, 12, 8))) is None
    over = a_referral(window=(None, date(2026, 12, 6)))
    assert refusal(over) == NotEligible(Reason.COHORT_NOT_OPEN, to=date(2026, 12, 6))


def test_of_several_windows_the_next_one_is_named() -> None:
    windows = [
        ("2026-12-01", "2026-12-03"),
        ("2026-12-20", "2026-12-22"),
        ("2026-12-10", "2026-12-12"),
    ]
    openings = tuple(
        an_opening(id=str(nr), slots_from=date.fromisoformat(a), slots_to=date.fromisoformat(b))
        for nr, (a, b) in enumerate(windows)
    )
    no = refusal(programme=a_programme(openings=openings))
    assert no == NotEligible(Reason.COHORT_NOT_OPEN, date(2026, 12, 10), date(2026, 12, 12))


@pytest.mark.parametrize(
    ("changes", "is_in"),
    [
        ({"born_from": date(1959, 3, 4), "born_to": date(1959, 3, 4)}, True),
        ({"born_from": date(1959, 3, 5)}, False),
        ({"born_to": date(1959, 3, 3)}, False),
        ({"patients": frozenset({PATIENT})}, True),
        ({"patients": frozenset({PatientId("another")})}, False),
        ({"patients": frozenset({PATIENT}), "born_to": date(1950, 1, 1)}, False),
        ({"kinds": frozenset({ReferralKind.BOOSTER})}, False),
        ({"enabled": False}, False),
    ],
)
def test_a_cohort_is_who_its_rule_says(changes: dict[str, Any], is_in: bool) -> None:
    programme = a_programme(openings=(an_opening(**changes),))
    expected = None if is_in else NotEligible(Reason.COHORT_NOT_OPEN)
    assert refusal(programme=programme) == expected


def test_internal_slots_are_for_the_point_alone() -> None:
    for channel in (Channel.WEB, Channel.SMS, Channel.AGENT):
        no = refusal(visibility=Visibility.INTERNAL, channel=channel)
        assert no == NotEligible(Reason.SLOT_NOT_EXTERNAL)
    assert refusal(visibility=Visibility.INTERNAL, channel=Channel.POINT) is None


def test_a_series_is_finished_with_the_vaccine_it_was_begun_with() -> None:
    begun = a_referral(given=(a_dose(),))
    assert refusal(begun) is None
    assert refusal(begun, vaccine=MODERNA) == NotEligible(Reason.VACCINE_MISMATCH)


def test_a_booster_is_of_a_vaccine_that_boosts_whatever_the_series_was() -> None:
    done = a_referral(kind=ReferralKind.BOOSTER, given=(a_dose(1, date(2026, 1, 1), JANSSEN),))
    assert refusal(done, vaccine=MODERNA) is None
    assert refusal(done, vaccine=JANSSEN) == NotEligible(Reason.VACCINE_MISMATCH)


def test_a_vaccine_of_another_programme_is_refused() -> None:
    no = refusal(vaccine=VaccineCode("flu.vaxigrip"))
    assert no == NotEligible(Reason.VACCINE_MISMATCH)


def test_a_slot_for_another_dose_is_refused() -> None:
    assert refusal(dose=2) == NotEligible(Reason.VACCINE_MISMATCH)
    begun = a_referral(given=(a_dose(),))
    assert refusal(begun, dose=1) == NotEligible(Reason.VACCINE_MISMATCH)
    assert refusal(begun, dose=2) is None


def test_age_counts_on_the_day_of_the_visit() -> None:
    child = a_referral(birth_date=date(2014, 12, 8))
    assert refusal(child) == NotEligible(Reason.AGE, from_=date(2026, 12, 8))
    assert refusal(child, starts_at=at(date(2026, 12, 8))) is None


def test_an_upper_age_holds_to_the_day_before_the_next_birthday() -> None:
    young = Vaccine(PFIZER, "Comirnaty", "Pfizer/BioNTech", doses=2, min_age=5, max_age=11)
    programme = a_programme(vaccines=(young,))
    child = a_referral(birth_date=date(2014, 12, 7))
    no = refusal(child, programme)
    assert no == NotEligible(Reason.AGE, date(2019, 12, 7), date(2026, 12, 6))
    assert refusal(child, programme, starts_at=at(date(2026, 12, 6))) is None


@pytest.mark.parametrize(
    ("age", "day"), [(17, date(2029, 2, 28)), (16, date(2028, 2, 29)), (0, date(2012, 2, 29))]
)
def test_born_on_29_february_an_age_is_reached_on_the_28th_of_other_years(
    age: int, day: date
) -> None:
    assert birthday(date(2012, 2, 29), age) == day


@given(st.dates(date(1900, 1, 1), date(2026, 12, 1)), st.integers(0, 44_000))
def test_an_age_is_had_from_its_birthday_to_the_day_before_the_next(born: date, days: int) -> None:
    day = born + timedelta(days=days)
    age = age_on(born, day)
    assert birthday(born, age) <= day < birthday(born, age + 1)


def test_days_must_pass_between_doses() -> None:
    begun = a_referral(given=(a_dose(1, date(2026, 11, 17)),))
    assert refusal(begun) == NotEligible(Reason.INTERVAL, from_=date(2026, 12, 8))
    assert refusal(begun, starts_at=at(date(2026, 12, 8))) is None


def test_a_late_second_dose_is_still_given() -> None:
    assert refusal(a_referral(given=(a_dose(1, date(2026, 5, 1)),))) is None


def test_without_a_rule_in_force_nobody_knows_and_nobody_books() -> None:
    begun = a_referral(given=(a_dose(),))
    assert refusal(begun, a_programme(intervals=())) == NotEligible(Reason.INTERVAL)


def interval(min_days: int, **changes: Any) -> Interval:
    since = changes.pop("valid_from", date(2021, 1, 1))
    return Interval(ReferralKind.PRIMARY, min_days, since, **changes)


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ((interval(21), interval(35, valid_from=date(2026, 11, 1))), 35),
        ((interval(21), interval(35, valid_from=date(2026, 12, 2))), 21),
        ((interval(21), interval(35, valid_to=date(2026, 11, 30))), 21),
        ((interval(21, valid_from=date(2026, 1, 1)), interval(35, after=PFIZER)), 35),
        ((interval(21, after=PFIZER), interval(35, after=PFIZER, dose=2)), 35),
        ((interval(21, after=PFIZER), interval(35, dose=2)), 21),
        ((interval(21), interval(35, after=MODERNA)), 21),
        ((interval(21), interval(35, dose=3)), 21),
        ((interval(21), Interval(ReferralKind.BOOSTER, 35, date(2026, 1, 1))), 21),
    ],
)
def test_of_the_rules_in_force_the_narrowest_then_the_newest_counts(
    rules: tuple[Interval, ...], days: int
) -> None:
    given_on = date(2026, 11, 25)
    no = refusal(a_referral(given=(a_dose(1, given_on),)), a_programme(intervals=rules))
    assert no == NotEligible(Reason.INTERVAL, from_=given_on + timedelta(days=days))


def test_a_rule_may_go_by_the_day_the_first_dose_was_given() -> None:
    """17 May 2021: the shorter interval was for those vaccinated from that day."""
    change = date(2026, 11, 23)
    rules = (
        interval(42, valid_to=change - timedelta(days=1), basis=Basis.PREVIOUS_DOSE),
        interval(35, valid_from=change, basis=Basis.PREVIOUS_DOSE),
    )
    programme = a_programme(intervals=rules)
    before = refusal(a_referral(given=(a_dose(1, date(2026, 11, 22)),)), programme)
    after = refusal(a_referral(given=(a_dose(1, date(2026, 11, 23)),)), programme)
    assert before == NotEligible(Reason.INTERVAL, from_=date(2027, 1, 3))
    assert after == NotEligible(Reason.INTERVAL, from_=date(2026, 12, 28))


def everything_wrong() -> tuple[Referral, Programme, dict[str, Any]]:
    """Return a case in which each reason stands; taking them away one by one shows their order."""
    referral = a_referral(
        status=ReferralStatus.CANCELLED,
        expires_on=date(2026, 11, 30),
        bookable_from=datetime(2026, 12, 24, tzinfo=UTC),
        window=(date(2027, 2, 1), None),
        birth_date=date(2014, 12, 20),
        given=(a_dose(1, date(2026, 11, 30)),),
    )
    programme = a_programme(paused=frozenset({Channel.WEB}))
    slot = {"visibility": Visibility.INTERNAL, "vaccine": MODERNA, "dose": 1}
    return referral, programme, slot


def test_reasons_are_given_in_the_order_in_which_they_can_be_mended() -> None:
    referral, programme, slot = everything_wrong()
    seen = []
    for mend_referral, mend_programme, mend_slot in (
        ({"status": ReferralStatus.ISSUED}, {}, {}),
        ({"expires_on": date(2027, 2, 28)}, {}, {}),
        ({}, {"paused": frozenset()}, {}),
        ({"bookable_from": NOW}, {}, {}),
        ({}, {}, {"visibility": Visibility.EXTERNAL}),
        ({}, {}, {"vaccine": PFIZER, "dose": 2}),
        ({"birth_date": date(2014, 12, 7)}, {}, {}),
        ({"given": (a_dose(1, date(2026, 11, 1)),)}, {}, {}),
        ({"window": (None, None)}, {}, {}),
    ):
        no = refusal(referral, programme, **slot)
        assert no is not None
        seen.append(no.reason)
        referral = replace(referral, **mend_referral)
        programme = replace(programme, **mend_programme)  # type: ignore[arg-type]
        slot = slot | mend_slot
    assert seen == [
        Reason.NO_REFERRAL,
        Reason.REFERRAL_EXPIRED,
        Reason.PROGRAMME_PAUSED,
        Reason.COHORT_NOT_OPEN,
        Reason.SLOT_NOT_EXTERNAL,
        Reason.VACCINE_MISMATCH,
        Reason.AGE,
        Reason.INTERVAL,
        Reason.COHORT_NOT_OPEN,
    ]
    assert refusal(referral, programme, **slot) is None

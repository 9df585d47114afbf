from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.actor import Channel
from erejestracja.domain.eligibility import Offer, Span, eligibility, offers
from erejestracja.domain.errors import NotEligible, Reason
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import Referral, ReferralKind, ReferralStatus
from erejestracja.domain.session import ANY_DOSE, Visibility
from tests.support.builders import (
    JANSSEN,
    MODERNA,
    NOW,
    PFIZER,
    a_dose,
    a_programme,
    a_referral,
    an_opening,
)
from tests.support.strategies import (
    VACCINES,
    booking_days,
    channels,
    mostly,
    nows,
    programmes,
    referrals,
)

TODAY = date(2026, 12, 1)


def offered(referral: Referral, programme: Programme | None = None) -> tuple[Offer, ...]:
    return offers(programme or a_programme(), referral, channel=Channel.WEB, now=NOW)


def test_who_may_have_any_vaccine_is_offered_all_from_today() -> None:
    assert offered(a_referral()) == (Offer(1, (PFIZER, MODERNA, JANSSEN), TODAY, None),)


def test_a_second_dose_is_offered_when_it_is_due_with_the_day_it_should_be_given_by() -> None:
    begun = a_referral(given=(a_dose(1, date(2026, 11, 17)),))
    assert offered(begun) == (
        Offer(2, (PFIZER,), date(2026, 12, 8), None, advised_to=date(2026, 12, 29)),
    )


def test_the_young_are_told_what_they_may_have_and_when_they_may_have_the_rest() -> None:
    young = a_referral(birth_date=date(2010, 1, 15))
    assert offered(young) == (
        Offer(1, (PFIZER, MODERNA), TODAY, None),
        Offer(1, (JANSSEN,), date(2028, 1, 15), None),
    )


def test_windows_that_touch_are_one_and_windows_apart_are_two() -> None:
    windows = [(7, 9), (8, 12), (13, 14), (20, 22)]
    openings = tuple(
        an_opening(id=str(first), slots_from=date(2026, 12, first), slots_to=date(2026, 12, last))
        for first, last in windows
    )
    programme = a_programme(openings=openings)
    assert offered(a_referral(), programme) == (
        Offer(1, (PFIZER, MODERNA, JANSSEN), date(2026, 12, 7), date(2026, 12, 14)),
        Offer(1, (PFIZER, MODERNA, JANSSEN), date(2026, 12, 20), date(2026, 12, 22)),
    )


def test_who_may_not_book_is_told_why_and_from_when() -> None:
    later = a_referral(bookable_from=datetime(2026, 12, 24, 5, tzinfo=UTC))
    assert offered(later) == (
        Offer(1, (PFIZER, MODERNA, JANSSEN), date(2026, 12, 24), None, Reason.COHORT_NOT_OPEN),
    )
    used = a_referral(status=ReferralStatus.USED)
    assert [offer.reason for offer in offered(used)] == [Reason.NO_REFERRAL]


def test_a_window_that_is_over_is_told_by_its_last_day() -> None:
    over = a_programme(openings=(an_opening(slots_to=date(2026, 11, 30)),))
    (offer,) = offered(a_referral(), over)
    assert (offer.reason, offer.from_, offer.to) == (
        Reason.COHORT_NOT_OPEN,
        None,
        date(2026, 11, 30),
    )


def test_a_booster_without_a_vaccine_that_boosts_is_offered_nothing() -> None:
    programme = a_programme(vaccines=tuple(v for v in a_programme().vaccines if not v.boosts))
    done = a_referral(kind=ReferralKind.BOOSTER, given=(a_dose(1, date(2026, 1, 1), JANSSEN),))
    assert offered(done, programme) == (Offer(2, (), None, None, Reason.VACCINE_MISMATCH),)


def test_what_can_be_had_comes_before_what_cannot() -> None:
    bounded = a_referral(birth_date=date(2010, 1, 15), window=(None, date(2027, 6, 30)))
    first, second = offered(bounded)
    assert (first.vaccines, first.reason) == ((PFIZER, MODERNA), None)
    assert (second.vaccines, second.reason) == ((JANSSEN,), Reason.COHORT_NOT_OPEN)


def slots() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "day": booking_days,
            "dose": mostly(ANY_DOSE, st.integers(1, 4)),
            "visibility": mostly(Visibility.EXTERNAL, st.just(Visibility.INTERNAL)),
        }
    )


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(programmes(), referrals(), channels, nows, slots())
def test_a_slot_may_be_booked_exactly_if_it_lies_within_an_offer(
    programme: Programme, referral: Referral, channel: Channel, now: datetime, slot: dict[str, Any]
) -> None:
    found = offers(programme, referral, channel=channel, now=now)
    day = max(slot.pop("day"), calendar.local_day(now))
    assert found
    for vaccine in VACCINES:
        shown = slot["visibility"] is Visibility.EXTERNAL or channel is Channel.POINT
        promised = shown and any(
            offer.reason is None
            and vaccine in offer.vaccines
            and slot["dose"] in (ANY_DOSE, offer.dose)
            and Span.between(offer.from_, offer.to).has(day)
            for offer in found
        )
        slot |= {"starts_at": calendar.start_of_day(day) + timedelta(hours=10), "vaccine": vaccine}
        refused = None
        try:
            eligibility(programme, referral, channel=channel, now=now, **slot)
        except NotEligible as no:
            refused = no.reason
        event(f"refused: {refused}")
        assert promised == (refused is None)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(programmes(), referrals(), channels, nows)
def test_offers_have_dates_that_can_be_kept_and_do_not_overlap(
    programme: Programme, referral: Referral, channel: Channel, now: datetime
) -> None:
    found = offers(programme, referral, channel=channel, now=now)
    today = calendar.local_day(now)
    bookable = [offer for offer in found if offer.reason is None]
    for offer in bookable:
        assert offer.vaccines
        assert offer.from_ is not None
        assert today <= offer.from_ <= (offer.to or date.max)
    for vaccine in VACCINES:
        spans = [Span.between(o.from_, o.to) for o in bookable if vaccine in o.vaccines]
        assert not any(
            one.within(other) for nr, one in enumerate(spans) for other in spans[nr + 1 :]
        )

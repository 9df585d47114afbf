from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain import override as rules
from erejestracja.domain.actor import Channel
from erejestracja.domain.eligibility import eligibility, offers
from erejestracja.domain.errors import NotEligible, Reason
from erejestracja.domain.override import (
    DECIDED_WITHIN,
    GROUNDS,
    USED_WITHIN,
    Ground,
    Status,
    askable,
)
from erejestracja.domain.programme import Interval, Programme
from erejestracja.domain.referral import Referral, ReferralKind
from erejestracja.domain.session import Visibility
from tests.support.builders import (
    AT_EIGHT,
    JANSSEN,
    NOW,
    PFIZER,
    a_dose,
    a_programme,
    a_referral,
    an_opening,
)
from tests.support.override_case import NEXT_MONTH, an_early_referral, an_override

SINCE = date(2021, 1, 1)
GIVEN_ON = date(2026, 11, 20)
INTERVALS = (
    Interval(ReferralKind.PRIMARY, 35, SINCE, licensed_days=21, after=PFIZER),
    Interval(ReferralKind.PRIMARY, 35, SINCE),
)


def found(programme: Programme, referral: Referral) -> dict[Reason, date | None]:
    return {one.rule: one.otherwise_from for one in askable(programme, referral, NOW)}


def test_a_group_whose_turn_has_not_come_may_be_asked_for() -> None:
    assert found(a_programme(), an_early_referral()) == {
        Reason.COHORT_NOT_OPEN: NEXT_MONTH.date(),
    }


def test_an_expired_referral_may_be_asked_for() -> None:
    expired = a_referral(expires_on=date(2026, 11, 30))
    assert set(found(a_programme(), expired)) == {Reason.REFERRAL_EXPIRED}


def test_an_interval_may_be_asked_for_down_to_what_is_licensed() -> None:
    begun = a_referral(given=(a_dose(on=GIVEN_ON),))
    programme = a_programme(intervals=INTERVALS)
    assert found(programme, begun) == {Reason.INTERVAL: date(2026, 12, 25)}
    first = offers(programme, begun, channel=Channel.AGENT, now=NOW, waived=Reason.INTERVAL)[
        0
    ].from_
    assert first == GIVEN_ON + timedelta(days=21)


def test_an_interval_that_no_licence_shortens_may_not() -> None:
    begun = a_referral(given=(a_dose(on=GIVEN_ON),))
    assert not found(a_programme(), begun)


def test_who_may_book_anything_has_nothing_to_ask_for() -> None:
    assert not found(a_programme(), a_referral())


@pytest.mark.parametrize(
    ("programme", "referral"),
    [
        (a_programme(paused=frozenset({Channel.AGENT})), an_early_referral()),
        (a_programme(vaccines=()), an_early_referral()),
        (a_programme(), a_referral(kind=ReferralKind.BOOSTER)),
        # Two rules at once are not set aside by one.
        (a_programme(), an_early_referral(expires_on=date(2026, 11, 30))),
    ],
)
def test_what_nobody_may_set_aside_is_not_asked_for(
    programme: Programme, referral: Referral
) -> None:
    assert not found(programme, referral)


def judged(
    referral: Referral, waived: Reason | None, at: datetime = AT_EIGHT, **facts: Any
) -> None:
    given: dict[str, Any] = {"dose": 0, "vaccine": PFIZER, "visibility": Visibility.EXTERNAL}
    eligibility(
        a_programme(intervals=INTERVALS, openings=(an_opening(slots_from=NEXT_MONTH.date()),)),
        referral,
        starts_at=at,
        channel=Channel.AGENT,
        now=NOW,
        waived=waived,
        **(given | facts),
    )


def test_a_cohort_set_aside_is_no_reason_neither_to_book_nor_for_the_day() -> None:
    window = (NEXT_MONTH.date(), None)
    referral = an_early_referral(window=window)
    with pytest.raises(NotEligible):
        judged(referral, None)
    judged(referral, Reason.COHORT_NOT_OPEN)


@pytest.mark.parametrize(
    ("referral", "facts"),
    [
        (an_early_referral(), {"visibility": Visibility.INTERNAL}),
        (an_early_referral(birth_date=date(2020, 1, 1)), {}),
        (an_early_referral(given=(a_dose(on=GIVEN_ON),)), {}),
        (an_early_referral(given=(a_dose(on=GIVEN_ON),)), {"vaccine": JANSSEN}),
    ],
)
def test_every_other_rule_stands(referral: Referral, facts: dict[str, Any]) -> None:
    with pytest.raises(NotEligible) as no:
        judged(referral, Reason.COHORT_NOT_OPEN, **facts)
    assert no.value.reason is not Reason.COHORT_NOT_OPEN


@given(days=st.integers(0, 60))
def test_nobody_comes_sooner_than_licensed_whoever_consents(days: int) -> None:
    begun = a_referral(given=(a_dose(on=GIVEN_ON),))
    at = AT_EIGHT.replace(year=2026, month=11, day=20) + timedelta(days=days)
    programme = a_programme(intervals=INTERVALS)
    allowed = True
    try:
        eligibility(
            programme,
            begun,
            starts_at=at,
            dose=2,
            vaccine=PFIZER,
            visibility=Visibility.EXTERNAL,
            channel=Channel.AGENT,
            now=NOW,
            waived=Reason.INTERVAL,
        )
    except NotEligible:
        allowed = False
    assert allowed is (days >= 21)


def test_only_what_is_argued_for_can_be_set_aside() -> None:
    never = {
        Reason.AGE,
        Reason.NO_REFERRAL,
        Reason.VACCINE_MISMATCH,
        Reason.SLOT_NOT_EXTERNAL,
        Reason.PROGRAMME_PAUSED,
    }
    assert set(GROUNDS) == set(Reason) - never
    assert GROUNDS[Reason.INTERVAL] == (Ground.PHYSICIAN,)


def test_time_ends_what_is_open() -> None:
    asked = an_override()
    just_before = asked.ends_at - timedelta(seconds=1)
    assert asked.is_open(just_before)
    assert asked.state(asked.ends_at) is Status.LAPSED
    agreed = asked.decided(consents=True, by="adam", now=just_before)
    assert agreed.ends_at == just_before + USED_WITHIN
    assert agreed.state(agreed.ends_at) is Status.LAPSED
    refused = asked.decided(consents=False, by="adam", now=just_before)
    assert refused.state(just_before + DECIDED_WITHIN) is Status.REFUSED


def test_a_step_is_told_without_who_took_it() -> None:
    step = rules.step_of(an_override(), NOW)
    [event] = step.events
    assert event.type == step.action == "override.asked"
    assert "agent" not in event.data.values()

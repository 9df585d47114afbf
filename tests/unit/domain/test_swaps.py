"""On which days visits may be that take the place of a dose nobody came for."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.swaps import (
    ABOUT,
    EARLIER,
    MOST_LINKS,
    SOON,
    days_for_deferred,
    days_for_missed,
)
from tests.support.builders import PFIZER, a_programme, a_referral

TODAY = date(2026, 12, 7)
LONGEST = EARLIER.days * MOST_LINKS


@given(st.integers(1, LONGEST + 30))
def test_a_chain_reaches_the_day_in_steps_of_four_weeks_or_there_is_none(days: int) -> None:
    until = TODAY + timedelta(days=days)
    links = days_for_deferred(until, TODAY)
    assert bool(links) == (days <= LONGEST)
    assert len(links) == (-(-days // EARLIER.days) if links else 0)
    for first, last in links:
        assert TODAY < first <= last
    for (_, last), (first, _) in pairwise(links):
        assert first - last <= EARLIER
    if links:
        assert links[-1][0] == until
        assert links[-1][1] <= until + ABOUT
        assert links[0][0] - TODAY <= EARLIER


def test_days_good_for_the_next_dose_come_before_those_that_are_not() -> None:
    good, others = days_for_missed(a_programme(), a_referral(), PFIZER, TODAY)
    assert good == (TODAY + timedelta(days=21), TODAY + SOON)
    assert others == (TODAY + timedelta(days=1), TODAY + timedelta(days=20))


def test_without_a_rule_only_the_last_day_is_looked_at_first() -> None:
    bare = a_programme(intervals=())
    spans = days_for_missed(bare, a_referral(), PFIZER, TODAY)
    assert {day for span in spans for day in span} <= {
        TODAY + timedelta(days=n) for n in range(1, SOON.days + 1)
    }

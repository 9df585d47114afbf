"""What a schedule is warned of: too much for a week, part of a vial."""

from collections.abc import Mapping
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.advice import Advice, AdviceCode, Measure, advice_on
from erejestracja.domain.calendar import monday_of
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.series import Series, SeriesId
from tests.support.builders import DAY, MODERNA, PFIZER, a_series

# One place each quarter of an hour of 8 to 16, Monday to Friday: 32 a day, 160 a week.
ONE = SeriesId("series-1")
OTHER = SeriesId("series-2")
MONDAY = monday_of(DAY)
SUNDAY = MONDAY + timedelta(days=6)
NO_VIALS: Mapping[VaccineCode, int] = {}


def told(
    *series: Series,
    limit: int | None = None,
    vials: Mapping[VaccineCode, int] = NO_VIALS,
    first: date = DAY,
    last: date = SUNDAY,
) -> list[Advice]:
    return advice_on(series, {ONE}, Measure(limit, vials), first, last)


def test_a_week_that_has_as_many_places_as_the_limit_is_not_warned_of() -> None:
    assert told(a_series(valid_from=MONDAY), limit=160) == []


def test_a_week_over_the_limit_is_named_with_its_places() -> None:
    [advice] = told(a_series(valid_from=MONDAY), limit=159)
    assert (advice.code, advice.of) == (AdviceCode.OVER_WEEKLY_LIMIT, 159)
    assert advice.found == ((MONDAY, 160),)


def test_all_series_of_the_point_count_together() -> None:
    both = a_series(valid_from=MONDAY), a_series(id=OTHER, vaccine=MODERNA, valid_from=MONDAY)
    [advice] = told(*both, limit=200)
    assert advice.found == ((MONDAY, 320),)


def test_weeks_on_which_the_edited_series_is_shut_are_not_told() -> None:
    later = a_series(valid_from=MONDAY + timedelta(days=7))
    others = a_series(id=OTHER, valid_from=MONDAY, valid_to=SUNDAY)
    found = told(later, others, limit=30, last=SUNDAY + timedelta(days=7))
    assert [day for day, _ in found[0].found] == [MONDAY + timedelta(days=7)]


def test_the_last_week_counts_whole_though_the_reach_ends_within() -> None:
    [advice] = told(a_series(valid_from=MONDAY), limit=30, last=DAY)
    assert advice.found == ((MONDAY, 160),)


def test_without_a_limit_no_week_is_too_full() -> None:
    assert told(a_series(places=50)) == []


def test_days_whose_places_leave_part_of_a_vial_are_named() -> None:
    [advice] = told(a_series(), vials={PFIZER: 6}, first=DAY, last=DAY)
    assert (advice.code, advice.of, advice.vaccine) == (AdviceCode.PART_OF_A_VIAL, 6, PFIZER)
    assert advice.found == ((DAY, 32),)


def test_places_of_another_series_make_a_day_whole() -> None:
    rest = a_series(id=OTHER, opens=a_series().opens, closes=a_series().opens.replace(hour=12))
    assert told(a_series(), rest, vials={PFIZER: 6}, last=DAY) == []


def test_another_vaccines_places_do_not() -> None:
    both = a_series(), a_series(id=OTHER, vaccine=MODERNA)
    [advice] = told(*both, vials={PFIZER: 6, MODERNA: 10}, last=DAY)
    assert advice.vaccine == PFIZER


@given(st.integers(0, 400), st.integers(1, 12), st.integers(1, 3))
def test_a_warning_is_true_and_none_is_forgotten(limit: int, vial: int, places: int) -> None:
    one = a_series(places=places, valid_from=MONDAY)
    found = {a.code: a for a in told(one, limit=limit, vials={PFIZER: vial}, first=MONDAY)}
    assert (AdviceCode.OVER_WEEKLY_LIMIT in found) == (160 * places > limit)
    assert (AdviceCode.PART_OF_A_VIAL in found) == (32 * places % vial != 0)


def test_a_place_for_one_of_several_vaccines_counts_once_in_a_week() -> None:
    both = a_series(valid_from=MONDAY, also=(MODERNA,))
    [advice] = told(both, limit=159, vials={PFIZER: 6, MODERNA: 10})
    assert (advice.code, advice.found) == (AdviceCode.OVER_WEEKLY_LIMIT, ((MONDAY, 160),))


def test_places_for_either_of_two_vaccines_may_be_filled_from_vials_of_both() -> None:
    both = a_series(also=(MODERNA,))
    assert told(both, vials={PFIZER: 6, MODERNA: 10}, last=DAY) == []
    [advice] = told(both, vials={PFIZER: 6, MODERNA: 9}, last=DAY)
    assert (advice.of, advice.vaccine, advice.found) == (6, PFIZER, ((DAY, 32),))
    assert told(both, vials={PFIZER: 6}, last=DAY) == []


def test_places_for_either_fill_up_a_vial_that_one_vaccine_alone_leaves() -> None:
    only = a_series(id=OTHER, vaccine=MODERNA)
    assert told(a_series(also=(MODERNA,)), only, vials={PFIZER: 6, MODERNA: 10}, last=DAY) == []
    [advice] = told(a_series(also=(MODERNA,)), only, vials={PFIZER: 8, MODERNA: 60}, last=DAY)
    assert advice.found == ((DAY, 64),)


@given(st.integers(1, 4), st.integers(0, 4), st.integers(1, 12), st.integers(1, 12))
def test_two_vaccines_leave_part_of_a_vial_where_no_share_of_places_fills_all(
    either: int, alone: int, vial: int, other: int
) -> None:
    series = [a_series(places=either, also=(MODERNA,))]
    series += [a_series(id=OTHER, vaccine=MODERNA, places=alone)] if alone else []
    found = told(*series, vials={PFIZER: vial, MODERNA: other}, last=DAY)
    flexible, fixed = 32 * either, 32 * alone
    fills = any(n % vial == 0 and (fixed + flexible - n) % other == 0 for n in range(flexible + 1))
    assert bool(found) == (not fills)

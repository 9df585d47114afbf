"""Forecasts: what is due in which week, and what of it will be missing."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.actor import Channel
from erejestracja.domain.calendar import A_WEEK, monday_of
from erejestracja.domain.forecast import (
    Booked,
    Due,
    Outlook,
    due_of,
    forecast,
    week_name,
)
from erejestracja.domain.ids import PatientId, VaccineCode
from erejestracja.domain.programme import Interval
from erejestracja.domain.referral import ReferralKind, ReferralStatus
from erejestracja.domain.supply import Delivery, DeliveryId, DeliveryStatus, Supply
from tests.support.builders import (
    DAY,
    MODERNA,
    NOW,
    PFIZER,
    POINT,
    a_dose,
    a_programme,
    a_referral,
)
from tests.support.clinic_case import a_lot
from tests.support.courses_contract import a_course, a_given

PATIENT = PatientId("patienta")
COURSE = a_course(a_given(PATIENT))
FRIDAY = DAY + timedelta(days=4)
CANCELLED = ReferralStatus.CANCELLED


def begun(**changes: Any) -> Any:
    """Return the referral of who had the first dose on 2 November."""
    facts = {"given": (a_dose(),), "status": ReferralStatus.IN_USE}
    return a_referral(**(facts | changes))


def due(*referrals: Any, **changes: Any) -> Due | None:
    return due_of(a_programme(**changes), referrals, COURSE, NOW)


def delivery(doses: int, on: date, status: DeliveryStatus = DeliveryStatus.CONFIRMED) -> Delivery:
    return Delivery(DeliveryId(f"{on}-{doses}"), PFIZER, doses, on, status)


def weeks_of(found: list[Outlook], what: str) -> list[int]:
    [one] = found
    return [getattr(week, what) for week in one.weeks]


class TestDue:
    def test_the_next_dose_is_due_at_the_soonest_day_and_advised_to_the_last(self) -> None:
        recent = begun(given=(a_dose(on=date(2026, 11, 30)),))
        assert due(recent) == Due(PFIZER, date(2026, 12, 21), date(2027, 1, 11))

    def test_an_interval_that_is_over_is_due_today(self) -> None:
        assert due(begun()) == Due(PFIZER, date(2026, 12, 1), date(2026, 12, 14))

    def test_the_interval_is_the_one_in_force(self) -> None:
        since = date(2021, 1, 1)
        rules = (
            Interval(ReferralKind.PRIMARY, 21, since, valid_to=date(2026, 11, 30)),
            Interval(ReferralKind.PRIMARY, 35, date(2026, 12, 1)),
        )
        assert due(begun(), intervals=rules) == Due(PFIZER, date(2026, 12, 7), None)

    def test_who_was_deferred_is_due_when_they_may_come_again(self) -> None:
        later = date(2027, 1, 5)
        assert due(begun(window=(later, None))) == Due(PFIZER, later, date(2026, 12, 14))

    def test_a_channel_that_is_stopped_for_now_changes_nothing(self) -> None:
        assert due(begun(), paused=frozenset(Channel)) == due(begun())

    @pytest.mark.parametrize(
        "changes",
        [
            {"status": CANCELLED},
            {"given": (a_dose(), a_dose(2))},
            {"given": ()},
            {"kind": ReferralKind.BOOSTER},
            {"window": (None, date(2026, 11, 20))},
        ],
    )
    def test_who_had_it_elsewhere_or_may_not_have_it_is_not_waited_for(self, changes: Any) -> None:
        assert due(begun(**changes)) is None

    def test_who_has_no_referral_is_not_waited_for(self) -> None:
        assert due() is None


class TestWeeks:
    def test_doses_are_counted_in_the_week_of_their_day(self) -> None:
        wanted = [Due(PFIZER, DAY, FRIDAY + A_WEEK), Due(PFIZER, DAY + A_WEEK, None)]
        visits = [Booked(FRIDAY, PFIZER, 1), Booked(DAY, PFIZER, 2), Booked(DAY, PFIZER, 2)]
        found = forecast(Supply(POINT), wanted, visits, DAY, 2)
        assert weeks_of(found, "due") == [1, 1]
        assert weeks_of(found, "latest") == [0, 1]
        assert weeks_of(found, "booked_next") == [2, 0]
        assert weeks_of(found, "booked_first") == [1, 0]
        assert weeks_of(found, "needed") == weeks_of(found, "missing") == [4, 1]
        assert found[0].weeks[0].ends == DAY + timedelta(days=6)

    def test_whoever_is_overdue_is_due_this_week_at_the_latest(self) -> None:
        long_ago = DAY - timedelta(days=60)
        found = forecast(Supply(POINT), [Due(PFIZER, long_ago, long_ago)], [], FRIDAY, 2)
        assert (weeks_of(found, "due"), weeks_of(found, "latest")) == ([1, 0], [1, 0])

    def test_doses_in_stock_go_to_who_comes_first(self) -> None:
        stock = Supply(POINT, lots=(a_lot(balance=3),))
        wanted = [Due(PFIZER, DAY, None)] * 2 + [Due(PFIZER, DAY + A_WEEK, None)] * 2
        found = forecast(stock, wanted, [], DAY, 3)
        assert (found[0].stock, weeks_of(found, "missing")) == (3, [0, 1, 0])

    def test_who_has_no_visit_waits_for_what_comes_in_their_week(self) -> None:
        coming = Supply(POINT, deliveries=(delivery(1, FRIDAY),))
        found = forecast(coming, [Due(PFIZER, DAY, None)], [], DAY, 1)
        assert (weeks_of(found, "missing"), weeks_of(found, "coming")) == ([0], [1])
        booked = forecast(coming, [], [Booked(DAY, PFIZER, 2)], DAY, 1)
        assert weeks_of(booked, "missing") == [1]

    def test_what_expires_or_is_only_announced_is_not_counted_on(self) -> None:
        gone = a_lot(balance=5, expires_on=DAY - timedelta(days=1))
        announced = delivery(5, FRIDAY, DeliveryStatus.ANNOUNCED)
        supply = Supply(POINT, lots=(gone,), deliveries=(announced,))
        found = forecast(supply, [Due(PFIZER, DAY, None)], [], DAY, 1)
        assert (found[0].stock, weeks_of(found, "coming")) == (0, [0])
        assert weeks_of(found, "missing") == [1]

    def test_vaccines_are_apart_and_those_with_nothing_to_say_are_left_out(self) -> None:
        stock = Supply(POINT, lots=(a_lot(),))
        late = Due(VaccineCode("another"), DAY + 3 * A_WEEK, None)
        found = forecast(stock, [Due(MODERNA, DAY, None), late], [], DAY, 2)
        assert [one.vaccine for one in found] == [MODERNA, PFIZER]
        assert [one.weeks[0].missing for one in found] == [1, 0]

    def test_a_week_has_the_name_of_the_standard(self) -> None:
        assert [week_name(day) for day in (DAY, date(2027, 1, 1))] == ["2026-W50", "2026-W53"]

    @given(
        due_in=st.lists(st.integers(-30, 60), max_size=20),
        booked_in=st.lists(st.integers(0, 60), max_size=20),
        stock=st.integers(0, 30),
        deliveries=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), max_size=5),
    )
    def test_nothing_is_lost_and_missing_is_what_no_dose_is_there_for(
        self,
        due_in: list[int],
        booked_in: list[int],
        stock: int,
        deliveries: list[tuple[int, int]],
    ) -> None:
        coming = [delivery(doses, DAY + timedelta(days=in_)) for doses, in_ in deliveries]
        supply = Supply(POINT, lots=(a_lot(balance=stock),), deliveries=tuple(coming))
        wanted = [Due(PFIZER, DAY + timedelta(days=in_), None) for in_ in due_in]
        visits = [Booked(DAY + timedelta(days=in_), PFIZER, 2) for in_ in booked_in]
        weeks = [week for one in forecast(supply, wanted, visits, DAY, 10) for week in one.weeks]
        needed = sum(week.needed for week in weeks)
        missing = sum(week.missing for week in weeks)
        there = stock + sum(week.coming for week in weeks)
        assert needed == len(due_in) + len(booked_in)
        assert max(0, needed - there) <= missing <= needed
        assert all(week.missing <= week.needed for week in weeks)
        assert all(monday_of(week.starts) == week.starts for week in weeks)

"""Whose turn it is: the stated rule, and only who may have a dose at this moment."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.actor import Channel
from erejestracja.domain.eligibility import eligibility
from erejestracja.domain.errors import Reason
from erejestracja.domain.ids import PatientId, ProgrammeId
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import Referral, ReferralKind, ReferralStatus
from erejestracja.domain.session import Visibility
from erejestracja.domain.turn import Group, Turn, group_of, turn_of
from tests.support.builders import (
    JANSSEN,
    MODERNA,
    NOW,
    PFIZER,
    a_dose,
    a_programme,
    a_referral,
)
from tests.support.clinic_case import JAN
from tests.support.standby_contract import a_standby
from tests.support.strategies import programmes, referrals

TODAY = date(2026, 12, 1)


def born(years: int, days: int = 0) -> date:
    return TODAY.replace(year=TODAY.year - years) + timedelta(days=days)


def a_turn(*known: Referral, programme: Programme | None = None, **changes: Any) -> Turn:
    return turn_of(programme or a_programme(), a_standby(**changes), known, now=NOW)


@pytest.mark.parametrize(
    ("birth", "group"),
    [
        (born(80), Group.FROM_80),
        (born(80, 1), Group.FROM_70),
        (born(70), Group.FROM_70),
        (born(60), Group.FROM_60),
        (born(60, 1), Group.OTHERS),
    ],
)
def test_a_group_begins_on_the_birthday(birth: date, group: Group) -> None:
    assert group_of(a_referral(birth_date=birth), TODAY) is group


def test_an_additional_dose_comes_first_at_any_age() -> None:
    young = a_referral(birth_date=born(20), kind=ReferralKind.ADDITIONAL)
    assert group_of(young, TODAY) is Group.ADDITIONAL


def test_who_may_be_called_comes_before_who_may_not_then_group_then_waiting() -> None:
    def turn(name: str, years: int, hours: int, **changes: Any) -> Turn:
        since = NOW - timedelta(hours=hours)
        known = a_referral(birth_date=born(years))
        return a_turn(known, patient=PatientId(name), since=since, **changes)

    resting = {"rests_until": NOW + timedelta(minutes=1)}
    order = [
        turn("oldest", 85, 1),
        turn("old-long", 65, 9),
        turn("old", 65, 2),
        turn("young-longest", 30, 99),
        turn("oldest-resting", 90, 50, **resting),
        turn("too-young", 10, 500),
    ]
    backwards = [*reversed(order)]
    assert sorted(backwards, key=Turn.place) == order
    assert [one.is_next for one in order] == [True, True, True, True, False, False]


def test_only_what_is_wished_and_allowed_is_offered() -> None:
    both = a_turn(a_referral(), vaccines=(MODERNA, PFIZER))
    assert (both.may_have, both.refused) == ((MODERNA, PFIZER), None)
    begun = a_referral(given=(a_dose(),), status=ReferralStatus.IN_USE)
    second = a_turn(begun, vaccines=(MODERNA, PFIZER))
    assert (second.may_have, second.referral) == ((PFIZER,), begun)


def test_too_soon_says_from_when() -> None:
    begun = a_referral(given=(a_dose(on=date(2026, 11, 20)),))
    refused = a_turn(begun, vaccines=(MODERNA, PFIZER)).refused
    assert refused
    assert (refused.reason, refused.from_) == (Reason.INTERVAL, date(2026, 12, 11))


def test_no_referral_and_another_programmes_are_the_same() -> None:
    for known in ((), (a_referral(programme=ProgrammeId("influenza")),)):
        refused = a_turn(*known).refused
        assert refused
        assert refused.reason is Reason.NO_REFERRAL


def test_a_wish_for_nothing_that_is_allowed_is_refused_by_its_reason() -> None:
    refused = a_turn(a_referral(birth_date=born(15)), vaccines=(JANSSEN,)).refused
    assert refused
    assert refused.reason is Reason.AGE
    empty = a_turn(a_referral(), vaccines=()).refused
    assert empty
    assert empty.reason is Reason.NO_REFERRAL


def test_of_two_referrals_the_one_that_allows_a_dose_counts() -> None:
    used = a_referral(status=ReferralStatus.USED, birth_date=born(90))
    good = a_referral(kind=ReferralKind.PRIMARY, birth_date=born(61))
    turn = a_turn(used, good)
    assert (turn.referral, turn.group) == (good, Group.FROM_60)
    assert a_turn(used, a_referral(birth_date=born(2))).group is Group.FROM_80


@given(
    programmes(),
    st.lists(referrals(), max_size=3),
    st.frozensets(st.sampled_from([PFIZER, JANSSEN])),
)
def test_whoever_is_called_may_have_each_vaccine_that_is_offered(
    programme: Programme, known: list[Referral], wished: frozenset[Any]
) -> None:
    turn = turn_of(programme, a_standby(JAN, vaccines=tuple(sorted(wished))), known, now=NOW)
    assert (turn.refused is None) == bool(turn.may_have) == (turn.referral is not None)
    assert set(turn.may_have) <= wished
    for code in turn.may_have:
        assert turn.referral
        eligibility(
            programme,
            turn.referral,
            starts_at=NOW,
            dose=turn.referral.next_dose,
            vaccine=code,
            visibility=Visibility.INTERNAL,
            channel=Channel.POINT,
            now=NOW,
        )

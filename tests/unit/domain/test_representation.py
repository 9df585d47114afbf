from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.ids import PatientId
from erejestracja.domain.representation import FullName, RepresentationKind, is_of_age
from tests.support.builders import NOW, a_representation

PARENT, CHILD = PatientId("p" * 26), PatientId("c" * 26)
HOUR = timedelta(hours=1)
A_PARENT_S = a_representation(PARENT, CHILD, kind=RepresentationKind.PARENT, born=date(2010, 6, 15))


class TestAParentSRight:
    def test_ends_as_the_day_begins_on_which_the_child_is_eighteen(self) -> None:
        midnight = datetime(2028, 6, 14, 22, tzinfo=UTC)  # in Warsaw, in summer
        assert A_PARENT_S.ends_at() == midnight
        assert A_PARENT_S.stands(midnight - timedelta(microseconds=1))
        assert not A_PARENT_S.stands(midnight)

    def test_over_a_child_born_on_29_february_ends_on_the_28th(self) -> None:
        leapling = replace(A_PARENT_S, born=date(2008, 2, 29))
        assert leapling.ends_at() == calendar.start_of_day(date(2026, 2, 28))

    def test_may_end_sooner(self) -> None:
        assert replace(A_PARENT_S, valid_to=NOW).ends_at() == NOW

    @pytest.mark.parametrize("kind", [RepresentationKind.GUARDIAN, RepresentationKind.PROXY])
    def test_is_the_only_one_that_age_ends(self, kind: RepresentationKind) -> None:
        other = replace(A_PARENT_S, kind=kind)
        assert other.ends_at() is None
        assert other.stands(NOW + timedelta(days=365 * 50))

    @given(st.dates(date(1990, 1, 1), date(2026, 1, 1)), st.dates(date(1990, 1, 1)))
    def test_stands_exactly_while_the_child_is_none_of_age(self, born: date, on: date) -> None:
        always = replace(A_PARENT_S, born=born, valid_from=datetime(1900, 1, 1, tzinfo=UTC))
        noon = calendar.start_of_day(on) + 12 * HOUR
        assert always.stands(noon) != is_of_age(born, on)


class TestAProxy:
    named = a_representation(PARENT, CHILD, valid_from=None)

    def test_waits_until_it_is_accepted(self) -> None:
        assert self.named.waits(NOW)
        assert not self.named.stands(NOW)
        accepted = self.named.accepted(NOW)
        assert accepted.stands(NOW)
        assert not accepted.waits(NOW)
        assert not accepted.stands(NOW - HOUR)

    def test_ends_at_once(self) -> None:
        ended = self.named.accepted(NOW).ended(NOW + HOUR)
        assert ended.stands(NOW + HOUR - timedelta(microseconds=1))
        assert not ended.stands(NOW + HOUR)
        assert ended.is_over(NOW + HOUR)
        assert ended.version == 3

    def test_that_was_declined_waits_no_more(self) -> None:
        assert not self.named.ended(NOW).waits(NOW)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (FullName("Anna", "Nowak"), FullName("ANNA Maria", "nowak"), True),
        (FullName("Anna", "Nowak-Kowalska"), FullName("Anna", "Nowak - Kowalska"), True),
        (FullName("Łucja", "Żak"), FullName("Łucja", "Żak"), True),
        (FullName("Anna", "Nowak"), FullName("Maria", "Nowak"), False),
        (FullName("Anna", "Nowak"), FullName("Anna", "Kowalska"), False),
        (FullName("Anna", "Nowak"), FullName("", "Nowak"), False),
    ],
)
def test_names_are_compared_as_people_write_them(
    one: FullName, other: FullName, same: bool
) -> None:
    assert one.means(other) is same
    assert other.means(one) is same

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.waiting import Ahead, Terms, ahead, first_version
from tests.support.builders import NOW


@pytest.mark.parametrize(
    ("count", "found"),
    [
        (0, Ahead(0, 0)),
        (1, Ahead(1, 5)),
        (5, Ahead(1, 5)),
        (6, Ahead(6, 20)),
        (500, Ahead(101, 500)),
        (501, Ahead(501, None)),
    ],
)
def test_who_is_before_somebody_is_told_in_ranges(count: int, found: Ahead) -> None:
    assert ahead(count) == found


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_more_people_are_never_a_lower_range(one: int, more: int) -> None:
    assert ahead(one).least <= ahead(one + more).least


@pytest.mark.parametrize("day", [(2027, 3, 27), (2027, 3, 28), (2026, 10, 24), (2026, 10, 25)])
def test_people_are_asked_from_eight_to_twenty_on_polands_clock(day: tuple[int, ...]) -> None:
    noon = datetime(day[0], day[1], day[2], 11, tzinfo=UTC)
    hours = [noon + timedelta(minutes=m) for m in range(-10 * 60, 12 * 60)]
    may = [at for at in hours if Terms().may_offer(at)]
    assert len(may) == 12 * 60
    summer = day >= (2027, 3, 28) or day == (2026, 10, 24)
    assert may[0].hour == (6 if summer else 7)


def test_a_version_is_the_microsecond_it_begins_at() -> None:
    assert first_version(NOW + timedelta(microseconds=1)) == first_version(NOW) + 1
    assert first_version(NOW) == NOW.timestamp() * 1e6

"""What a coordinator sees: their own region alone, in pages, and a point's week."""

from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound
from erejestracja.domain.ids import PointId
from erejestracja.domain.region import NATION
from erejestracja.services import oversight
from erejestracja.services.oversight import Listed, Wanted
from tests.support.builders import DAY, POINT, a_place, a_point, an_actor
from tests.support.oversight_case import (
    ELSEWHERE,
    FAR,
    QUIET,
    REGION,
    OversightCase,
    a_coordinator,
)

HERS = a_coordinator()
NOT_HERS = [
    a_coordinator(None),
    a_coordinator(ELSEWHERE),
    an_actor(Role.ADMIN),
    an_actor(Role.SUPERVISOR),
]


@pytest.fixture
def case() -> OversightCase:
    return OversightCase()


def listed(case: OversightCase, region: str = REGION, who: Any = HERS, **wanted: Any) -> Listed:
    return oversight.points_of(case.overseer, who, region, Wanted(**wanted))


def names(found: Listed) -> list[str]:
    return [point.name for point, _ in found.found]


@pytest.mark.parametrize("who", NOT_HERS)
def test_a_region_is_nobody_elses(case: OversightCase, who: Any) -> None:
    with pytest.raises(NotAllowed):
        oversight.totals(case.overseer, who, REGION)
    with pytest.raises(NotAllowed):
        listed(case, who=who)
    with pytest.raises(NotAllowed):
        oversight.week_of(case.overseer, who, REGION, POINT)


def test_a_region_is_told_as_search_has_it(case: OversightCase) -> None:
    found = oversight.totals(case.overseer, HERS, REGION)
    assert (found.points, found.silent, found.free) == (2, frozenset({QUIET.id}), 16)
    assert set(case.market.asked) == {"0663"}


def test_the_nation_is_all_regions(case: OversightCase) -> None:
    national = a_coordinator(NATION)
    assert oversight.totals(case.overseer, national, NATION).points == 3
    assert names(listed(case, NATION, national))[-1] == FAR.name
    assert names(listed(case, ELSEWHERE, national)) == [FAR.name]


def test_points_come_by_name_with_their_figures(case: OversightCase) -> None:
    case.take(a_place())
    found = listed(case)
    assert names(found) == [QUIET.name, a_point().name]
    (_, silent), (_, open_) = found.found
    assert silent
    assert open_
    assert (silent.published, open_.published) == (0, 16)
    assert (open_.central.booked, open_.central_share) == (1, 0.5)


def test_a_point_with_more_than_one_look_reads_has_no_figures(case: OversightCase) -> None:
    case.watch.too_many.add(POINT)
    assert dict(listed(case).found)[a_point()] is None


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("cicha", [QUIET.name]),
        ("LUKOW przychodnia", [QUIET.name]),
        ("20-020", [QUIET.name, a_point().name]),
        (str(POINT), [a_point().name]),
        ("warszawie", []),
    ],
)
def test_points_are_found_by_any_of_their_words(
    case: OversightCase, q: str, found: list[str]
) -> None:
    assert names(listed(case, q=q)) == found


def test_those_without_hours_are_found(case: OversightCase) -> None:
    assert names(listed(case, silent=True)) == [QUIET.name]


def test_pages_follow_one_another_and_count_what_they_show(case: OversightCase) -> None:
    first = listed(case, size=1)
    assert (names(first), first.matching, first.following) == ([QUIET.name], 2, QUIET.id)
    second = listed(case, size=1, after=first.following)
    assert (names(second), second.following) == ([a_point().name], None)
    assert case.watch.asked == [[QUIET.id], [POINT]]
    with pytest.raises(InvalidRequest):
        listed(case, after=PointId("z" * 10))


def test_a_week_is_the_points_hours_by_start(case: OversightCase) -> None:
    week = oversight.week_of(case.overseer, HERS, REGION, POINT)
    assert (week.days[0], week.days[-1]) == (DAY, DAY + timedelta(days=6))
    assert [one.session.key.nr for one in week.states] == [16, 40]
    sunday = oversight.week_of(case.overseer, HERS, REGION, POINT, DAY - timedelta(days=1))
    assert (sunday.days[-1], sunday.states) == (DAY - timedelta(days=1), [])


@pytest.mark.parametrize("point", [FAR.id, PointId("z" * 10)])
def test_a_point_of_another_region_is_not_found(case: OversightCase, point: PointId) -> None:
    with pytest.raises(NotFound):
        oversight.week_of(case.overseer, HERS, REGION, point)

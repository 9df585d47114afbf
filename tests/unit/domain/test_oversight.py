"""Oversight: figures of a point's fortnight and of a region, and who may see them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.ids import PointId
from erejestracja.domain.oversight import Claimed, Figures, Places, figures_of, totals_of
from erejestracja.domain.region import NATION, lies_in, may_see
from erejestracja.domain.session import Session, Visibility
from erejestracja.domain.vacancies import Powiat
from tests.support.builders import AT_EIGHT, DAY, POINT, a_session, a_state
from tests.support.oversight_case import a_closure

A_DAY = timedelta(days=1)
OWN = a_session(nr=40, visibility=Visibility.INTERNAL)
LATER = a_session(day=DAY + 8 * A_DAY)
BEFORE = AT_EIGHT - timedelta(hours=1)
OTHER = PointId("bbbbbbbbbb")


def figures(
    *sessions: Session, claimed: tuple[Claimed, ...] = (), now: datetime = BEFORE
) -> Figures:
    return figures_of(sessions, claimed, 3, (), now)


def claims(session: Session, *kinds: str, slot: int = 0) -> tuple[Claimed, ...]:
    return tuple(Claimed(session.key, slot, kind) for kind in kinds)


def test_places_are_told_apart_by_who_may_book_them() -> None:
    found = figures(a_session(), OWN, LATER)
    assert found.own == Places(published=8, free_week=8, free=8)
    assert found.central == Places(published=16, free_week=8, free=16)
    assert (found.published, found.central_share, found.given) == (24, 16 / 24, 3)


def test_a_place_is_booked_by_a_visit_and_held_by_a_hold() -> None:
    taken = claims(a_session(), "visit", "hold")
    assert figures(a_session(), claimed=taken).central == Places(8, 6, 6, 1)


def test_a_place_that_was_withdrawn_is_none() -> None:
    taken = claims(a_session(), "withdrawn", "visit")
    assert figures(a_session(), claimed=taken).central == Places(7, 6, 6, 1)


def test_what_has_begun_is_over() -> None:
    assert figures(a_session(), now=AT_EIGHT).central.published == 6
    late = AT_EIGHT + timedelta(hours=2)
    assert figures(a_session(), now=late).central_share is None


def test_own_places_that_are_open_to_all_by_now_are_everybodys() -> None:
    # Released two hours before: the first of four slots is, the last is not yet.
    released = replace(OWN, release_hours=2)
    now = AT_EIGHT - timedelta(hours=2)
    found = figures(released, now=now)
    assert (found.central.published, found.own.published) == (2, 6)


def test_closures_that_last_or_lie_ahead_are_told() -> None:
    lasting = a_closure(BEFORE - A_DAY, BEFORE + A_DAY)
    others = (
        a_closure(BEFORE - 2 * A_DAY, BEFORE),
        a_closure(BEFORE, BEFORE + A_DAY, undone=True),
    )
    assert figures_of([], [], 0, (*others, lasting), BEFORE).closures == (lasting,)


@given(
    taken=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 1))),
    minutes=st.integers(-90, 90),
)
def test_a_region_counts_what_its_points_do(taken: set[tuple[int, int]], minutes: int) -> None:
    now = AT_EIGHT + timedelta(minutes=minutes)
    sessions = (a_session(), LATER)
    mask = sum(a_session().bit(slot, place) for slot, place in taken)
    states = [a_state(a_session(), taken=mask), a_state(LATER)]
    found = totals_of({POINT: "0663", OTHER: "0663"}, {"0663": Powiat(states)}, now, now)
    claimed = tuple(Claimed(a_session().key, slot, "visit") for slot, _ in taken)
    one = figures(*sessions, claimed=claimed, now=now)
    assert (found.free_week, found.free) == (one.central.free_week, one.central.free)
    assert (found.points, found.silent, found.as_of) == (2, frozenset({OTHER}), now)


def test_hours_beyond_a_fortnight_do_not_count_yet() -> None:
    far = a_session(day=DAY + 14 * A_DAY)
    found = totals_of({POINT: "0663"}, {"0663": Powiat([a_state(far)])}, BEFORE, BEFORE)
    assert (found.silent, found.free) == (frozenset({POINT}), 0)


@pytest.mark.parametrize(
    ("own", "region", "may"),
    [
        ("14", "14", True),
        ("14", "06", False),
        ("14", NATION, False),
        (NATION, "14", True),
        (NATION, NATION, True),
        (NATION, "99", False),
        (None, "14", False),
    ],
)
def test_a_region_is_seen_by_who_coordinates_it(own: str | None, region: str, may: bool) -> None:
    assert may_see(own, region) is may


def test_a_voivodeship_lies_in_itself_and_in_the_nation() -> None:
    assert [lies_in("14", region) for region in ("14", NATION, "06")] == [True, True, False]

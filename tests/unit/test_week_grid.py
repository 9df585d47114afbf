"""Where what is open stands in the picture of a week."""

from datetime import timedelta

from erejestracja.domain.session import SessionState
from erejestracja.web.clinic.week_grid import Block, Grid, coloured, grid_of
from tests.support.builders import DAY, a_session

WEEK = [DAY + timedelta(days=n) for n in range(7)]


def picture(*hours: tuple[int, int]) -> Grid:
    """Return Monday with openings from an hour, local, for some quarters."""
    start = a_session().starts_at
    sessions = [
        a_session(nr=nr, starts_at=start + timedelta(hours=hour - 8), slots=quarters)
        for nr, (hour, quarters) in enumerate(hours)
    ]
    states = [SessionState(session, 0, 1) for session in sessions]
    return grid_of(WEEK, coloured(states, {}))


def places(grid: Grid) -> list[tuple[int, int, int, int]]:
    blocks: list[Block] = list(grid.columns[0].blocks)
    return [(one.row, one.end, one.lane, one.lanes) for one in blocks]


def test_rows_are_quarters_from_the_first_hour_on() -> None:
    grid = picture((9, 4), (11, 6))
    assert places(grid) == [(1, 5, 0, 1), (9, 15, 0, 1)]
    assert [hour for _, hour in grid.hours] == [9, 10, 11, 12]


def test_what_overlaps_stands_side_by_side_and_what_does_not_is_wide() -> None:
    assert places(picture((8, 8), (9, 8), (12, 4))) == [
        (1, 9, 0, 2),
        (5, 13, 1, 2),
        (17, 21, 0, 1),
    ]


def test_a_lane_that_is_free_again_is_used_again() -> None:
    assert [lane for _, _, lane, _ in places(picture((8, 4), (8, 16), (9, 4)))] == [0, 1, 0]


def test_five_side_by_side_stand_in_lanes_of_six() -> None:
    found = places(picture(*[(8, 4)] * 5))
    assert [(lane, lanes) for _, _, lane, lanes in found] == [(n, 6) for n in range(5)]


def test_a_week_that_is_shut_has_the_usual_hours() -> None:
    grid = picture()
    assert [hour for _, hour in grid.hours] == list(range(8, 16))
    assert all(not column.blocks for column in grid.columns)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.distance import EARTH_KM, around, kilometres
from erejestracja.domain.point import Location
from tests.support.strategies import locations

WARSAW = Location(52.2297, 21.0122)
KRAKOW = Location(50.0647, 19.9450)


def test_from_warsaw_to_krakow_it_is_252_kilometres() -> None:
    assert kilometres(WARSAW, KRAKOW) == pytest.approx(252, abs=1)


def test_halfway_around_the_earth_is_as_far_as_it_gets() -> None:
    farthest = kilometres(Location(0, 0), Location(0, 180))
    assert farthest == pytest.approx(EARTH_KM * 3.14159265, rel=1e-6)


@given(locations, locations)
def test_the_way_there_is_as_long_as_the_way_back(one: Location, other: Location) -> None:
    assert kilometres(one, other) == pytest.approx(kilometres(other, one), abs=1e-9)
    assert kilometres(one, one) == 0


@given(locations, locations, locations)
def test_a_detour_is_never_shorter(one: Location, other: Location, third: Location) -> None:
    detour = kilometres(one, third) + kilometres(third, other)
    assert kilometres(one, other) <= detour + 1e-6


@given(locations, locations, st.floats(0.1, 700))
def test_a_box_holds_the_whole_circle(centre: Location, place: Location, radius: float) -> None:
    if kilometres(centre, place) <= radius * (1 - 1e-9):
        assert around(centre, radius).has(place)


@given(locations, st.floats(1, 100))
def test_a_box_is_no_wider_than_it_must_be(centre: Location, radius: float) -> None:
    box = around(centre, radius)
    assert kilometres(centre, Location(box.north, centre.lon)) == pytest.approx(radius, rel=1e-6)
    assert kilometres(centre, Location(centre.lat, box.east)) == pytest.approx(radius, rel=0.02)
    assert not box.has(Location(centre.lat, box.east + 0.01))
    assert not box.has(Location(box.south - 0.01, centre.lon))

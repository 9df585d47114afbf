from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.distance import kilometres
from erejestracja.domain.ids import PointId
from erejestracja.domain.index import Points
from erejestracja.domain.point import Location, Point
from tests.support.builders import a_point

LUBLIN = a_point(id=PointId("aa"), access=frozenset({"wheelchair", "lift"}))
SUBURB = a_point(
    id=PointId("bb"), gmina="0609062", powiat="0609", location=Location(51.30, 22.60), access=set()
)
WARSAW = a_point(
    id=PointId("cc"),
    gmina="1465011",
    powiat="1465",
    voivodeship="14",
    location=Location(52.23, 21.01),
)
POINTS = Points([WARSAW, SUBURB, LUBLIN])


def ids(area: Area, *access: str) -> str:
    found = POINTS.of(Criteria(area, access=frozenset(access)))
    return "".join(sorted(point.id[0] for point, _ in found))


def test_an_area_means_the_points_in_it() -> None:
    assert ids(Area()) == "abc"
    assert ids(Area(teryt="06")) == "ab"
    assert ids(Area(teryt="0609")) == "b"
    assert ids(Area(teryt="0663011")) == "a"
    assert ids(Area(teryt="0663012")) == ""
    assert ids(Area(teryt="32")) == ""


def test_a_point_means_itself() -> None:
    assert ids(Area(point=SUBURB.id)) == "b"
    assert ids(Area(point=PointId("none"))) == ""


def test_a_circle_means_what_is_no_farther() -> None:
    assert ids(Area(near=LUBLIN.location, radius_km=5)) == "a"
    assert ids(Area(near=LUBLIN.location, radius_km=10)) == "ab"
    assert ids(Area(near=LUBLIN.location, radius_km=500)) == "abc"
    assert ids(Area(near=LUBLIN.location)) == "abc"


def test_an_area_and_a_circle_mean_what_is_in_both() -> None:
    assert ids(Area(teryt="0609", near=LUBLIN.location, radius_km=10)) == "b"
    assert ids(Area(teryt="14", near=LUBLIN.location, radius_km=10)) == ""


def test_all_that_is_needed_to_get_in_must_be_there() -> None:
    assert ids(Area(), "wheelchair") == "ac"
    assert ids(Area(teryt="06"), "wheelchair", "lift") == "a"


def test_distance_is_told_where_a_place_is_named() -> None:
    found = POINTS.of(Criteria(Area(teryt="1465", near=LUBLIN.location)))
    assert [round(km or 0) for _, km in found] == [153]
    assert [km for _, km in POINTS.of(Criteria(Area(teryt="1465")))] == [None]


def test_powiaty_are_told_in_order() -> None:
    assert POINTS.powiaty() == ["0609", "0663", "1465"]
    assert POINTS.powiaty("06") == ["0609", "0663"]


locations = st.builds(Location, st.floats(49, 55), st.floats(14, 24.2))


@given(
    st.lists(locations, min_size=1, max_size=8),
    st.builds(Location, st.floats(-90, 90), st.floats(-180, 180)),
)
def test_no_point_is_nearer_than_its_powiat_was_said_to_be(
    places: list[Location], near: Location
) -> None:
    points = [a_point(id=PointId(str(nr)), location=at) for nr, at in enumerate(places)]
    reach = Points(points).reach(Criteria(Area(near=near)))
    assert reach.nearest["0663"] <= min(kilometres(near, at) for at in places)


@given(st.lists(locations, min_size=1, max_size=8), locations, st.floats(0.1, 1000))
def test_no_point_in_a_circle_is_overlooked(
    places: list[Location], near: Location, radius: float
) -> None:
    points = [
        a_point(id=PointId(str(nr)), powiat=f"066{nr % 3}", gmina=f"066{nr % 3}011", location=at)
        for nr, at in enumerate(places)
    ]
    found = Points(points).of(Criteria(Area(near=near, radius_km=radius)))
    expected: list[Point] = [p for p in points if kilometres(near, p.location) <= radius]
    assert {point.id for point, _ in found} == {point.id for point in expected}

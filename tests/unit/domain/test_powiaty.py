import pytest

from erejestracja.domain.point import Location
from erejestracja.domain.powiaty import powiaty

LUBLIN, WARSAW = Location(51.2465, 22.5684), Location(52.2297, 21.0122)


def test_there_are_380_and_each_has_its_own_centre() -> None:
    assert len(powiaty()) == 380
    assert all(one.may_have(one.centre) for one in powiaty().values())


def test_each_centre_lies_surely_in_one_powiat_at_most() -> None:
    for one in powiaty().values():
        assert {o.code for o in powiaty().values() if o.has_surely(one.centre)} <= {one.code}


@pytest.mark.parametrize(
    ("code", "place", "may"),
    [
        ("0663", LUBLIN, True),
        ("1465", WARSAW, True),
        # Its ring around Lublin is near, but in the city's circle it cannot be.
        ("0609", LUBLIN, False),
        ("1465", LUBLIN, False),
        # Latitude and longitude in each other's column.
        ("1465", Location(WARSAW.lon, WARSAW.lat), False),
    ],
)
def test_a_place_lies_in_a_powiat_or_cannot(code: str, place: Location, may: bool) -> None:
    assert powiaty()[code].may_have(place) is may

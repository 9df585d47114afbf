import pytest

from erejestracja.domain import teryt
from erejestracja.domain.teryt import InvalidCode, Level


def test_a_code_tells_its_level_and_what_it_lies_in() -> None:
    assert [teryt.level(code) for code in ("14", "1465", "1465011")] == list(Level)
    assert teryt.voivodeship("1465011") == "14"
    assert teryt.powiat("1465011") == teryt.powiat("1465") == "1465"


def test_warsaw_is_a_city_and_its_neighbour_is_not() -> None:
    assert teryt.is_city("1465011")
    assert not teryt.is_city("1421")


@pytest.mark.parametrize(
    "code", ["", "1", "33", "01", "146", "14650", "146501", "14650111", "１４", "1a65"]
)
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(InvalidCode):
        teryt.level(code)


def test_a_voivodeship_lies_in_no_powiat() -> None:
    with pytest.raises(InvalidCode):
        teryt.powiat("14")

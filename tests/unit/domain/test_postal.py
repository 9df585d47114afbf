import csv
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain import teryt
from erejestracja.domain.distance import kilometres
from erejestracja.domain.point import Location
from erejestracja.domain.postal import InvalidPostalCode, centre, normalised


def test_a_code_is_read_with_and_without_its_hyphen() -> None:
    assert normalised("20-020") == normalised(" 20020 ") == "20-020"


@pytest.mark.parametrize(
    "text", ["", "20-02", "20-0200", "2-0020", "20 020", "20–020", "２０-０２０", "ab-cde"]
)
def test_what_is_no_code_is_refused(text: str) -> None:
    with pytest.raises(InvalidPostalCode):
        normalised(text)
    with pytest.raises(InvalidPostalCode):
        centre(text)


@pytest.mark.parametrize(
    ("code", "place", "within_km"),
    [
        ("00-001", Location(52.2297, 21.0122), 10),
        ("31-001", Location(50.0614, 19.9383), 10),
        ("80-001", Location(54.3520, 18.6466), 10),
        ("20-020", Location(51.2465, 22.5684), 10),
        ("44-335", Location(49.9503, 18.5745), 10),
        ("81-701", Location(54.4416, 18.5601), 10),
        ("34-500", Location(49.2992, 19.9496), 15),
        ("16-400", Location(54.1118, 22.9309), 10),
        ("59-900", Location(51.1504, 15.0080), 20),
        ("72-600", Location(53.9100, 14.2470), 10),
    ],
)
def test_a_code_lies_about_where_its_town_lies(
    code: str, place: Location, within_km: float
) -> None:
    where = centre(code)
    assert where is not None
    assert kilometres(where, place) < within_km


def test_the_longest_known_beginning_counts() -> None:
    rybnik, jastrzebie = centre("44-200"), centre("44-330")
    assert rybnik is not None
    assert jastrzebie is not None
    assert 10 < kilometres(rybnik, jastrzebie) < 30
    assert centre("44-999") == centre("44-000")


def test_digits_that_are_not_in_use_are_nowhere() -> None:
    assert centre("79-000") is None


@given(st.integers(0, 99_999))
def test_every_code_in_use_lies_in_poland(number: int) -> None:
    where = centre(f"{number:05}")
    assert where is None or (49.0 < where.lat < 54.9 and 14.1 < where.lon < 24.2)
    assert (where is None) == (number // 1000 == 79)


def test_every_centre_names_a_powiat_and_each_beginning_stands_once() -> None:
    text = (resources.files("erejestracja.domain") / "postal_centres.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    prefixes = [row["prefix"] for row in rows]
    assert len(set(prefixes)) == len(prefixes)
    assert {teryt.level(row["powiat"]) for row in rows} == {teryt.Level.POWIAT}

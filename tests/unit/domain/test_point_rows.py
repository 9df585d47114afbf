from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.delimited import BadRow
from erejestracja.domain.point import Location
from erejestracja.domain.point_rows import COLUMNS, read

ROW = {
    "point": "punktalfa",
    "name": "Przychodnia Lekarska Żmigród",
    "address": "ul. Lipowa 12",
    "postalCode": "20020",
    "town": "Lublin",
    "gmina": "0663011",
    "lat": "51.2465",
    "lon": "22,5684",
    "kind": "clinic",
    "access": "wheelchair  lift",
    "phone": "81 532 00 00",
    "vaccines": "cov19.pfizer cov19.moderna",
}


def test_a_row_is_a_point() -> None:
    point = read(ROW).point
    assert (point.id, point.powiat, point.voivodeship) == ("punktalfa", "0663", "06")
    assert (point.location, point.postal_code) == (Location(51.2465, 22.5684), "20-020")
    assert (sorted(point.access), point.phone) == (["lift", "wheelchair"], "+48815320000")
    assert point.vaccines == {"cov19.pfizer", "cov19.moderna"}


def test_nothing_need_be_said_of_access() -> None:
    without = {column: text for column, text in ROW.items() if column != "access"}
    assert read(without).point.access == read(ROW | {"access": ""}).point.access == frozenset()


@pytest.mark.parametrize("column", [name for name, (needed, _) in COLUMNS.items() if needed])
def test_what_must_be_there_is_missed(column: str) -> None:
    with pytest.raises(BadRow, match=f"missing {column}"):
        read(ROW | {column: ""})


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("point", "PUNKT-1", "invalid point"),
        ("address", "NA 5", "not_told address"),
        ("address", "brak 7", "not_told address"),
        ("address", "Brak danych", "not_told address"),
        ("address", "12", "invalid address"),
        ("name", "-", "not_told name"),
        ("name", "x" * 201, "not_told name"),
        ("name", "ab" * 101, "too_long name"),
        ("name", "a\tb", "invalid name"),
        ("town", "20-020 Lublin", "invalid town"),
        ("town", "n/a", "not_told town"),
        ("gmina", "0663", "invalid gmina"),
        ("gmina", "9963011", "invalid gmina"),
        ("gmina", "0699011", "unknown gmina"),
        ("gmina", "1465011", "elsewhere lat"),
        ("lat", "22.5684", "elsewhere lat"),
        ("lat", "51°14'", "invalid lat"),
        ("lon", "nan", "invalid lon"),
        ("kind", "shop", "invalid kind"),
        ("access", "wheelchair stairs", "invalid access"),
        ("phone", "112", "invalid phone"),
        ("phone", "brak", "invalid phone"),
        ("postalCode", "20-02", "invalid postalCode"),
        ("vaccines", "Pfizer!", "invalid vaccines"),
    ],
)
def test_what_cannot_be_is_refused_by_column(column: str, text: str, says: str) -> None:
    with pytest.raises(BadRow) as refused:
        read(ROW | {column: text})
    assert str(refused.value) == says


@pytest.mark.parametrize("address", ["ul. Na Skarpie 5", "Na Skarpie 5", "Brakowice 7", "Rynek 1"])
def test_streets_that_begin_like_nothing_are_streets(address: str) -> None:
    assert read(ROW | {"address": address}).point.address == address


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({}, ""),
        ({"town": "Lublin Sławin"}, ""),
        ({"town": "Radom"}, "town"),
        ({"postalCode": "00-950"}, "postalCode"),
        ({"postalCode": "79-999"}, "postalCode"),
    ],
)
def test_what_is_hardly_right_is_told(change: dict[str, str], column: str) -> None:
    assert read(ROW | change).unlikely == column


@given(st.sampled_from(list(COLUMNS)), st.text(max_size=40))
def test_whatever_stands_there_is_read_or_refused(column: str, text: str) -> None:
    with suppress(BadRow):
        read(ROW | {column: text})

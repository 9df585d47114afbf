from datetime import date

import pytest

from erejestracja.domain.delimited import BadRow
from erejestracja.domain.pesel import generate
from erejestracja.domain.standby_rows import COLUMNS, read

PESEL = str(generate(date(1950, 5, 14), 42))
ROW = {
    "point": "aaaaaaaaaa",
    "pesel": PESEL,
    "programme": "covid-19",
    "vaccines": "cov19.pfizer",
    "until": "2026-12-24",
    "consent": "yes",
}


def test_a_row_says_who_waits_where_for_what_until_when() -> None:
    row = read(ROW | {"vaccines": "cov19.pfizer cov19.moderna"})
    assert (row.point, str(row.pesel), row.programme) == ("aaaaaaaaaa", PESEL, "covid-19")
    assert (row.vaccines, row.until) == (("cov19.moderna", "cov19.pfizer"), date(2026, 12, 24))
    assert PESEL not in repr(row)


@pytest.mark.parametrize("column", list(COLUMNS))
def test_nothing_may_be_left_out(column: str) -> None:
    with pytest.raises(BadRow) as refused:
        read(ROW | {column: ""})
    assert str(refused.value) == f"missing {column}"


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("point", "a b", "invalid point"),
        ("pesel", "44051401459", "invalid pesel"),
        ("programme", "../x", "invalid programme"),
        ("vaccines", "Comirnaty!", "invalid vaccines"),
        ("until", "24.12.2026", "not_a_date until"),
        ("consent", "no", "no_consent consent"),
        ("consent", "maybe", "invalid consent"),
    ],
)
def test_what_cannot_be_is_refused(column: str, text: str, says: str) -> None:
    with pytest.raises(BadRow) as refused:
        read(ROW | {column: text})
    assert str(refused.value) == says

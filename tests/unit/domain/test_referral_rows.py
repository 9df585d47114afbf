from datetime import UTC, date, datetime

import pytest

from erejestracja.domain.delimited import BadRow
from erejestracja.domain.pesel import generate
from erejestracja.domain.referral import ReferralKind
from erejestracja.domain.referral_rows import COLUMNS, read

BORN = date(1950, 5, 14)
PESEL = str(generate(BORN, 42))
ROW = {
    "referral": "SKIER-0001",
    "pesel": PESEL,
    "givenName": "Żaneta",
    "familyName": "Źdźbło-Łęcka",
    "programme": "covid-19",
    "kind": "primary",
    "issuedOn": "2026-11-02",
    "expiresOn": "2027-01-31",
}


def test_a_row_with_what_it_must_have_is_read() -> None:
    row = read(ROW)
    assert (row.number, str(row.pesel), row.family_name) == ("SKIER-0001", PESEL, "Źdźbło-Łęcka")
    assert (row.kind, row.language) == (ReferralKind.PRIMARY, "pl")
    assert (row.phone, row.postal_code, row.window) == (None, None, (None, None))


def test_without_a_day_it_may_be_booked_from_the_day_it_was_issued_on() -> None:
    assert read(ROW).bookable_from == datetime(2026, 11, 1, 23, 0, tzinfo=UTC)
    later = ROW | {"bookableFrom": "2026-12-24"}
    assert read(later).bookable_from == datetime(2026, 12, 23, 23, 0, tzinfo=UTC)


def test_contacts_are_read_as_people_write_them() -> None:
    row = read(ROW | {"phone": "600 000 000", "language": "uk", "postalCode": "20020"})
    assert (row.phone, row.language, row.postal_code) == ("+48600000000", "uk", "20-020")


@pytest.mark.parametrize("column", [name for name, (needed, _) in COLUMNS.items() if needed])
def test_what_must_be_there_is_missed(column: str) -> None:
    with pytest.raises(BadRow) as refused:
        read(ROW | {column: ""})
    assert str(refused.value) == f"missing {column}"


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("referral", "a", "invalid referral"),
        ("referral", "ą" * 8, "invalid referral"),
        ("pesel", "44051401459", "invalid pesel"),
        ("givenName", "x" * 101, "too_long givenName"),
        ("familyName", "a\x00b", "invalid familyName"),
        ("programme", "../x", "invalid programme"),
        ("kind", "second", "invalid kind"),
        ("issuedOn", "02.11.2026", "not_a_date issuedOn"),
        ("expiresOn", "2026-11-01", "in_wrong_order expiresOn"),
        ("bookableFrom", "2027-02-01", "in_wrong_order bookableFrom"),
        ("phone", "112", "invalid phone"),
        ("language", "de", "invalid language"),
        ("postalCode", "2-0020", "invalid postalCode"),
    ],
)
def test_what_cannot_be_is_refused_by_column(column: str, text: str, says: str) -> None:
    with pytest.raises(BadRow) as refused:
        read(ROW | {column: text})
    assert str(refused.value) == says


def test_a_window_ends_after_it_began() -> None:
    read(ROW | {"windowFrom": "2026-12-01", "windowTo": "2026-12-01"})
    with pytest.raises(BadRow, match="in_wrong_order windowTo"):
        read(ROW | {"windowFrom": "2026-12-02", "windowTo": "2026-12-01"})


def test_neither_a_refusal_nor_a_row_shows_whose_it_is() -> None:
    with pytest.raises(BadRow) as refused:
        read(ROW | {"pesel": PESEL[:-1] + "x"})
    assert PESEL[:6] not in repr(refused.value)
    assert PESEL not in repr(read(ROW))

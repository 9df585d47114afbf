import pytest

from erejestracja.domain.document import (
    COUNTRIES,
    Document,
    DocumentKind,
    InvalidIdentifier,
    document,
    normalised,
)


def test_a_document_is_the_same_however_it_is_written() -> None:
    expected = Document(DocumentKind.PASSPORT, "UA", "FX123456")
    for number in ("FX123456", " fx 123 456 ", "FX-123456", "fx\u00a0123456"):
        assert document(DocumentKind.PASSPORT, "ua", number) == expected


def test_a_document_does_not_show_its_number() -> None:
    assert "123456" not in repr(document(DocumentKind.PASSPORT, "UA", "FX123456"))


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("UKR", "FX123456"),
        ("U1", "FX123456"),
        ("UA", "FX12"),
        ("UA", "FX" + "1" * 19),
        ("UA", "FX/123456"),
        ("UA", "ФХ123456"),
        ("UA", "FX１２３４５６"),
        ("UA", "FXı123456"),
        ("", "FX123456"),
    ],
)
def test_what_is_no_document_is_refused(country: str, number: str) -> None:
    with pytest.raises(InvalidIdentifier) as refused:
        document(DocumentKind.PASSPORT, country, number)
    assert number not in str(refused.value)


def test_a_polish_identity_card_has_a_check_digit() -> None:
    assert document(DocumentKind.IDENTITY_CARD, "PL", "zzz 412345").number == "ZZZ412345"
    for number in ("ZZZ512345", "ZZ1412345", "ZZZ41234"):
        with pytest.raises(InvalidIdentifier):
            document(DocumentKind.IDENTITY_CARD, "PL", number)
    assert document(DocumentKind.IDENTITY_CARD, "DE", "ZZZ512345")


def test_letters_that_only_look_latin_are_refused_before_they_become_so() -> None:
    for text in ("ABCß", "ABCı", "АВС"):
        with pytest.raises(InvalidIdentifier):
            normalised(text)


def test_every_country_is_one_a_document_may_be_of() -> None:
    assert len(set(COUNTRIES)) == len(COUNTRIES) == 249
    assert {"PL", "UA", "BY", "DE"} <= set(COUNTRIES)
    for country in COUNTRIES:
        document(DocumentKind.PASSPORT, country, "FX123456")

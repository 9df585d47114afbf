import pytest

from erejestracja.domain.identifiers import (
    Document,
    DocumentKind,
    InvalidIdentifier,
    Register,
    document,
    normalised,
    registered,
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


@pytest.mark.parametrize(
    ("register", "text", "number"),
    [
        (Register.NIP, "123-456-32-18", "1234563218"),
        (Register.REGON, "123456785", "123456785"),
        (Register.REGON, "12345678500010", "12345678500010"),
        (Register.NPWZ, "2234567", "2234567"),
        (Register.NPWZ, "1234567p", "1234567P"),
        (Register.GTIN, "5900000000015", "5900000000015"),
        (Register.RPWDL, " 000000000001 ", "000000000001"),
        (Register.RPWDL, "000000000001-01", "000000000001-01"),
        (Register.RPWDL, "000000000001-001", "000000000001-001"),
    ],
)
def test_the_worked_examples(register: Register, text: str, number: str) -> None:
    assert registered(register, text) == number


@pytest.mark.parametrize(
    ("register", "text"),
    [
        (Register.NIP, "1234563217"),
        (Register.NIP, "123456321"),
        (Register.NIP, "PL1234563218"),
        (Register.NIP, "１２３４５６３２１８"),
        (Register.REGON, "123456784"),
        (Register.REGON, "12345678500011"),
        (Register.REGON, "12345678400010"),
        (Register.REGON, "1234567850"),
        (Register.NPWZ, "3234567"),
        (Register.NPWZ, "0234567"),
        (Register.NPWZ, "223456"),
        (Register.NPWZ, "1234567L"),
        (Register.GTIN, "5900000000016"),
        (Register.GTIN, "59000000"),
        (Register.RPWDL, "00000000000"),
        (Register.RPWDL, "000000000001-1"),
        (Register.RPWDL, "000000000001001"),
        (Register.RPWDL, "٠٠٠٠٠٠٠٠٠٠٠١"),
    ],
)
def test_a_wrong_number_is_refused_by_its_register(register: Register, text: str) -> None:
    with pytest.raises(InvalidIdentifier):
        registered(register, text)

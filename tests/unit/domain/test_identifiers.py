import pytest

from erejestracja.domain.document import InvalidIdentifier
from erejestracja.domain.identifiers import Register, registered


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

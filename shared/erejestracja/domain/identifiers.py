"""The numbers of firms, medics and products."""

import re
from collections.abc import Callable
from enum import StrEnum

from erejestracja.domain.document import InvalidIdentifier, normalised


class Register(StrEnum):
    """Numbers that firms, medics and products are registered by (domain 6.2, 6.3)."""

    NIP = "nip"
    REGON = "regon"
    NPWZ = "npwz"
    RPWDL = "rpwdl"
    GTIN = "gtin"


def registered(register: Register, text: str) -> str:
    """Return a number as it is kept, its check digit checked. Raises InvalidIdentifier."""
    # In RPWDL the hyphen says what is a unit or a cell of the entity.
    number = text.strip() if register is Register.RPWDL else normalised(text)
    if not CHECKS[register](number):
        raise InvalidIdentifier(f"not a number of {register.value}")
    return number


def _is_nip(number: str) -> bool:
    from stdnum.pl import nip

    return bool(re.fullmatch(r"[0-9]{10}", number) and nip.is_valid(number))


def _is_regon(number: str) -> bool:
    from stdnum.pl import regon

    return bool(re.fullmatch(r"[0-9]{9}|[0-9]{14}", number) and regon.is_valid(number))


def _is_gtin(number: str) -> bool:
    from stdnum import ean

    return bool(re.fullmatch(r"[0-9]{13}", number) and ean.is_valid(number))


def _is_npwz(number: str) -> bool:
    """Check a physician's licence by its first digit; a nurse's has a letter and no check."""
    if re.fullmatch(r"[0-9]{7}[AP]", number):
        return True
    if not re.fullmatch(r"[1-9][0-9]{6}", number):
        return False
    total = sum(place * int(digit) for place, digit in enumerate(number[1:], start=1))
    return total % 11 == int(number[0])


def _is_rpwdl(number: str) -> bool:
    """Check the shape of an entity, a unit (two digits more) or a cell (three)."""
    return bool(re.fullmatch(r"[0-9]{12}(-[0-9]{2,3})?", number))


CHECKS: dict[Register, Callable[[str], bool]] = {
    Register.NIP: _is_nip,
    Register.REGON: _is_regon,
    Register.NPWZ: _is_npwz,
    Register.RPWDL: _is_rpwdl,
    Register.GTIN: _is_gtin,
}

"""Identifiers of people without a PESEL, and the numbers of firms, medics and products."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class InvalidIdentifier(ValueError):  # noqa: N818 - named by what it says of the number
    """Not such a number; the message never repeats what was given."""


class DocumentKind(StrEnum):
    """What a referral may name a person by instead of a PESEL (domain 1.8)."""

    PASSPORT = "passport"
    IDENTITY_CARD = "identityCard"
    TEMPORARY = "temporaryIdentity"
    RESIDENCE_CARD = "residenceCard"
    OTHER = "other"


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A document a person is registered by; the same one must be shown at every stage."""

    kind: DocumentKind
    country: str
    number: str

    def __repr__(self) -> str:
        """Return a text without the number."""
        return f"Document({self.kind.value}, {self.country}, …)"


def document(kind: DocumentKind, country: str, number: str) -> Document:
    """Read a document's country (ISO 3166-1, two letters) and number. Raises InvalidIdentifier.

    A Polish identity card has a check digit; of other documents only the shape is known.
    """
    country, number = normalised(country), normalised(number)
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise InvalidIdentifier("a country is two letters")
    if not re.fullmatch(r"[A-Z0-9]{5,20}", number):
        raise InvalidIdentifier("a document's number has 5 to 20 letters and digits")
    if kind is DocumentKind.IDENTITY_CARD and country == "PL" and not _is_polish_card(number):
        raise InvalidIdentifier("not the number of a Polish identity card")
    return Document(kind, country, number)


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


def normalised(text: str) -> str:
    """Return a number in capitals, without spaces and hyphens. Raises InvalidIdentifier."""
    text = re.sub(r"[\s-]", "", text)
    if not text.isascii():  # before `upper`, which makes ASCII of some that is not: ı, ß
        raise InvalidIdentifier("only letters A to Z and digits")
    return text.upper()


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


def _is_polish_card(number: str) -> bool:
    """Check the fourth character against all others: letters count from 10, weights 7 3 1."""
    if not re.fullmatch(r"[A-Z]{3}[0-9]{6}", number):
        return False
    values = [int(character, 36) for character in number[:3] + number[4:]]
    total = sum(
        weight * value for weight, value in zip((7, 3, 1, 7, 3, 1, 7, 3), values, strict=True)
    )
    return total % 10 == int(number[3])


CHECKS: dict[Register, Callable[[str], bool]] = {
    Register.NIP: _is_nip,
    Register.REGON: _is_regon,
    Register.NPWZ: _is_npwz,
    Register.RPWDL: _is_rpwdl,
    Register.GTIN: _is_gtin,
}

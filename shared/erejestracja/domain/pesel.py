"""PESEL: the national number, and what it says of a person."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

LENGTH = 11
WEIGHTS = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
SERIALS = 10_000

# What is added to the month tells the century.
CENTURIES = {1800: 80, 1900: 0, 2000: 20, 2100: 40, 2200: 60}


class InvalidPesel(ValueError):  # noqa: N818 - named by what it says of the number
    """No PESEL; the message never repeats what was given."""


class Sex(StrEnum):
    """As the number has it."""

    FEMALE = "F"
    MALE = "M"


@dataclass(frozen=True, slots=True, repr=False)
class Pesel:
    """A valid PESEL. Only `str` shows the digits: neither `repr` nor errors do."""

    digits: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read eleven digits, spaces and hyphens between them allowed. Raises InvalidPesel."""
        digits = "".join(text.split()).replace("-", "")
        if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
            raise InvalidPesel("a PESEL has eleven digits")
        if _check_digit(digits[:-1]) != digits[-1]:
            raise InvalidPesel("a digit is wrong")
        _birth_date(digits)
        return cls(digits)

    @property
    def birth_date(self) -> date:
        """Return the date of birth it tells."""
        return _birth_date(self.digits)

    @property
    def sex(self) -> Sex:
        """Return the sex it tells."""
        return Sex.MALE if int(self.digits[9]) % 2 else Sex.FEMALE

    def __str__(self) -> str:
        """Return the digits."""
        return self.digits

    def __repr__(self) -> str:
        """Return a text without the digits."""
        return "Pesel(…)"


def generate(born: date, serial: int) -> Pesel:
    """Return the PESEL of a birth date and a serial of up to four digits, odd for men.

    One of them in about ten is somebody's: made when needed, never stored beside a name.
    """
    century = born.year // 100 * 100
    if century not in CENTURIES or not 0 <= serial < SERIALS:
        raise InvalidPesel("no PESEL tells this")
    month = born.month + CENTURIES[century]
    digits = f"{born.year % 100:02}{month:02}{born.day:02}{serial:04}"
    return Pesel(digits + _check_digit(digits))


def _check_digit(ten: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, ten, strict=True))
    return str(-total % 10)


def _birth_date(digits: str) -> date:
    coded = int(digits[2:4])
    century = {added: century for century, added in CENTURIES.items()}[coded // 20 * 20]
    try:
        return date(century + int(digits[:2]), coded % 20, int(digits[4:6]))
    except ValueError:
        raise InvalidPesel("no such day of birth") from None

"""TERYT: codes of voivodeships (2 digits), powiaty (4) and gminy (7, the last is the kind)."""

from enum import IntEnum

VOIVODESHIPS = {
    "02": "dolnośląskie",
    "04": "kujawsko-pomorskie",
    "06": "lubelskie",
    "08": "lubuskie",
    "10": "łódzkie",
    "12": "małopolskie",
    "14": "mazowieckie",
    "16": "opolskie",
    "18": "podkarpackie",
    "20": "podlaskie",
    "22": "pomorskie",
    "24": "śląskie",
    "26": "świętokrzyskie",
    "28": "warmińsko-mazurskie",
    "30": "wielkopolskie",
    "32": "zachodniopomorskie",
}

# Powiaty from this number on are cities with the rights of a powiat.
FIRST_CITY = 61


class Level(IntEnum):
    """A level of the country's division, by the number of digits of its codes."""

    VOIVODESHIP = 2
    POWIAT = 4
    GMINA = 7


class InvalidCode(ValueError):  # noqa: N818 - named by what it says of the code
    """No TERYT code."""


def level(code: str) -> Level:
    """Return what a code is a code of. Raises InvalidCode; whether the area exists is not known."""
    known = code.isascii() and code.isdigit() and code[:2] in VOIVODESHIPS
    if not known or len(code) not in set(Level):
        raise InvalidCode("a TERYT code has 2, 4 or 7 digits")
    return Level(len(code))


def voivodeship(code: str) -> str:
    """Return the voivodeship of an area."""
    level(code)
    return code[: Level.VOIVODESHIP]


def powiat(code: str) -> str:
    """Return the powiat of a gmina, or a powiat itself. Raises InvalidCode for a voivodeship."""
    if level(code) is Level.VOIVODESHIP:
        raise InvalidCode("a voivodeship lies in no powiat")
    return code[: Level.POWIAT]


def is_city(code: str) -> bool:
    """Tell whether the powiat of an area is a city with a powiat's rights."""
    return int(powiat(code)[2:]) >= FIRST_CITY

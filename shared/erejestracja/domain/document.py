"""Documents that people without a PESEL are registered by."""

import re
from dataclasses import dataclass
from enum import StrEnum

# ISO 3166-1, as of 2026: 249 countries and parts of them.
COUNTRIES = tuple(
    re.findall(
        "[A-Z]{2}",
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO "
        "BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ "
        "DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP "
        "GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG "
        "KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML "
        "MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE "
        "PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL "
        "SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM "
        "US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW",
    )
)


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


def normalised(text: str) -> str:
    """Return a number in capitals, without spaces and hyphens. Raises InvalidIdentifier."""
    text = re.sub(r"[\s-]", "", text)
    if not text.isascii():  # before `upper`, which makes ASCII of some that is not: ı, ß
        raise InvalidIdentifier("only letters A to Z and digits")
    return text.upper()


def _is_polish_card(number: str) -> bool:
    """Check the fourth character against all others: letters count from 10, weights 7 3 1."""
    if not re.fullmatch(r"[A-Z]{3}[0-9]{6}", number):
        return False
    values = [int(character, 36) for character in number[:3] + number[4:]]
    total = sum(
        weight * value for weight, value in zip((7, 3, 1, 7, 3, 1, 7, 3), values, strict=True)
    )
    return total % 10 == int(number[3])

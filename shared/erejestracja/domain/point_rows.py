"""Points as rows of a file: which columns there are, and what a row must say.

Public lists of points have had streets such as "NA 5" and "brak 7", towns of elsewhere, and no
telephone; people went by them. What certainly is wrong is refused, what hardly is right is told.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from erejestracja.domain import postal, teryt
from erejestracja.domain.delimited import BadRow, Reason
from erejestracja.domain.distance import kilometres
from erejestracja.domain.fields import Columns, Fields, given, needed, one_of, shaped, some, words
from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.phone import parse_phone
from erejestracja.domain.point import Location, Point
from erejestracja.domain.powiaty import powiaty

KINDS = ("clinic", "pharmacy", "hospital", "massPoint", "mobileTeam")
ACCESS = ("wheelchair", "parking", "lift", "hearingLoop", "signLanguage")
COLUMNS: Columns = {
    "point": (True, "its id, the same for good: 4 to 16 small letters and digits"),
    "name": (True, "as people know it, at most 200 letters"),
    "address": (True, "street and number, at most 200 letters"),
    "postalCode": (True, "NN-NNN"),
    "town": (True, "at most 100 letters"),
    "gmina": (True, "its TERYT code, 7 digits"),
    "lat": (True, "degrees north, WGS84, such as `52.2297`"),
    "lon": (True, "degrees east"),
    "kind": (True, ", ".join(f"`{kind}`" for kind in KINDS)),
    "access": (False, "with spaces between: " + ", ".join(f"`{one}`" for one in ACCESS)),
    "phone": (True, "of the desk; Polish unless it begins with `+`"),
    "vaccines": (True, "codes with spaces between, such as `cov19.pfizer cov19.moderna`"),
}
ID = shaped(re.compile(r"[a-z0-9]{4,16}", re.ASCII))
VACCINE = shaped(re.compile(r"[a-z0-9._-]{2,32}", re.ASCII))
DEGREES = re.compile(r"-?[0-9]{1,3}([.,][0-9]{1,9})?", re.ASCII)
LONGEST_NAME, LONGEST_TOWN = 200, 100
# What people write where they have nothing to say, with or without a number behind it.
NOTHING = re.compile(
    r"(brak( danych)?|na|n/a|n\.?\s?d\.?|nie dotyczy|nieznan[aey]|null|none|x+|[-?.*]+)\s*\d*",
    re.IGNORECASE,
)
LETTER = re.compile(r"[^\W\d_]")
# Of 100 postal codes 99 lie within 28 km of the centre that we know of.
POST_KM = 30


@dataclass(frozen=True, slots=True)
class PointRow:
    """A row that can be taken, and what is hardly right about it."""

    point: Point
    unlikely: str = ""


def read(fields: Fields) -> PointRow:
    """Read a row. Raises BadRow."""
    gmina = needed(fields, "gmina", _gmina)
    location = Location(needed(fields, "lat", _degrees), needed(fields, "lon", _degrees))
    if not powiaty()[teryt.powiat(gmina)].may_have(location):
        raise BadRow(Reason.ELSEWHERE, "lat")
    point = Point(
        id=PointId(needed(fields, "point", ID)),
        name=needed(fields, "name", _telling(LONGEST_NAME)),
        address=needed(fields, "address", _telling(LONGEST_NAME)),
        postal_code=needed(fields, "postalCode", postal.normalised),
        town=needed(fields, "town", _town),
        gmina=gmina,
        powiat=teryt.powiat(gmina),
        voivodeship=teryt.voivodeship(gmina),
        location=location,
        kind=needed(fields, "kind", one_of(*KINDS)),
        access=given(fields, "access", some(one_of(*ACCESS))) or frozenset(),
        phone=needed(fields, "phone", lambda text: str(parse_phone(text))),
        vaccines=frozenset(map(VaccineCode, needed(fields, "vaccines", some(VACCINE)))),
    )
    return PointRow(point, _unlikely(point))


def _unlikely(point: Point) -> str:
    """Return the column that hardly is right, empty where none is."""
    powiat = powiaty()[point.powiat]
    if teryt.is_city(point.gmina) and not point.town.casefold().startswith(powiat.name.casefold()):
        return "town"
    centre = postal.centre(point.postal_code)
    if centre is None or kilometres(centre, point.location) > POST_KM:
        return "postalCode"
    return ""


def _gmina(text: str) -> str:
    if teryt.level(text) is not teryt.Level.GMINA:
        raise BadRow(Reason.INVALID)
    if teryt.powiat(text) not in powiaty():
        raise BadRow(Reason.UNKNOWN)
    return text


def _degrees(text: str) -> float:
    if not DEGREES.fullmatch(text):
        raise BadRow(Reason.INVALID)
    return float(text.replace(",", "."))


def _telling(longest: int) -> Callable[[str], str]:
    reading = words(longest)

    def telling(text: str) -> str:
        if NOTHING.fullmatch(text):
            raise BadRow(Reason.NOT_TOLD)
        if not LETTER.search(text):
            raise BadRow(Reason.INVALID)
        return reading(text)

    return telling


def _town(text: str) -> str:
    if re.search(r"\d", text):
        raise BadRow(Reason.INVALID)
    return _telling(LONGEST_TOWN)(text)

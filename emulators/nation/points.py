"""Vaccination points: each the same for a seed, its powiat and its number there."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import cos, pi, radians, sin
from random import Random

from emulators.nation import wording
from emulators.nation.atlas import Powiat, powiat_of_postal_code
from erejestracja.domain.ids import PointId, VaccineCode, derived_id
from erejestracja.domain.point import Location, Point

ID_LENGTH = 12
PLACES_OF_A_DEGREE = 5
KM_A_DEGREE = 111.3
# Rounding a coordinate and the flat arithmetic below must not carry a point over the edge.
INSIDE = 0.97
DIGITS_OF_A_CODE = len("00-000")

PFIZER = VaccineCode("cov19.pfizer")
MODERNA = VaccineCode("cov19.moderna")
ASTRA = VaccineCode("cov19.astra_zeneca")
JANSSEN = VaccineCode("cov19.johnson_and_johnson")
NOVAVAX = VaccineCode("cov19.novavax")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of point: its share of all, what it is called, and what it has beside its main one."""

    name: str
    share: int
    names: Sequence[str]
    vaccines: Sequence[VaccineCode]
    wheelchair: float


# Of a hundred points; most are family doctors' clinics, and Comirnaty is nearly everywhere.
KINDS = (
    Kind("clinic", 68, wording.CLINICS, (MODERNA, ASTRA, JANSSEN), 0.6),
    Kind("pharmacy", 18, wording.PHARMACIES, (MODERNA, JANSSEN, NOVAVAX), 0.7),
    Kind("hospital", 8, wording.HOSPITALS, (MODERNA, ASTRA, JANSSEN, NOVAVAX), 1.0),
    Kind("massPoint", 4, wording.MASS_POINTS, (MODERNA, JANSSEN, NOVAVAX), 1.0),
    Kind("mobileTeam", 2, wording.MOBILE_TEAMS, (JANSSEN,), 0.9),
)
SHARES = tuple(accumulate(kind.share for kind in KINDS))
OTHER_ACCESS = {"parking": 0.5, "lift": 0.25, "hearingLoop": 0.08, "signLanguage": 0.04}
MAINLY_PFIZER = 0.9
ONE_MORE_VACCINE = 0.3


def random_of(seed: int, *about: object) -> Random:
    """Return the source of chance for one thing: independent of what else is made."""
    return Random("/".join(map(str, (seed, *about))))


def a_point(seed: int, powiat: Powiat, number: int) -> Point:
    """Return the `number`-th point of a powiat, inside it."""
    random = random_of(seed, "point", powiat.code, number)
    kind = random.choices(KINDS, cum_weights=SHARES)[0]
    address = wording.street_address(random)
    return Point(
        id=PointId(derived_id("point", str(seed), powiat.code, str(number), length=ID_LENGTH)),
        name=_name(random, kind, powiat, address, number),
        address=address,
        postal_code=postal_code(random, powiat),
        town=powiat.town,
        gmina=powiat.gmina,
        powiat=powiat.code,
        voivodeship=powiat.voivodeship,
        location=location(random, powiat),
        kind=kind.name,
        access=_access(random, kind),
        phone=_phone(random, powiat),
        vaccines=_vaccines(random, kind),
    )


def location(random: Random, powiat: Powiat) -> Location:
    """Return a place in the circle that lies wholly inside the powiat, denser near its centre."""
    distance = powiat.inner_km * INSIDE * max(random.random() ** 0.8, 0.01)
    angle = random.random() * 2 * pi
    lat = powiat.centre.lat + distance * sin(angle) / KM_A_DEGREE
    lon = powiat.centre.lon + distance * cos(angle) / KM_A_DEGREE / cos(radians(lat))
    return Location(round(lat, PLACES_OF_A_DEGREE), round(lon, PLACES_OF_A_DEGREE))


def postal_code(random: Random, powiat: Powiat) -> str:
    """Return a code that begins as the powiat's do and is no other one's."""
    office = powiat_of_postal_code(powiat.prefixes[0])
    while True:
        code = random.choice(powiat.prefixes)
        while len(code) < DIGITS_OF_A_CODE:
            code += "-" if len(code) == len("00") else str(random.randrange(10))
        if powiat_of_postal_code(code) == office:
            return code


def _name(random: Random, kind: Kind, powiat: Powiat, address: str, number: int) -> str:
    street = address.removeprefix("ul. ").rpartition(" ")[0]
    return random.choice(kind.names).format(
        patron=random.choice(wording.PATRONS), town=powiat.town, street=street, number=number + 1
    )


def _access(random: Random, kind: Kind) -> frozenset[str]:
    found = {name for name, share in OTHER_ACCESS.items() if random.random() < share}
    return frozenset(found | ({"wheelchair"} if random.random() < kind.wheelchair else set()))


def _vaccines(random: Random, kind: Kind) -> frozenset[VaccineCode]:
    beside = [code for code in kind.vaccines if random.random() < ONE_MORE_VACCINE]
    main = PFIZER if random.random() < MAINLY_PFIZER else MODERNA
    return frozenset([main, *beside])


def _phone(random: Random, powiat: Powiat) -> str:
    """Return a number nobody has: no subscriber's number begins with 0 after the area's digits."""
    area = int(powiat.voivodeship) // 2 + 11
    return f"+48{area:02}0{random.randrange(10**6):06}"

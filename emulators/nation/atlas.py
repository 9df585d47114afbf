"""The 380 powiaty: where they are, which town and postal codes, and about how many live there.

The suite's own `domain/powiaty.csv` are facts (codes, a centre, a circle that lies wholly inside).
`towns.csv` names each powiat's seat (or, where the seat is a city of its own, a town inside) and
the inhabitants of the 66 cities in thousands, rounded. There is no table of the other powiaty's
inhabitants at hand: what a voivodeship has beyond its cities is shared out by area, with an equal
start for each powiat and twice the share near a big city, where commuters live.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from erejestracja.domain import teryt
from erejestracja.domain.distance import kilometres
from erejestracja.domain.point import Location

HERE = Path(__file__).parent
DOMAIN = resources.files("erejestracja.domain")

# Inhabitants in thousands, rounded.
VOIVODESHIPS = {
    "02": 2890,
    "04": 2010,
    "06": 2030,
    "08": 980,
    "10": 2380,
    "12": 3430,
    "14": 5510,
    "16": 950,
    "18": 2080,
    "20": 1150,
    "22": 2360,
    "24": 4350,
    "26": 1180,
    "28": 1370,
    "30": 3490,
    "32": 1640,
}
# A powiat's share of its voivodeship: this, plus one per square kilometre of area.
EQUAL_START_KM2 = 600
BIG_CITY_THOUSANDS = 400
COMMUTERS_WITHIN_KM = 30
COMMUTERS_COUNT = 2


@dataclass(frozen=True, slots=True)
class Powiat:
    """A powiat; `inner_km` around `centre` lies inside, `thousands` live there, roughly.

    `prefixes` are the beginnings of its postal codes, of the nearest powiat's if it has none.
    """

    code: str
    name: str
    town: str
    centre: Location
    inner_km: float
    thousands: float
    prefixes: tuple[str, ...]

    @property
    def voivodeship(self) -> str:
        """Return the code of the voivodeship."""
        return teryt.voivodeship(self.code)

    @property
    def gmina(self) -> str:
        """Return the code of the first gmina: a city is one; elsewhere its kind is a guess."""
        return f"{self.code}011" if teryt.is_city(self.code) else f"{self.code}013"


@cache
def powiaty() -> tuple[Powiat, ...]:
    """Return all powiaty by code."""
    facts = list(_rows((DOMAIN / "powiaty.csv").read_text("utf-8")))
    towns = {row["powiat"]: row for row in _rows((HERE / "towns.csv").read_text("utf-8"))}
    centres = {row["teryt_powiat"]: _centre(row) for row in facts}
    thousands = _inhabitants(facts, centres, {c: t["thousands"] for c, t in towns.items()})
    prefixes = _prefixes()
    return tuple(
        Powiat(
            code=code,
            name=row["nazwa_powiat"],
            town=towns[code]["town"],
            centre=centres[code],
            inner_km=float(row["inner_radius_km"]),
            thousands=thousands[code],
            prefixes=prefixes.get(code) or prefixes[_nearest(code, centres, prefixes)],
        )
        for row in facts
        for code in (row["teryt_powiat"],)
    )


def shared_out(number: int) -> dict[str, int]:
    """Share a number of things out over the powiaty by inhabitants, to the last one."""
    total = sum(powiat.thousands for powiat in powiaty())
    exact = {p.code: number * p.thousands / total for p in powiaty()}
    shares = {code: int(share) for code, share in exact.items()}
    by_rest = sorted(exact, key=lambda code: (shares[code] - exact[code], code))
    for code in by_rest[: number - sum(shares.values())]:
        shares[code] += 1
    return shares


def powiat_of_postal_code(code: str) -> str | None:
    """Return the powiat whose post office the longest known beginning of a code names."""
    known = _post_offices()
    ends = range(len(code), 0, -1)
    return next((known[code[:end]] for end in ends if code[:end] in known), None)


def _rows(text: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(text.splitlines(), delimiter=";")


def _centre(row: dict[str, str]) -> Location:
    return Location(float(row["lat"]), float(row["lon"]))


def _inhabitants(
    facts: list[dict[str, str]], centres: dict[str, Location], cities: dict[str, str]
) -> dict[str, float]:
    known = {code: float(thousands) for code, thousands in cities.items() if thousands}
    big = [centres[code] for code, thousands in known.items() if thousands > BIG_CITY_THOUSANDS]
    left = dict(VOIVODESHIPS)
    for code, thousands in known.items():
        left[teryt.voivodeship(code)] -= round(thousands)
    shares: dict[str, dict[str, float]] = defaultdict(dict)
    for row in facts:
        code = row["teryt_powiat"]
        if code not in known:
            near = any(kilometres(centres[code], city) < COMMUTERS_WITHIN_KM for city in big)
            share = EQUAL_START_KM2 + float(row["area_km2"])
            shares[row["teryt_woj"]][code] = share * (COMMUTERS_COUNT if near else 1)
    for voivodeship, parts in shares.items():
        whole = sum(parts.values())
        known |= {code: left[voivodeship] * part / whole for code, part in parts.items()}
    return known


@cache
def _post_offices() -> dict[str, str]:
    rows = _rows((DOMAIN / "postal_centres.csv").read_text("utf-8"))
    return {row["prefix"]: row["powiat"] for row in rows}


def _prefixes() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for prefix, powiat in _post_offices().items():
        found[powiat].append(prefix)
    return {powiat: tuple(sorted(prefixes)) for powiat, prefixes in found.items()}


def _nearest(code: str, centres: dict[str, Location], prefixes: dict[str, tuple[str, ...]]) -> str:
    here = centres[code]
    return min(prefixes, key=lambda other: (kilometres(here, centres[other]), other))

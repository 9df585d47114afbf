"""The 380 powiaty: which there are, and about where each lies."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from math import pi, sqrt

from erejestracja.domain.distance import Box, around, kilometres
from erejestracja.domain.point import Location

# A circle of a powiat's area, so many times as wide, holds the most stretched of them.
STRETCHED = 3
# Centres and circles are rounded to a hundred metres.
ROUNDED_KM = 0.2


@dataclass(frozen=True, slots=True)
class Powiat:
    """A powiat; whatever is within `inner_km` of `centre` lies in it, nothing beyond `outer_km`.

    `box` is around the inner circle. A city with a powiat's rights has the city's name.
    """

    code: str
    name: str
    centre: Location
    inner_km: float
    outer_km: float
    box: Box

    def has_surely(self, place: Location) -> bool:
        """Tell whether a place certainly lies in it."""
        return self.box.has(place) and kilometres(self.centre, place) < self.inner_km - ROUNDED_KM

    def may_have(self, place: Location) -> bool:
        """Tell whether a place may lie in it: it is not too far, and in no other's circle."""
        if kilometres(self.centre, place) > self.outer_km:
            return False
        return not any(o.has_surely(place) for o in powiaty().values() if o.code != self.code)


@cache
def powiaty() -> dict[str, Powiat]:
    """Return all powiaty by code."""
    text = (resources.files("erejestracja.domain") / "powiaty.csv").read_text("utf-8")
    return {
        row["teryt_powiat"]: _powiat(row)
        for row in csv.DictReader(text.splitlines(), delimiter=";")
    }


def _powiat(row: dict[str, str]) -> Powiat:
    centre, inner = Location(float(row["lat"]), float(row["lon"])), float(row["inner_radius_km"])
    outer = STRETCHED * sqrt(float(row["area_km2"]) / pi)
    name, code = row["nazwa_powiat"], row["teryt_powiat"]
    return Powiat(code, name, centre, inner, outer, around(centre, inner))

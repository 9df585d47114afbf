"""Regions: what a coordinator looks after, a voivodeship by its TERYT code or the nation."""

from erejestracja.domain.teryt import VOIVODESHIPS

# What a national coordinator's token says instead of a voivodeship.
NATION = "PL"
REGIONS = frozenset({*VOIVODESHIPS, NATION})


def may_see(own: str | None, region: str) -> bool:
    """Tell whether whoever coordinates one region may see another."""
    return region in REGIONS and own in (NATION, region)


def lies_in(voivodeship: str, region: str) -> bool:
    """Tell whether a voivodeship is of a region."""
    return region in (NATION, voivodeship)

"""Vaccines by name, as forms offer them."""

from erejestracja.domain.point import Point
from erejestracja.web.ui.app import suite


def every_vaccine() -> list[tuple[str, str]]:
    """Return all vaccines, code and name."""
    found = (one for programme in suite().desk.programmes.all() for one in programme.vaccines)
    return [(one.code, one.name) for one in found]


def vaccines_of(there: Point) -> list[tuple[str, str]]:
    """Return the vaccines that a point gives, code and name."""
    return [(code, name) for code, name in every_vaccine() if code in there.vaccines]

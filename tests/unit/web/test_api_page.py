"""The page about the interface: it is generated, and every limit it names exists."""

from pathlib import Path

from erejestracja.auth.limits import LIMITS
from erejestracja.web import api_page
from erejestracja.web.api import tables

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_generated() -> None:
    assert (DOCS / "api.md").read_text("utf-8") == api_page.page(), (
        "run: python -m erejestracja.web.api_page"
    )


def test_every_limit_of_a_route_is_in_the_table() -> None:
    named = {route.limit for table in tables() for route in table.all if route.limit}
    assert named <= set(LIMITS)
    assert {name.removesuffix(".staff") for name in LIMITS} <= set(LIMITS)

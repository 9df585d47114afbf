"""The points' web application, put together."""

from functools import cache

from flask import Flask

from erejestracja.web.clinic import (
    away,
    copies,
    day,
    dose,
    files,
    forecast,
    many,
    region,
    replans,
    rules,
    slots,
    standby,
    standby_files,
    stock,
    substitutions,
    supply,
    swaps,
    walk_in,
    week,
)
from erejestracja.web.clinic.points import HOME, NAVIGATION, PAGES
from erejestracja.web.ui.app import application


@cache
def point_application() -> Flask:
    """Return the application."""
    pages = (
        PAGES,
        region.PAGES,
        day.PAGES,
        dose.PAGES,
        walk_in.PAGES,
        standby.PAGES,
        swaps.PAGES,
        stock.PAGES,
        week.PAGES,
        rules.PAGES,
        supply.PAGES,
        replans.PAGES,
        forecast.PAGES,
        slots.PAGES,
        copies.PAGES,
        many.PAGES,
        substitutions.PAGES,
        files.PAGES,
        standby_files.PAGES,
        away.PAGES,
    )
    facts = {"app_name": "clinic.name", "home": HOME, "sections": NAVIGATION}
    app = application("point", pages, facts)
    app.config["HOME"] = HOME
    return app

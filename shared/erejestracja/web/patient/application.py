"""The patients' web application, put together."""

from functools import cache

from flask import Flask

from erejestracja.web.patient import (
    booking,
    choice,
    code_way,
    family,
    record,
    reserve,
    start,
    visits,
    waiting,
    whose,
)
from erejestracja.web.ui import files
from erejestracja.web.ui.app import application


@cache
def patient_application() -> Flask:
    """Return the application; also where every application's files for browsers are had."""
    pages = (
        *(start.PAGES, record.PAGES, family.PAGES, choice.PAGES),
        *(booking.PAGES, visits.PAGES, waiting.PAGES, reserve.PAGES, code_way.PAGES, files.PAGES),
    )
    facts = {"app_name": "patient.name", "home": "/", "acting": whose.acting}
    app = application("patient", pages, facts)
    app.before_request(whose.check)
    return app

"""The patients' web application, put together."""

from functools import cache

from flask import Flask

from erejestracja.web.patient import booking, choice, record, start, visits
from erejestracja.web.ui import files
from erejestracja.web.ui.app import application


@cache
def patient_application() -> Flask:
    """Return the application; also where every application's files for browsers are had."""
    pages = (start.PAGES, record.PAGES, choice.PAGES, booking.PAGES, visits.PAGES, files.PAGES)
    return application("patient", pages, {"app_name": "patient.name", "home": "/"})

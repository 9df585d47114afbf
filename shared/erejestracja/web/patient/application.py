"""The patients' web application, put together."""

from functools import cache
from typing import Protocol

from flask import Flask

from erejestracja.services.desk import Desk
from erejestracja.services.search import Search
from erejestracja.web.patient import booking, choice, record, start, visits
from erejestracja.web.ui import files
from erejestracja.web.ui.app import Site, application


class PatientSite(Site, Protocol):
    """What its pages need of the suite."""

    @property
    def desk(self) -> Desk:
        """Books."""
        ...

    @property
    def search(self) -> Search:
        """Finds."""
        ...


@cache
def patient_application() -> Flask:
    """Return the application; also where every application's files for browsers are had."""
    pages = (start.PAGES, record.PAGES, choice.PAGES, booking.PAGES, visits.PAGES, files.PAGES)
    return application("patient", pages, {"app_name": "patient.name", "home": "/"})

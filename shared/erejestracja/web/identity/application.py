"""The pages around signing in, put together."""

from functools import cache

from flask import Flask

from erejestracja.web.identity import sign_in, sign_out
from erejestracja.web.ui.app import application


@cache
def identity_application() -> Flask:
    """Return the application."""
    pages = (sign_in.PAGES, sign_out.PAGES)
    return application("identity", pages, {"app_name": "patient.name", "home": "/"})

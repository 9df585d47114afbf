"""The hotline's web application, put together."""

from functools import cache

from flask import Flask

from erejestracja.web.hotline import board, call, calling_back, desk, overriding
from erejestracja.web.hotline.desk import HOME
from erejestracja.web.ui.app import application


@cache
def hotline_application() -> Flask:
    """Return the application."""
    app = application(
        "hotline",
        (desk.PAGES, calling_back.PAGES, board.PAGES, call.PAGES, overriding.PAGES),
        {"app_name": "hotline.name", "home": HOME},
    )
    app.config["HOME"] = HOME
    return app

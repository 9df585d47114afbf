"""Pages for everybody: the start, and what the law and good manners ask us to say."""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.web.ui.visitors import visitor

PAGES = Blueprint("start", __name__)


@PAGES.get("/")
def start() -> str | Response:
    """Say what this is and the ways in; whoever is signed in goes on to their record."""
    known = visitor()
    if known and Role.PATIENT in known.actor.roles:
        return redirect("/moje", 303)
    return render_template("patient/start.html")


@PAGES.get("/deklaracja-dostepnosci")
def accessibility() -> str:
    """Show the accessibility statement, in the form of the act of 4 April 2019."""
    return render_template("patient/accessibility.html")


@PAGES.get("/prywatnosc")
def privacy() -> str:
    """Show what we do with data, and whom to ask."""
    return render_template("patient/privacy.html")

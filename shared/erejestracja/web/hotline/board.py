"""The supervisor's board; it renews itself where scripts run, and by its link where they do not."""

from flask import Blueprint, render_template

from erejestracja.domain.actor import Role
from erejestracja.domain.board import Wait
from erejestracja.services.board import MOST, board_of
from erejestracja.web.hotline.desk import HOME
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("board", __name__, url_prefix=f"{HOME}/nadzor")


@PAGES.get("")
@only(Role.SUPERVISOR)
def board() -> str:
    """Show the hotline in figures."""
    found = board_of(suite().figures, suite().clock, actor())
    return render_template("hotline/board.html", board=found, waits=tuple(Wait), most=MOST)

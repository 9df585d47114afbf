"""What a point will need in the weeks to come, and when doses will be short."""

from flask import Blueprint, request

from erejestracja.services.forecast import MOST_WEEKS, USUAL_WEEKS, forecast_of
from erejestracja.web.clinic.points import HOME, shown, the_point
from erejestracja.web.clinic.stock import KEEPERS
from erejestracja.web.clinic.vaccines import every_vaccine
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("forecast", __name__, url_prefix=f"{HOME}/<point>/prognoza")
SPANS = (4, USUAL_WEEKS, 12, MOST_WEEKS)


@PAGES.get("")
@only(*KEEPERS)
def ahead(point: str) -> str:
    """Show the weeks to come, by vaccine."""
    suite().limiter.admit("schedule", actor().subject)
    there = the_point(point)
    asked = request.args.get("weeks", type=int)
    weeks = asked if asked in SPANS else USUAL_WEEKS
    found = forecast_of(suite().forecaster, actor(), there.id, weeks)
    return shown(
        "clinic/forecast.html",
        there,
        found=found,
        short=[(one, week) for one in found.outlooks for week in one.weeks if week.missing],
        names=dict(every_vaccine()),
        weeks=weeks,
        spans=SPANS,
        today=suite().clinic.today(),
    )

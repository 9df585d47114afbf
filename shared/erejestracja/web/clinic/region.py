"""A region's points, to who coordinates it: figures and hours to look at, and nothing to change."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.calendar import A_WEEK
from erejestracja.domain.errors import NotAllowed
from erejestracja.domain.ids import PointId
from erejestracja.domain.region import NATION
from erejestracja.domain.teryt import VOIVODESHIPS
from erejestracja.services import oversight
from erejestracja.services.oversight import Wanted
from erejestracja.web.clinic.points import HOME, named_day
from erejestracja.web.clinic.vaccines import every_vaccine
from erejestracja.web.oversight import LONGEST_SEARCH
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("region", __name__, url_prefix=f"{HOME}/region")


@PAGES.get("")
@only(Role.COORDINATOR)
def own() -> str | Response:
    """Go to the region that is the coordinator's, or ask which. Raises NotAllowed without one."""
    region = actor().region
    if region is None:
        raise NotAllowed
    if region == NATION:
        return render_template("clinic/regions.html", regions=VOIVODESHIPS, nation=NATION)
    return redirect(url_for("region.points", region=region), 303)


@PAGES.get("/<region>")
@only(Role.COORDINATOR)
def points(region: str) -> str:
    """List a region's points with their figures."""
    suite().limiter.admit("schedule", actor().subject)
    q, silent = request.args.get("q", "")[:LONGEST_SEARCH], request.args.get("silent") == "1"
    after = request.args.get("after")
    wanted = Wanted(q, silent, PointId(after) if after else None)
    totals = oversight.totals(suite().overseer, actor(), region)
    return render_template(
        "clinic/region.html",
        region=region,
        name=VOIVODESHIPS.get(region),
        totals=totals,
        listed=oversight.points_of(suite().overseer, actor(), region, wanted, totals),
        wanted=wanted,
        longest_search=LONGEST_SEARCH,
        may_choose=actor().region == NATION,
    )


@PAGES.get("/<region>/<point>")
@only(Role.COORDINATOR)
def week(region: str, point: str) -> str:
    """Show a point's week."""
    suite().limiter.admit("schedule", actor().subject)
    found = oversight.week_of(suite().overseer, actor(), region, PointId(point), named_day("on"))
    return render_template(
        "clinic/region_week.html",
        region=region,
        found=found,
        names=dict(every_vaccine()),
        before=found.days[0] - A_WEEK,
        after=found.days[0] + A_WEEK,
    )

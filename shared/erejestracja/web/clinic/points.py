"""Which point: staff may work at several, and see no other."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import NotAllowed, NotFound
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Point
from erejestracja.services.clinic import check_staff
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only, remember, signed_in

HOME = "/punkt"
PAGES = Blueprint("points", __name__, url_prefix=HOME)
DESK_STAFF = (Role.REGISTRAR, Role.MEDIC, Role.ADMIN)
# (text, page, who has it in the bar)
NAVIGATION = (
    ("clinic.day.title", "day.day", frozenset(DESK_STAFF)),
    ("clinic.walk_in.title", "walk_in.find", frozenset(DESK_STAFF)),
    ("reserve.title", "standby.waiting", frozenset(DESK_STAFF)),
    ("clinic.week.title", "week.week", frozenset(DESK_STAFF)),
    ("clinic.stock.title", "stock.stock", frozenset({Role.MEDIC, Role.ADMIN})),
)


@PAGES.get("")
@only(*DESK_STAFF, Role.COORDINATOR)
def choose() -> str | Response:
    """Go to the one point, or ask which; coordinators go to their region.

    Raises NotAllowed for staff of no point.
    """
    if not actor().roles.intersection(DESK_STAFF):
        return redirect(url_for("region.own"), 303)
    known = [suite().desk.read_model.point(point) for point in actor().points]
    # A point that was closed for good must not shut staff out of the others they work at.
    points: list[Point] = sorted((one for one in known if one), key=lambda one: (one.name, one.id))
    if not points:
        raise NotAllowed
    if len(points) == 1:
        return redirect(url_for("day.day", point=points[0].id), 303)
    return render_template("clinic/points.html", points=points)


def the_point(named: str) -> Point:
    """Return a point of the caller's own. Raises NotFound, NotAllowed."""
    check_staff(actor(), PointId(named))
    found: Point | None = suite().desk.read_model.point(PointId(named))
    if found is None:
        raise NotFound
    return found


def named_day(argument: str) -> date | None:
    """Return the day that the address names; None for none, or for what is no day."""
    try:
        return date.fromisoformat(request.args.get(argument, ""))
    except ValueError:
        return None


def defaults_at(point: str) -> dict[str, str]:
    """Return what was filled in last at a point: nothing of it is another point's."""
    there = f"{point}/"
    known = signed_in().defaults.items()
    return {name.removeprefix(there): text for name, text in known if name.startswith(there)}


def remember_at(point: str, **defaults: str) -> None:
    """Keep what was filled in at a point, to be offered there again."""
    remember(**{f"{point}/{name}": text for name, text in defaults.items()})


def shown(page: str, point: Point, **facts: Any) -> str:
    """Return a page of a point, with its bar of sections."""
    return render_template(page, point=point, roles=actor().roles, **facts)

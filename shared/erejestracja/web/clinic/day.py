"""The day: who comes, who is there, who did not come."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.folding import folded
from erejestracja.domain.ids import VaccinationId, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.vaccination import vaccination_id
from erejestracja.domain.visit import ConsentForm, Visit, VisitStatus
from erejestracja.services import arrivals
from erejestracja.services.arrivals import Expected
from erejestracja.services.clinic import Clinic, visit_at
from erejestracja.services.leftovers import leftovers
from erejestracja.services.swaps import came_for_another
from erejestracja.web.clinic.points import (
    DESK_STAFF,
    HOME,
    defaults_at,
    named_day,
    remember_at,
    shown,
    the_point,
)
from erejestracja.web.clinic.vaccines import vaccines_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("day", __name__, url_prefix=f"{HOME}/<point>")
LONGEST_SEARCH = 60
SOUGHT = "sought"
WAITING = frozenset({VisitStatus.BOOKED, VisitStatus.ARRIVED})
LEFT = frozenset({VisitStatus.NO_SHOW, VisitStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the day list, and what may be done with it now."""

    expected: Expected
    vaccine: str
    may_arrive: bool
    may_miss: bool
    may_vaccinate: bool
    may_swap: bool
    has_swapped: bool
    record: VaccinationId | None
    may_consent: bool

    @property
    def visit(self) -> Visit:
        """Return the visit."""
        return self.expected.visit


@PAGES.get("")
@only(*DESK_STAFF)
def day(point: str) -> str:
    """List who comes on a day; each look is written down for each person."""
    clinic: Clinic = suite().clinic
    suite().limiter.admit("record", actor().subject)
    there = the_point(point)
    on = asked_day(clinic)
    found = arrivals.day_list(clinic, actor(), there.id, on, g.request_id)
    sought = defaults_at(point).get(SOUGHT, "") if request.args.get("found") else ""
    return shown(
        "clinic/day.html",
        there,
        on=on,
        is_today=on == clinic.today(),
        forms=list(ConsentForm),
        rows=_rows(clinic, [one for one in found if _is_sought(one, sought)], on),
        counts=Counter(one.visit.status.value for one in found),
        whole=len(found),
        leftovers=_leftovers(clinic, there, found) if on == clinic.today() else (),
        sought=sought,
        made_at=clinic.desk.clock.now(),
        is_medic=Role.MEDIC in actor().roles,
    )


@PAGES.post("/szukaj")
@only(*DESK_STAFF)
def seek(point: str) -> Response:
    """Show whose name has what is sought; kept with the session, for addresses hold no names."""
    the_point(point)
    sought = request.form.get("q", "")[:LONGEST_SEARCH].strip()
    remember_at(point, **{SOUGHT: sought})
    named = request.form.get("date") or None
    found = "1" if sought else None
    return redirect(url_for("day.day", point=point, date=named, found=found), 303)


@PAGES.post("/wizyty/<visit>/przyszedl")
@only(*DESK_STAFF)
def arrive(point: str, visit: str) -> Response:
    """Write down that the person is there, and what who is not of age has shown."""
    clinic, found = the_visit(point, visit)
    arrivals.arrive(clinic, actor(), found, consent_sent())
    return back_to_day(point, found)


@PAGES.post("/wizyty/<visit>/nieobecny")
@only(*DESK_STAFF)
def miss(point: str, visit: str) -> Response:
    """Write down that the person did not come."""
    clinic, found = the_visit(point, visit)
    arrivals.miss(clinic, actor(), found)
    return back_to_day(point, found)


def the_visit(point: str, named: str) -> tuple[Clinic, Visit]:
    """Return a visit at a point of the caller's, as the form saw it.

    Raises NotFound, NotAllowed, VersionMismatch.
    """
    suite().limiter.admit("bookings", actor().subject)
    there = the_point(point)
    clinic: Clinic = suite().clinic
    version = request.form.get("version") or None
    return clinic, visit_at(clinic, actor(), there.id, VisitId(named), version)


def consent_sent() -> ConsentForm | None:
    """Return what the form says was shown for who is not of age; None where it does not ask."""
    sent = request.form.get("consent")
    return next((form for form in ConsentForm if form.value == sent), None)


def back_to_day(point: str, visit: Visit) -> Response:
    """Return the way back to the visit's line in its day's list."""
    on = visit.place.slot.session.day
    today = suite().clinic.today()
    named = None if on == today else on.isoformat()
    found = request.form.get("found") or None
    return redirect(url_for("day.day", point=point, date=named, found=found, _anchor=visit.id), 303)


def asked_day(clinic: Clinic) -> date:
    """Return the day that is asked for; today for none, or for what is no day."""
    return named_day("date") or clinic.today()


def _leftovers(clinic: Clinic, there: Point, found: Sequence[Expected]) -> list[tuple[str, int]]:
    """Return what open vials will be left with today, by the vaccine's name."""
    names = dict(vaccines_of(there))
    left = leftovers(clinic, there.id, [one.visit for one in found])
    return [(names.get(one.vaccine, one.vaccine), one.left) for one in left if one.left]


def _rows(clinic: Clinic, found: Sequence[Expected], on: date) -> list[Row]:
    is_today, now = on == clinic.today(), clinic.desk.clock.now()
    return [
        Row(
            expected=one,
            vaccine=_vaccine(clinic, one.visit),
            may_arrive=is_today and one.visit.status in (VisitStatus.BOOKED, VisitStatus.NO_SHOW),
            may_miss=one.visit.status is VisitStatus.BOOKED and one.visit.starts_at <= now,
            may_vaccinate=is_today and one.visit.status in WAITING,
            may_swap=is_today and one.visit.status in LEFT,
            has_swapped=came_for_another(one.visit),
            record=_record(one.visit),
            may_consent=is_today and one.visit.status is VisitStatus.ARRIVED,
        )
        for one in found
    ]


def _record(visit: Visit) -> VaccinationId | None:
    """Return the record of a dose that was given, where it can be read and taken back."""
    given = visit.status is VisitStatus.COMPLETED
    return vaccination_id(visit.patient, visit.programme, visit.dose) if given else None


def _vaccine(clinic: Clinic, visit: Visit) -> str:
    known = clinic.desk.programmes.get(visit.programme).vaccine(visit.vaccine)
    return known.name if known else visit.vaccine


def _is_sought(one: Expected, sought: str) -> bool:
    """Tell whether a person's name has what is sought, whatever the accents and the case."""
    if not sought:
        return True
    person = one.person
    name = f"{person.given_name} {person.family_name} {person.given_name}" if person else ""
    return folded(sought) in folded(name)

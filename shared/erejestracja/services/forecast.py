"""The forecast of a point's next doses, from those that were given there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import NotFound
from erejestracja.domain.forecast import (
    LOOKED_BACK,
    Booked,
    Course,
    Due,
    Outlook,
    begun,
    due_of,
    forecast,
)
from erejestracja.domain.ids import DoseOf, PointId
from erejestracja.domain.point import Point
from erejestracja.services.clinic import Clinic, check_staff
from erejestracja.services.work_list import Exports

MOST_WEEKS, USUAL_WEEKS = 26, 8
# What one look reads at most. A point with more of any is told that not all of it is counted.
MOST_DOSES = 20_000
MOST_PEOPLE = 6_000
MOST_PLACES = 20_000
MOST_REFUSED = 500
# How many people's rows one read names.
AT_ONCE = 2_000
DIED = "patient_deceased"


class Courses(Protocol):
    """What was given and what is booked; with each list, whether it is whole."""

    def given(self, point: PointId, since: datetime, limit: int) -> tuple[Sequence[Course], bool]:
        """Return the doses on record at a point since an instant, of the newest so many."""
        ...

    def booked(
        self, point: PointId, first: date, last: date, limit: int
    ) -> tuple[Sequence[Booked], bool]:
        """Return the visits booked at a point on some days, of the first so many places."""
        ...

    def placed(self, doses: Sequence[DoseOf]) -> set[DoseOf]:
        """Return for which of these doses there is a visit that has a place, anywhere."""
        ...


@dataclass(frozen=True, slots=True)
class Forecaster:
    """The parts of a forecast; built once in bootstrap, from fakes in unit tests."""

    clinic: Clinic
    courses: Courses
    exports: Exports


@dataclass(frozen=True, slots=True)
class Forecast:
    """A point's weeks to come, by vaccine, as known at an instant.

    Where it is not `whole`, there was more than one look reads, and more is needed than this says.
    """

    point: Point
    as_of: datetime
    outlooks: Sequence[Outlook]
    whole: bool


def forecast_of(parts: Forecaster, actor: Actor, point: PointId, weeks: int) -> Forecast:
    """Return what a point needs in the weeks to come. Raises NotAllowed, NotFound."""
    check_staff(actor, point)
    desk, today = parts.clinic.desk, parts.clinic.today()
    there = desk.read_model.point(point)
    if there is None:
        raise NotFound
    now = desk.clock.now()
    last = calendar.sunday_of(today) + (weeks - 1) * calendar.A_WEEK
    since = calendar.start_of_day(today - LOOKED_BACK)
    given, is_all_given = parts.courses.given(point, since, MOST_DOSES)
    open_courses = begun(given)
    booked, is_all_booked = parts.courses.booked(point, today, last, MOST_PLACES)
    due = list(_due(parts, open_courses[:MOST_PEOPLE], point, now))
    supply = parts.clinic.supplies.supply(point)
    return Forecast(
        point=there,
        as_of=now,
        outlooks=forecast(supply, due, booked, today, weeks),
        whole=is_all_given and is_all_booked and len(open_courses) <= MOST_PEOPLE,
    )


def _due(
    parts: Forecaster, courses: Sequence[Course], point: PointId, now: datetime
) -> Iterator[Due]:
    """Yield the next doses that are due: of the living, not had elsewhere, and nowhere booked."""
    if not courses:
        return
    refused = parts.exports.failed(point, MOST_REFUSED)
    died = {one.vaccination for one in refused if one.failure == DIED}
    for start in range(0, len(courses), AT_ONCE):
        some = courses[start : start + AT_ONCE]
        placed = parts.courses.placed([one.next_one for one in some])
        left = [one for one in some if one.next_one not in placed and one.vaccination not in died]
        referrals = parts.clinic.day_book.referrals([one.patient for one in left]) if left else {}
        for one in left:
            programme = parts.clinic.desk.programmes.get(one.programme)
            found = due_of(programme, referrals[one.patient], one, now)
            if found:
                yield found

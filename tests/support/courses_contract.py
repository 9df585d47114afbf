"""What holds of every place where doses given and visits booked are looked up for a forecast."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from erejestracja.domain.forecast import Booked, Course
from erejestracja.domain.ids import DoseOf, PatientId, PointId
from erejestracja.domain.vaccination import Vaccination, VaccinationStatus, vaccination_id
from erejestracja.domain.visit import VisitStatus
from erejestracja.services.forecast import Courses
from tests.support.builders import (
    AT_EIGHT,
    COVID,
    DAY,
    PFIZER,
    POINT,
    a_place,
    a_session,
    a_visit,
)
from tests.support.clinic_case import ANNA, JAN
from tests.support.exports import a_vaccination
from tests.support.fake_clinic import FakeClinicStore

OLGA = PatientId("o" * 26)
OTHER = PointId("bbbbbbbbbb")
LONG_AGO = AT_EIGHT - timedelta(weeks=30)
AWAITED = (VisitStatus.BOOKED, VisitStatus.ARRIVED)


def a_given(patient: PatientId, dose: int = 1, **changes: Any) -> Vaccination:
    """A dose on record, of two."""
    facts = {"id": vaccination_id(patient, COVID, dose), "patient": patient, "dose": dose}
    return a_vaccination(**(facts | changes))


def a_course(one: Vaccination) -> Course:
    last = one.doses is None or one.dose >= one.doses
    return Course(one.id, one.patient, one.programme, one.vaccine, one.dose, last)


@dataclass
class FakeCourses:
    """Port Courses over the tables of a point's day."""

    store: FakeClinicStore

    def given(self, point: PointId, since: datetime, limit: int) -> tuple[list[Course], bool]:
        rows = [one for one in self.store.tables.vaccinations.values() if one.point == point]
        rows = [one for one in rows if one.performed_at >= since]
        rows = sorted(rows, key=lambda one: one.performed_at, reverse=True)[:limit]
        newest = {one.id: one for one in sorted(rows, key=lambda one: one.version)}
        return [a_course(one) for one in newest.values() if one.stands], len(rows) < limit

    def booked(
        self, point: PointId, first: date, last: date, limit: int
    ) -> tuple[list[Booked], bool]:
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        found = self.store.visits_on(point, *days)[:limit]
        awaited = [one for one in found if one.status in AWAITED]
        booked = [Booked(v.place.slot.session.day, v.vaccine, v.dose) for v in awaited]
        return booked, len(found) < limit

    def placed(self, doses: Any) -> set[DoseOf]:
        visits = [one for one, _ in self.store.tables.visits.values() if one.status in AWAITED]
        return {(v.patient, v.programme, v.dose) for v in visits} & set(doses)


class CoursesContract:
    """`self.courses` over whatever `self.record` and `self.book` write to."""

    courses: Courses
    record: Callable[..., None]
    book: Callable[..., None]

    def test_doses_of_the_point_since_then_are_found_the_newest_first(self) -> None:
        later = AT_EIGHT + timedelta(days=1)
        anna, jan = a_given(ANNA), a_given(JAN, performed_at=later)
        self.record(anna, jan, a_given(OLGA, point=OTHER), a_given(OLGA, 2, performed_at=LONG_AGO))
        found, whole = self.courses.given(POINT, AT_EIGHT, 10)
        assert (sorted(map(str, found)), whole) == (
            sorted(map(str, map(a_course, (anna, jan)))),
            True,
        )
        assert self.courses.given(POINT, AT_EIGHT, 1) == ([a_course(jan)], False)

    def test_a_dose_is_as_its_newest_version_says(self) -> None:
        anna, jan = a_given(ANNA), a_given(JAN)
        wrong = replace(jan, version=2, status=VaccinationStatus.ENTERED_IN_ERROR)
        self.record(anna, replace(anna, version=2, doses=1), jan, wrong)
        [found], _ = self.courses.given(POINT, AT_EIGHT, 10)
        assert (found.patient, found.last) == (ANNA, True)

    def test_visits_that_still_need_a_dose_are_booked(self) -> None:
        self.book(
            a_visit(a_place(), ANNA, dose=2),
            a_visit(a_place(index=1), JAN, status=VisitStatus.COMPLETED),
            a_visit(a_place(a_session(day=DAY + timedelta(days=1))), OLGA),
        )
        found = self.courses.booked(POINT, DAY, DAY, 10)
        assert found == ([Booked(DAY, PFIZER, 2)], True)
        assert len(self.courses.booked(POINT, DAY, DAY + timedelta(days=1), 10)[0]) == 2
        assert self.courses.booked(POINT, DAY, DAY + timedelta(days=1), 3)[1] is False
        assert self.courses.booked(OTHER, DAY, DAY, 10) == ([], True)

    def test_whoever_has_a_place_is_known_by_the_dose(self) -> None:
        self.book(a_visit(a_place(), ANNA, dose=2), a_visit(a_place(index=1), JAN, dose=2))
        wanted = [(one, COVID, 2) for one in (ANNA, OLGA)] + [(JAN, COVID, 3)]
        assert self.courses.placed(wanted) == {(ANNA, COVID, 2)}
        assert self.courses.placed([(OLGA, COVID, 2)]) == set()

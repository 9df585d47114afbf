"""A point's forecast: whom it counts, and what it says where there is too much to read."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import NotAllowed, NotFound
from erejestracja.domain.exports import ExportStatus
from erejestracja.domain.ids import PatientId, PointId
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.supply import Supply
from erejestracja.domain.vaccination import Vaccination
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services import forecast
from erejestracja.services.forecast import Forecast, Forecaster, forecast_of
from tests.support import builders
from tests.support.builders import DAY, POINT, a_place, a_referral, a_session, an_actor
from tests.support.clinic_case import ANNA, JAN, MEDIC, ClinicCase
from tests.support.courses_contract import OLGA, OTHER, CoursesContract, FakeCourses, a_given
from tests.support.exports import FakeExports, an_export
from tests.support.fake_clinic import FakeClinicStore

STRANGER = an_actor(points=frozenset({OTHER}))
LATER = a_session(day=DAY + timedelta(days=28))


class TestFakeCourses(CoursesContract):
    @pytest.fixture(autouse=True)
    def _over_fakes(self) -> None:
        self.store = FakeClinicStore()
        self.courses = FakeCourses(self.store)
        self.record, self.book = self._record, self._book

    def _record(self, *vaccinations: Vaccination) -> None:
        rows = {(one.id, one.version): one for one in vaccinations}
        self.store.tables.vaccinations.update(rows)

    def _book(self, *visits: Visit) -> None:
        case = ClinicCase()
        case.store = self.store
        for visit in visits:
            case.booked(visit.patient, visit.place, dose=visit.dose, status=visit.status)


class ForecastCase(ClinicCase):
    """Some people had their first dose at `POINT` on `DAY`; Anna's visit there is over."""

    def __init__(self) -> None:
        super().__init__()
        self.exports = FakeExports()
        parts = (FakeCourses(self.store), self.exports)
        self.forecaster = Forecaster(self.clinic, *parts)
        self.store.tables.visits.clear()
        self.store.tables.places.clear()

    def had(self, patient: PatientId, *doses: int, **changes: Any) -> None:
        """Record doses of somebody here, and on their referral."""
        for dose in doses or (1,):
            one = a_given(patient, dose)
            self.store.tables.vaccinations[one.id, 1] = one
        given = tuple(builders.a_dose(dose, DAY) for dose in doses or (1,))
        facts = {"given": given, "status": ReferralStatus.IN_USE, **changes}
        referral = a_referral(patient, **facts)
        self.store.all_referrals[patient, referral.id] = referral

    def forecast(self, weeks: int = 6) -> Forecast:
        return forecast_of(self.forecaster, MEDIC, POINT, weeks)

    def weekly(self, what: str = "due") -> list[int]:
        found = self.forecast().outlooks
        return [getattr(week, what) for week in found[0].weeks] if found else [0] * 6


@pytest.fixture
def case() -> ForecastCase:
    return ForecastCase()


def test_who_had_a_first_dose_is_due_after_the_interval(case: ForecastCase) -> None:
    case.had(ANNA)
    case.had(JAN)
    assert case.weekly() == [0, 0, 0, 2, 0, 0]
    assert case.weekly("latest") == [0, 0, 0, 0, 0, 0]
    assert case.forecast().as_of == case.desk.clock.at
    assert case.forecast().whole


def test_who_had_the_next_one_here_or_elsewhere_is_not(case: ForecastCase) -> None:
    case.had(ANNA, 1, 2)
    case.had(JAN, given=(builders.a_dose(1, DAY), builders.a_dose(2, DAY)))
    assert case.weekly() == [0] * 6


def test_who_may_not_have_it_or_has_died_is_not(case: ForecastCase) -> None:
    case.had(ANNA, status=ReferralStatus.CANCELLED)
    case.had(JAN)
    case.had(OLGA)
    refused = an_export(vaccination=a_given(JAN).id, status=ExportStatus.REJECTED)
    died = replace(refused, failure="patient_deceased")
    unknown = replace(refused, vaccination=a_given(OLGA).id, failure="unknown_lot")
    case.exports.rows = {(one.vaccination, 1): one for one in (died, unknown)}
    assert case.weekly() == [0, 0, 0, 1, 0, 0]


def test_who_has_a_visit_counts_where_and_when_it_is(case: ForecastCase) -> None:
    case.had(ANNA)
    case.had(JAN)
    here = case.store.all_referrals.copy()
    case.booked(ANNA, a_place(LATER), dose=2)
    case.booked(JAN, a_place(a_session(OTHER)), dose=2)
    case.store.all_referrals = here
    assert case.weekly() == [0] * 6
    assert case.weekly("booked_next") == [0, 0, 0, 0, 1, 0]


def test_who_lost_their_place_is_due_again(case: ForecastCase) -> None:
    case.had(ANNA)
    referrals = case.store.all_referrals.copy()
    case.booked(ANNA, a_place(LATER), dose=2, status=VisitStatus.ORPHANED)
    case.store.all_referrals = referrals
    assert case.weekly() == [0, 0, 0, 1, 0, 0]


def test_people_are_asked_for_some_at_a_time(
    case: ForecastCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "AT_ONCE", 1)
    for patient in (ANNA, JAN, OLGA):
        case.had(patient)
    case.booked(JAN, a_place(LATER), dose=2)
    assert case.weekly() == [0, 0, 0, 2, 0, 0]


@pytest.mark.parametrize("bound", ["MOST_DOSES", "MOST_PEOPLE", "MOST_PLACES"])
def test_where_there_is_more_than_is_read_that_is_said(
    case: ForecastCase, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    for patient in (ANNA, JAN):
        case.had(patient)
    case.booked(OLGA, a_place(LATER))
    monkeypatch.setattr(forecast, bound, 1)
    assert not case.forecast().whole


def test_another_points_forecast_is_nobodys(case: ForecastCase) -> None:
    with pytest.raises(NotAllowed):
        forecast_of(case.forecaster, STRANGER, POINT, 4)
    nowhere = PointId("c" * 10)
    with pytest.raises(NotFound):
        forecast_of(case.forecaster, an_actor(points=frozenset({nowhere})), nowhere, 4)


def test_stock_and_deliveries_are_those_of_the_point(case: ForecastCase) -> None:
    assert isinstance(case.supplies.supply(POINT), Supply)
    case.had(ANNA)
    assert case.weekly("missing") == [0, 0, 0, 1, 0, 0]
    case.supplies.lots.append(case.store.tables.lots[POINT, "ABC123"])
    assert case.weekly("missing") == [0] * 6

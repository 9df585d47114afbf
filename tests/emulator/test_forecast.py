"""Forecasts on the real emulators: the same answers as in memory, their reads, and statistics."""

from datetime import timedelta

import pytest

from erejestracja.domain.ids import PatientId, derived_id
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.vaccination import Vaccination
from erejestracja.domain.visit import Visit
from erejestracja.services import forecast
from erejestracja.services.forecast import Forecaster, forecast_of
from erejestracja.storage.spanner.courses import SpannerCourses
from erejestracja.storage.spanner.database import Batch, Database, commit_time
from erejestracja.storage.spanner.deeds import VACCINATION
from erejestracja.storage.spanner.exports import SpannerExports
from tests.support import builders
from tests.support.builders import (
    AT_EIGHT,
    DAY,
    POINT,
    a_person,
    a_place,
    a_point,
    a_referral,
    a_session,
    a_visit,
)
from tests.support.clinic_case import MEDIC, NEXT
from tests.support.clinics import a_clinic, save_visits
from tests.support.courses_contract import OTHER, CoursesContract, a_given
from tests.support.desk import SetClock
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import save

pytestmark = pytest.mark.emulator

PEOPLE = [PatientId(derived_id("patient", str(n), length=26)) for n in range(5)]
READ = "streaming_read"


def record(database: Database, *vaccinations: Vaccination) -> None:
    def fill(batch: Batch) -> None:
        for one in vaccinations:
            batch.insert("Vaccinations", **_row(one))

    database.commit(fill)


def _row(one: Vaccination) -> dict[str, object]:
    values = (
        *(one.id, one.version, one.status.value, one.patient, one.visit, one.referral, one.point),
        *(one.programme, one.vaccine, one.dose, one.doses, one.lot, one.expires_on),
        *(one.site.value, one.performer, one.performed_at, one.author, commit_time(), one.note),
    )
    return dict(zip(VACCINATION, values, strict=True))


class TestSpannerCourses(CoursesContract):
    @pytest.fixture(autouse=True)
    def _over_spanner(self, database: Database) -> None:
        tomorrow = a_session(day=DAY + timedelta(days=1))
        save(database, [a_point(), a_point(id=OTHER)], [a_session(), tomorrow])
        self.database = database
        self.courses = SpannerCourses(database)
        self.record, self.book = self._record, self._book

    def _record(self, *vaccinations: Vaccination) -> None:
        record(self.database, *vaccinations)

    def _book(self, *visits: Visit) -> None:
        save_visits(self.database, *visits)


@pytest.fixture
def forecaster(database: Database) -> Forecaster:
    """Five people had their first dose on `DAY`; one has a visit for the next."""
    given = (builders.a_dose(1, DAY),)
    referrals = [a_referral(p, given=given, status=ReferralStatus.IN_USE) for p in PEOPLE]
    save(database, [a_point()], [a_session(), NEXT], [a_person(p) for p in PEOPLE], referrals)
    record(database, *(a_given(p) for p in PEOPLE))
    visit = a_visit(a_place(NEXT), PEOPLE[0], starts_at=NEXT.starts_at, dose=2)
    save_visits(database, visit)
    clinic = a_clinic(database, clock=SetClock(AT_EIGHT + timedelta(hours=4)))
    return Forecaster(clinic, SpannerCourses(database), SpannerExports(database))


@pytest.mark.parametrize(("at_once", "reads"), [(2_000, 10), (2, 14)])
def test_reads_do_not_grow_with_people_but_by_the_thousands(
    forecaster: Forecaster, monkeypatch: pytest.MonkeyPatch, at_once: int, reads: int
) -> None:
    monkeypatch.setattr(forecast, "AT_ONCE", at_once)
    with calls_to_spanner() as made:
        found = forecast_of(forecaster, MEDIC, POINT, 6)
    assert made == [READ] * reads
    [one] = found.outlooks
    assert [week.due for week in one.weeks] == [0, 0, 0, 4, 0, 0]
    assert [week.booked_next for week in one.weeks] == [0, 0, 0, 0, 1, 0]
    assert [week.missing for week in one.weeks] == [0, 0, 0, 4, 1, 0]

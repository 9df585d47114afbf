from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from erejestracja.services.desk import Desk
from erejestracja.storage.spanner.database import Database
from tests.support.booking_machine import PEOPLE, SESSIONS, BookingMachine
from tests.support.bookings_contract import PATIENTS, BookingsContract
from tests.support.builders import a_person, a_point, a_referral, a_session
from tests.support.desk import a_desk
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator


class TestSpannerStore(BookingsContract):
    @pytest.fixture
    def store(self, database: Database) -> SpannerStore:
        people = [a_person(patient) for patient in PATIENTS]
        referrals = [a_referral(patient) for patient in PATIENTS]
        save(database, [a_point()], [a_session()], people, referrals)
        return SpannerStore(database)


def test_any_sequence_of_requests_keeps_the_invariants(fresh_database: Any) -> None:
    class SpannerBookingMachine(BookingMachine):
        @staticmethod
        def make_desk() -> Desk:
            database = fresh_database()
            people = [a_person(patient) for patient in PEOPLE]
            save(database, [a_point()], SESSIONS, people, [a_referral(p) for p in PEOPLE])
            return a_desk(SpannerStore(database), SESSIONS, [a_point()])

    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        SpannerBookingMachine,
        settings=settings(
            max_examples=8,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

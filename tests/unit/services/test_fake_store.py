import pytest

from tests.support.bookings_contract import PATIENTS, BookingsContract
from tests.support.builders import a_referral, a_session
from tests.support.fake_store import FakeStore


class TestFakeStore(BookingsContract):
    @pytest.fixture
    def store(self) -> FakeStore:
        store = FakeStore()
        store.tables.sessions[a_session().key] = a_session()
        for patient in PATIENTS:
            referral = a_referral(patient)
            store.all_referrals[patient, referral.id] = referral
        return store

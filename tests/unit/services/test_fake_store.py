import pytest

from tests.support.bookings_contract import PATIENTS, BookingsContract
from tests.support.fake_store import FakeStore, a_store


class TestFakeStore(BookingsContract):
    @pytest.fixture
    def store(self) -> FakeStore:
        return a_store(*PATIENTS)

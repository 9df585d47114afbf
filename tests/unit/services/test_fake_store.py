import pytest

from tests.support.bookings_contract import BookingsContract
from tests.support.builders import a_session
from tests.support.fake_store import FakeStore


class TestFakeStore(BookingsContract):
    @pytest.fixture
    def store(self) -> FakeStore:
        store = FakeStore()
        store.tables.sessions[a_session().key] = a_session()
        return store

import pytest

from erejestracja.storage.spanner.calls import SpannerCalls
from erejestracja.storage.spanner.database import Database
from tests.support.calls_contract import CallsContract

pytestmark = pytest.mark.emulator


class TestSpannerCalls(CallsContract):
    @pytest.fixture
    def calls(self, database: Database) -> SpannerCalls:
        return SpannerCalls(database)

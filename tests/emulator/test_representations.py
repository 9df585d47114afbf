import pytest

from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.representations import SpannerRepresentations
from tests.support.representations_contract import RepresentationsContract

pytestmark = pytest.mark.emulator


class TestSpannerRepresentations(RepresentationsContract):
    @pytest.fixture
    def representations(self, database: Database) -> SpannerRepresentations:
        return SpannerRepresentations(database)

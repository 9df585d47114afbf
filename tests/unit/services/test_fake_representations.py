import pytest

from tests.support.fake_representations import FakeRepresentations
from tests.support.representations_contract import RepresentationsContract


class TestFakeRepresentations(RepresentationsContract):
    @pytest.fixture
    def representations(self) -> FakeRepresentations:
        return FakeRepresentations()

"""Terms of supply on the real Spanner emulator: versions by key."""

import pytest

from erejestracja.domain.supply import Supply
from erejestracja.ports import Clash
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.supply import SpannerSupplies
from tests.support.builders import POINT, a_point
from tests.support.spanner import save

pytestmark = pytest.mark.emulator


def test_terms_are_versions_and_a_number_is_taken_once(database: Database) -> None:
    save(database, [a_point()])
    supplies = SpannerSupplies(database)
    assert supplies.supply(POINT) == Supply(POINT)
    supplies.change(Supply(POINT, 30, 0), "an admin")
    supplies.change(Supply(POINT, None, 1), "an admin")
    assert supplies.supply(POINT) == Supply(POINT, None, 1)
    with pytest.raises(Clash):
        supplies.change(Supply(POINT, 60, 1), "another")

from datetime import timedelta

import pytest

from erejestracja.domain.series import Series
from erejestracja.domain.timetable import Reach
from erejestracja.services import upkeep
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.horizon import Horizon
from erejestracja.storage.spanner.rows import json_text
from tests.support.boards import a_board
from tests.support.builders import DAY, a_point, a_series
from tests.support.spanner import save

pytestmark = pytest.mark.emulator


def store_series(database: Database, series: Series) -> None:
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    database.commit(
        lambda batch: batch.put(
            "Series",
            PointId=series.point,
            SeriesId=series.id,
            Rule=json_text(series.rule()),
            ValidFrom=series.valid_from,
            ValidTo=series.valid_to,
            UpdatedAt=COMMIT_TIMESTAMP,
        )
    )


def test_series_are_generated_to_the_horizon_once(database: Database) -> None:
    save(database, [a_point()])
    store_series(database, a_series())
    horizon = Horizon(database)
    assert horizon.behind(DAY, 10) == [Reach(a_series(), None)]
    made = upkeep.extend_horizons(horizon, a_board(database, timedelta(days=20)))
    rows = database.read("Sessions", ("PointId", "Day", "Nr"), Keys(everything=True))
    assert made == len(rows) == 11
    assert upkeep.extend_horizons(horizon, a_board(database, timedelta(days=20))) == 0
    events = database.read("Outbox", ("Type",), Keys(everything=True))
    assert events == [["schedule.published"]]

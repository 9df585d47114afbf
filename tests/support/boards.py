"""A point's schedule over the real Spanner emulator."""

from datetime import timedelta

from erejestracja.services.schedule import Board
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.schedule import SpannerSchedules
from erejestracja.storage.spanner.supply import SpannerSupplies
from tests.support.builders import NOW
from tests.support.desk import FixedProgrammes, RememberingPublisher, SetClock


def a_board(database: Database, reach: timedelta) -> Board:
    """Return a board of its own, as another instance of the function would have."""
    return Board(
        SpannerSchedules(database),
        RememberingPublisher(),
        SetClock(NOW),
        reach,
        SpannerSupplies(database),
        FixedProgrammes(),
    )

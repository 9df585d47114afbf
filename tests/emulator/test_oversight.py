"""A page of a region's points on the real Spanner emulator: figures, reads, and bounds."""

from datetime import timedelta

import pytest

from erejestracja.domain.closures import Closed, Closure
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PointId
from erejestracja.domain.oversight import Places, fortnight
from erejestracja.domain.session import Visibility
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.storage.spanner.closures import stand_on
from erejestracja.storage.spanner.database import Batch, Database, commit_time
from erejestracja.storage.spanner.horizon import session_values
from erejestracja.storage.spanner.oversight import SpannerWatch
from erejestracja.storage.spanner.stock import SESSION
from tests.emulator.test_forecast import record
from tests.support.builders import AT_EIGHT, DAY, POINT, a_place, a_point, a_session, a_visit
from tests.support.clinic_case import ANNA, JAN
from tests.support.clinics import save_visits
from tests.support.courses_contract import OLGA, OTHER, a_given
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import save

pytestmark = pytest.mark.emulator

READ = "streaming_read"
A_DAY = timedelta(days=1)
NOW = AT_EIGHT - timedelta(hours=1)
THIRD = PointId("cccccccccc")
POINTS = [POINT, OTHER, THIRD]
SINCE = NOW - 7 * A_DAY
INTERNAL = a_session(nr=40, visibility=Visibility.INTERNAL)


@pytest.fixture
def filled(database: Database) -> Database:
    """Two points with hours; one has a visit, a withdrawn session, two doses and a closure."""
    save(database, [a_point(id=point) for point in POINTS])

    def fill(batch: Batch) -> None:
        gone = a_session(nr=60), 7
        far = a_session(day=DAY + 14 * A_DAY), None
        for session, by in (
            (a_session(), None),
            (INTERNAL, None),
            (a_session(OTHER), None),
            gone,
            far,
        ):
            values = dict(zip(SESSION, session_values(session), strict=True))
            batch.insert(
                "Sessions", **values, SeriesId="s", WithdrawnBy=by, UpdatedAt=commit_time()
            )
        closed = Closed(0, NOW, NOW + A_DAY, Strategy.KEEP)
        closure = Closure(POINT, closed, ClosureReason.BREAKDOWN, "an admin")
        stand_on(batch, Footing(POINT, -1, closure))

    database.commit(fill)
    save_visits(database, a_visit(a_place(), ANNA))
    recent = [a_given(one, performed_at=NOW - A_DAY) for one in (ANNA, JAN)]
    record(database, *recent, a_given(OLGA, performed_at=SINCE - A_DAY))
    return database


def test_a_page_is_four_reads_of_one_instant(filled: Database) -> None:
    with calls_to_spanner() as made:
        found, at = SpannerWatch(filled).figures(POINTS, fortnight(DAY), SINCE, NOW)
    assert made == [READ] * 4
    assert at.tzinfo is not None
    one, other, silent = (found[point] for point in POINTS)
    assert one.central == Places(published=8, free_week=7, free=7, booked=1)
    assert one.own == other.central == Places(published=8, free_week=8, free=8)
    assert (one.given, [shut.reason for shut in one.closures]) == (2, [ClosureReason.BREAKDOWN])
    assert (other.given, other.closures, silent.published) == (0, (), 0)


def test_what_a_bound_cut_off_is_not_told(filled: Database) -> None:
    watch = SpannerWatch(filled, most=3)
    assert set(watch.figures(POINTS, fortnight(DAY), SINCE, NOW)[0]) == set()
    assert set(watch.figures([OTHER, THIRD], fortnight(DAY), SINCE, NOW)[0]) == {OTHER, THIRD}


def test_of_no_points_nothing_is_read(database: Database) -> None:
    with calls_to_spanner() as made:
        assert SpannerWatch(database).figures([], fortnight(DAY), SINCE, NOW) == ({}, NOW)
    assert made == []

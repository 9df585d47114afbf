from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from erejestracja.domain.callback import Unheard
from erejestracja.domain.closures import Hit, Outcome
from erejestracja.domain.ids import PatientId, VisitId
from erejestracja.domain.timeline import Entry, Kind
from erejestracja.ports import Clash
from erejestracja.storage.spanner.callbacks import SpannerCallbacks
from erejestracja.storage.spanner.calls import SpannerCalls
from erejestracja.storage.spanner.closures import SpannerHits, note_hit
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.history import SpannerHistory
from erejestracja.storage.spanner.outbox import Outbox
from tests.support.builders import NOW, POINT, a_point
from tests.support.callbacks_contract import (
    ANNA,
    CallbacksContract,
    Waits,
    a_call_of,
    a_callback,
)
from tests.support.spanner import save

pytestmark = pytest.mark.emulator


@pytest.fixture
def callbacks(database: Database) -> SpannerCallbacks:
    return SpannerCallbacks(database)


class TestSpannerCallbacks(CallbacksContract):
    @pytest.fixture
    def callbacks(self, database: Database) -> SpannerCallbacks:
        return SpannerCallbacks(database)

    @pytest.fixture
    def calls(self, database: Database) -> SpannerCalls:
        return SpannerCalls(database)

    @pytest.fixture
    def waits(self, database: Database) -> Waits:
        return lambda: [one.event for page in Outbox(database).pages() for one in page]


def test_of_many_agents_at_once_one_takes_it(callbacks: SpannerCallbacks) -> None:
    one = a_callback()
    callbacks.ask(one, ())

    def take(nth: int) -> bool:
        call = a_call_of(one, f"agent-{nth}")
        mine = one.taken(f"agent-{nth}", call.id, NOW)
        try:
            callbacks.take(mine, call, ())
        except Clash:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_a_person_s_calls_back_are_on_their_timeline(
    callbacks: SpannerCallbacks, database: Database
) -> None:
    history = SpannerHistory(database)
    assert not history.callbacks(ANNA)
    callbacks.ask(a_callback(0, patient=ANNA), ())
    assert history.callbacks(ANNA) == [Entry(NOW, Kind.CALLBACK, "overload", state="waiting")]


def test_whom_a_closure_left_without_a_place_is_looked_at_once(database: Database) -> None:
    save(database, [a_point()], [], [], [])
    hits = SpannerHits(database)
    assert not hits.unheard(10)
    for visit, outcome in (("orphan", Outcome.ORPHANED), ("gone", Outcome.CANCELLED)):
        hit = Hit(1, VisitId(visit), PatientId("p"), outcome)
        database.commit(partial(note_hit, point=POINT, hit=hit))
    found = hits.unheard(10)
    assert found == [Unheard((POINT, 1, "orphan"), PatientId("p"), VisitId("orphan"))]
    hits.looked_at(found)
    assert not hits.unheard(10)

from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.board import Ended, Talk, Waiting
from erejestracja.domain.call import Call, CallId, Outcome, Step
from erejestracja.domain.callback import Cause
from erejestracja.storage.spanner.callbacks import SpannerCallbacks
from erejestracja.storage.spanner.calls import SpannerCalls
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.figures import SpannerFigures
from tests.support.builders import NOW
from tests.support.callbacks_contract import ANNA, a_callback, taken

pytestmark = pytest.mark.emulator
MINUTE = timedelta(minutes=1)


@pytest.fixture
def figures(database: Database) -> SpannerFigures:
    return SpannerFigures(database)


def test_nothing_is_counted_where_nothing_is(figures: SpannerFigures) -> None:
    assert not figures.waiting(10)
    assert not figures.talks(10)
    assert not figures.ended(NOW, 10)
    assert figures.unfinished(10) == 0


def test_what_is_owed_is_counted_until_it_is_over(
    figures: SpannerFigures, database: Database
) -> None:
    callbacks = SpannerCallbacks(database)
    one = a_callback(0, patient=ANNA, cause=Cause.CLOSURE)
    callbacks.ask(one, ())
    assert figures.waiting(10) == [Waiting(Cause.CLOSURE, NOW)]
    taken(callbacks, one)
    assert figures.waiting(10) == [Waiting(Cause.CLOSURE, NOW)]


def test_calls_are_counted_under_way_over_and_cut_off(
    figures: SpannerFigures, database: Database
) -> None:
    calls = SpannerCalls(database)
    for nth, outcome in enumerate((Outcome.BOOKED, Outcome.UNFINISHED, None)):
        call = Call(CallId(f"call-{nth}"), f"agent-{nth}", NOW)
        calls.open(call)
        if outcome is not None:
            calls.step(call.ended(outcome, NOW + (nth + 1) * MINUTE), Step.ENDED)
    assert figures.talks(10) == [Talk("agent-2", NOW)]
    newest = Ended(NOW, NOW + 2 * MINUTE, Outcome.UNFINISHED)
    first = replace(newest, ended_at=NOW + MINUTE, outcome=Outcome.BOOKED)
    assert figures.ended(NOW, 10) == [newest, first]
    assert figures.ended(NOW, 1) == figures.ended(NOW + 2 * MINUTE, 10) == [newest]
    assert figures.unfinished(10) == 1

from datetime import datetime, timedelta

import pytest

from erejestracja.domain import calendar
from erejestracja.domain.actor import Role
from erejestracja.domain.board import Ended, Talk, Wait, Waiting, waited
from erejestracja.domain.call import Outcome
from erejestracja.domain.callback import Cause
from erejestracja.domain.errors import NotAllowed
from erejestracja.services.board import board_of
from tests.support.builders import NOW, an_actor
from tests.support.desk import SetClock
from tests.support.fake_figures import FakeFigures

SUPERVISOR = an_actor(Role.SUPERVISOR, points=frozenset())
MIDNIGHT = calendar.start_of_day(calendar.local_day(NOW))


def a_call(ended_at: datetime, seconds: int, outcome: Outcome = Outcome.BOOKED) -> Ended:
    return Ended(ended_at - timedelta(seconds=seconds), ended_at, outcome)


@pytest.mark.parametrize(
    ("hours", "wait"),
    [(0, Wait.HOUR), (1, Wait.HOURS), (4, Wait.DAY), (23.9, Wait.DAY), (24, Wait.LONGER)],
)
def test_a_wait_is_said_in_words(hours: float, wait: Wait) -> None:
    assert waited(NOW - timedelta(hours=hours), NOW) is wait


def test_the_queue_is_counted_by_why_and_how_long() -> None:
    hour = timedelta(hours=1)
    owed = [
        Waiting(Cause.OVERLOAD, NOW),
        Waiting(Cause.OVERLOAD, NOW),
        Waiting(Cause.CLOSURE, NOW - 30 * hour),
    ]
    board = board_of(FakeFigures(owed=owed), SetClock(), SUPERVISOR)
    assert board.queue[Cause.OVERLOAD][Wait.HOUR] == 2
    assert board.queue[Cause.CLOSURE][Wait.LONGER] == 1
    assert sum(sum(row.values()) for row in board.queue.values()) == 3
    assert all(list(row) == list(Wait) for row in board.queue.values())


def test_today_begins_at_midnight_in_poland() -> None:
    over = [
        a_call(MIDNIGHT, 60),
        a_call(MIDNIGHT - timedelta(seconds=1), 600, Outcome.OTHER),
        a_call(NOW, 120),
        a_call(NOW, 180, Outcome.MOVED),
    ]
    board = board_of(FakeFigures(over=over, cut_off=4), SetClock(), SUPERVISOR)
    assert board.outcomes == {Outcome.BOOKED: 2, Outcome.MOVED: 1}
    assert board.handled == timedelta(seconds=120)
    assert board.unfinished == 4


def test_before_the_first_call_there_is_no_average() -> None:
    assert board_of(FakeFigures(), SetClock(), SUPERVISOR).handled is None


def test_calls_under_way_are_told_the_longest_first() -> None:
    talks = [Talk("late", NOW), Talk("early", NOW - timedelta(minutes=9))]
    board = board_of(FakeFigures(under_way=talks), SetClock(), SUPERVISOR)
    assert [talk.agent for talk in board.talks] == ["early", "late"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISOR])
def test_only_supervisors_see_it(role: Role) -> None:
    with pytest.raises(NotAllowed):
        board_of(FakeFigures(), SetClock(), an_actor(role))

"""Closures cut sessions on their own grid."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.closures import Closed, Closure, Closures, closure_of, cut
from erejestracja.domain.strategy import ClosureReason, Strategy
from tests.support.builders import AT_EIGHT, NOW, POINT, a_session, a_visit

SESSION = a_session(slots=32)
MINUTES = st.integers(-60, 600)


def shut(begins: int, ends: int, number: int = 0, strategy: Strategy = Strategy.KEEP) -> Closed:
    """Return a closure by minutes after eight."""
    starts = AT_EIGHT + timedelta(minutes=begins)
    return Closed(number, starts, AT_EIGHT + timedelta(minutes=ends), strategy)


def test_what_is_left_keeps_its_times_before_and_after() -> None:
    before, after = cut(SESSION, [shut(50, 95)])
    assert (before.starts_at, before.slots) == (AT_EIGHT, 3)
    assert (after.starts_at, after.slots) == (AT_EIGHT + timedelta(minutes=105), 25)


def test_a_closed_room_cuts_what_is_in_it_and_nothing_else() -> None:
    two = replace(shut(50, 95), room="Gabinet 2")
    there, *others = (replace(SESSION, room=room) for room in ("gabinet 2", "Gabinet 1", None))
    assert [part.room for part in cut(there, [two])] == ["gabinet 2", "gabinet 2"]
    assert [cut(one, [two]) for one in others] == [[one] for one in others]
    assert len(cut(others[0], [two, shut(50, 95)])) == 2


def test_a_session_that_no_closure_hits_is_itself_and_one_that_is_hit_whole_is_none() -> None:
    assert cut(SESSION, [shut(-60, 0), shut(480, 600)]) == [SESSION]
    assert cut(SESSION, [shut(-60, 600)]) == []


@given(st.lists(st.tuples(MINUTES, MINUTES), max_size=5))
def test_exactly_the_slots_that_no_closure_touches_are_left(hours: list[tuple[int, int]]) -> None:
    closures = [shut(min(pair), max(pair) + 1) for pair in hours]
    left = [part.start_of(n) for part in cut(SESSION, closures) for n in range(part.slots)]
    every = [SESSION.start_of(n) for n in range(SESSION.slots)]
    assert left == [at for at in every if not any(c.hits(at, SESSION.step) for c in closures)]


def test_of_several_the_last_made_decides_on_a_visit() -> None:
    first, last = shut(0, 60, 1), shut(0, 30, 2, Strategy.CANCEL)
    assert closure_of(a_visit(), [last, first]) == last
    assert closure_of(a_visit(), [shut(15, 60)]) is None


def test_a_closure_is_read_as_it_was_written() -> None:
    closed = shut(0, 60, 7, Strategy.CANCEL)
    assert Closed.of(closed.document()) == closed
    room = replace(closed, room="Gabinet 2")
    assert Closed.of(room.document()) == room
    before = {name: said for name, said in closed.document().items() if name != "room"}
    assert Closed.of(before) == closed


def test_closures_stand_until_they_are_over_or_undone() -> None:
    closure = Closure(POINT, shut(0, 60), ClosureReason.OTHER, "admin")
    closures = Closures((), -1).changed(closure)
    assert closures.standing(NOW) == (closure.closed,)
    assert closures.standing(AT_EIGHT + timedelta(hours=1)) == ()
    assert closures.changed(replace(closure, undone=True)).standing(NOW) == ()

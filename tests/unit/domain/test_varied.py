"""Single slots that are otherwise than their rule."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.session import Visibility
from erejestracja.domain.varied import Varied, vary, with_varied
from tests.support.builders import AT_EIGHT, NOW, a_session

SESSION = a_session(slots=8)
PLACES, SHOWN = st.none() | st.integers(0, 3), st.none() | st.sampled_from(Visibility)
WHEN = st.integers(-1, 9).map(lambda n: AT_EIGHT + timedelta(minutes=15 * n))


@given(st.dictionaries(WHEN, st.tuples(PLACES, SHOWN)))
def test_every_slot_is_as_said_of_it_and_else_as_the_session_is(
    said: dict[datetime, Any],
) -> None:
    parts = vary(SESSION, [Varied(at, *what) for at, what in said.items()])
    found = {p.start_of(n): (p.places, p.visibility) for p in parts for n in range(p.slots)}
    wanted = {}
    for n in range(SESSION.slots):
        places, shown = said.get(SESSION.start_of(n), (None, None))
        places = SESSION.places if places is None else places
        if places:
            wanted[SESSION.start_of(n)] = (places, shown or SESSION.visibility)
    assert found == wanted


@given(WHEN, PLACES, SHOWN)
def test_it_is_read_as_it_was_written(
    at: datetime, places: int | None, shown: Visibility | None
) -> None:
    one = Varied(at, places, shown)
    assert Varied.of(one.document()) == one


def test_one_that_says_nothing_is_none_and_one_that_is_over_is_forgotten() -> None:
    over, ahead = Varied(NOW, 1), Varied(AT_EIGHT, 2)
    assert with_varied([over], ahead, NOW) == (ahead,)
    assert with_varied([over, ahead], Varied(AT_EIGHT, 3), NOW) == (Varied(AT_EIGHT, 3),)
    assert with_varied([ahead], Varied(AT_EIGHT), NOW) == ()

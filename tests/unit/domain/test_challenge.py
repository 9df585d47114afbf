from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.challenge import MOST_TRIES, OF_ADDRESS, OF_IDENTIFIER

A_DAY_S = 24 * 3600


def test_pauses_double_up_to_a_longest() -> None:
    assert [OF_ADDRESS.after(times) for times in (19, 20, 21, 22, 99)] == [0, 30, 60, 120, 3600]


@given(st.integers(1, 10_000))
def test_nobody_waits_less_for_asking_more(times: int) -> None:
    assert OF_IDENTIFIER.after(times) <= OF_IDENTIFIER.after(times + 1) <= OF_IDENTIFIER.most_s


def test_of_a_day_s_guesses_one_in_ten_thousand_is_right() -> None:
    asked, spent = 0, 0
    while spent < A_DAY_S:
        asked += 1
        spent += OF_IDENTIFIER.after(asked)
    assert asked * MOST_TRIES / 10**6 < 1 / 10_000

"""The ledger of vials."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.vials import Lot, Movement, NotEnough, entered, lot_code
from tests.support.builders import PFIZER, POINT

EMPTY = Lot(POINT, "ABC123", PFIZER, date(2027, 1, 31), 6)
BY = {"actor": "medic", "reference": "r"}


@given(st.lists(st.tuples(st.sampled_from(Movement), st.integers(1, 50))))
def test_the_balance_is_what_came_less_what_went_and_never_below_nothing(
    moves: list[tuple[Movement, int]],
) -> None:
    lot, came, went, lines = EMPTY, 0, 0, 0
    for movement, doses in moves:
        try:
            lot = entered(lot, movement, doses, **BY).lot
        except NotEnough:
            assert not movement.adds
            assert doses > lot.balance
            continue
        came, went = came + doses * movement.adds, went + doses * (not movement.adds)
        lines += 1
    assert lot.balance == came - went >= 0
    assert lot.number == lines


def test_an_open_vial_counts_as_one() -> None:
    assert [entered(EMPTY, Movement.DELIVERY, n, **BY).lot.vials for n in (1, 6, 7)] == [1, 1, 2]
    assert EMPTY.vials == 0


@pytest.mark.parametrize("text", ["abc 123", " ABC123", "aBc123"])
def test_a_lot_is_kept_in_capitals_without_spaces(text: str) -> None:
    assert lot_code(text) == "ABC123"


@pytest.mark.parametrize("text", ["", "ab", "a" * 21, "abc;123", "żółw1"])
def test_what_no_lot_looks_like_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a lot has"):
        lot_code(text)
